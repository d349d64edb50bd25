"""Hops through the event loop, for less than the loop asks for them.

asyncio takes five calls of Python to put a callback in line and fifteen to come to it, polling for
I/O in between. Where a loop is asyncio's own and shows its line (`_ready`), a callback of ours that
hops again and again takes its place there itself, with one and the same handle. And whoever hops
goes on with what is ready next, as the loop would, for `SLICE` at most: every callback runs in its
turn, in its context and outside of any task, and what is left out is the poll between them.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, Handle
from collections import deque
from collections.abc import Callable, Sized
from contextvars import Context
from typing import Any, Final
from weakref import WeakKeyDictionary

SLICE: Final = 0.001  # seconds after which I/O and timers have their turn
_BUSY: Final = (None,)
_own_call_soon: Final = asyncio.BaseEventLoop.call_soon


class _Past:
    """What a loop takes for a handle that was cancelled. No handle, as that refers to its loop."""

    _cancelled = True


_PAST: Final = _Past()


class Ready:
    """What an event loop runs next.

    `line` says whether there is anything; where the loop does not show that, there always is.
    `open` tells that places can be taken in it.
    """

    __slots__ = ("inside", "line", "open")

    def __init__(self, loop: AbstractEventLoop) -> None:
        line: Sized = getattr(loop, "_ready", _BUSY)
        self.line: Any = line
        self.open = (
            isinstance(line, deque)
            and type(loop).call_soon is _own_call_soon
            and "call_soon" not in vars(loop)
            and not loop.get_debug()
        )
        self.inside = False  # somebody runs on

    def run_on(self, loop: Any, counted: int) -> None:
        """Run what is ready, as the loop does next. Call it outside of any task.

        The loop has counted as much for this turn as was in line when our callback began, and takes
        it after us: it finds something cancelled for each of it.
        """
        line, began = self.line, False
        self.inside = True
        try:
            until = time.perf_counter() + SLICE
            while line and not loop._stopping:
                began = True
                for _ in range(len(line)):
                    if not line:
                        break  # a loop that was run within ran it
                    handle = line.popleft()
                    if not handle._cancelled:
                        handle._run()
                if time.perf_counter() > until:
                    break
        finally:
            self.inside = False
            if began and counted:
                line.extendleft((_PAST,) * counted)


_known: WeakKeyDictionary[AbstractEventLoop, Ready] = WeakKeyDictionary()


def ready_of(loop: AbstractEventLoop) -> Ready:
    """A loop's line: one for all that hop through it."""
    try:
        found = _known.get(loop)
        if found is None:
            found = _known[loop] = Ready(loop)
    except TypeError:  # a loop of another make
        return Ready(loop)
    return found


class _Lead:
    """The callback of a hop after which what is ready runs on: whatever runs then, the hop and all
    that it refers to (a runtime with its agents) may be let go."""

    __slots__ = ("hop",)

    def __init__(self, hop: Hop) -> None:
        self.hop: Hop | None = hop

    def __call__(self) -> None:
        hop, self.hop = self.hop, None
        if hop is None:
            return
        ready, loop = hop.ready, hop.loop
        if ready.inside:
            hop.context.run(hop.callback)
            return
        counted = len(ready.line)
        ready.inside = True  # what follows from the callback as well
        try:
            hop.context.run(hop.callback)
        finally:
            ready.inside = False
            del hop
        if ready.line:
            ready.run_on(loop, counted)


class Hop:
    """A callback that takes its place in the loop again and again, in one context."""

    __slots__ = ("_after", "callback", "context", "loop", "ready")

    def __init__(
        self, loop: AbstractEventLoop, callback: Callable[[], object], context: Context
    ) -> None:
        self.loop: Any = loop
        self.callback = callback
        self.context = context
        self.ready = ready_of(loop)
        self._after = Handle(callback, (), loop, context)

    def soon(self) -> None:
        """It comes after all that is ready now. Raises RuntimeError when the loop is closed."""
        ready = self.ready
        if ready.open and not self.loop._closed:
            ready.line.append(self._place())
        else:
            self.loop.call_soon(self.callback, context=self.context)

    def first(self) -> None:
        """It comes before all that is ready now: before what somebody has run that it would have
        come before. Only where places can be taken in what is ready."""
        self.ready.line.appendleft(self._place())

    def _place(self) -> Handle:
        if self.ready.inside:
            return self._after
        # who runs on is within its own context, so that whoever comes after needs another
        return Handle(_Lead(self), (), self.loop, Context())
