"""The thread that has every event loop with agents looked at about twice a second.

It touches nothing of a loop itself: it asks the loop to call `look`, and notices when that does
not come to pass, which is how a handler that blocks the loop is seen. It sleeps while no runtime
has anything under way.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Final, Protocol

from msgspec import Struct

SHARE: Final = 100  # a look may take one part in so many of the time


class Round(Struct):
    """One look at an event loop, by everybody who watches there. `scene` is what the first of them
    made out, for those after it, until one of them changes something. `urgent`: somebody is being
    ended, and others wait for that; the next look comes soon, whatever this one took."""

    watched: list[Watched]
    scene: object = None
    urgent: bool = False


class Watched(Protocol):
    """What is looked at while it is armed."""

    seconds: float  # between two looks
    blocked_after: float  # seconds without an answer that make a loop a blocked one

    def look(self, round: Round) -> bool:  # noqa: A002 the word for it
        """In the loop's thread. False: there is nothing to watch any more."""
        ...

    def blocked(self, frame: FrameType, seconds: float) -> None:
        """In the beat's thread: the loop has not answered for so long, and is here."""
        ...


class _Loop:
    """An event loop and who is watched in it, as long as somebody else keeps them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._watched: list[weakref.ref[Watched]] = []
        self.thread = threading.get_ident()
        self.asked: float | None = None  # when the look was asked for that has not come yet
        self.told = False
        self.next = float("inf")

    @property
    def watched(self) -> list[Watched]:
        """Those that are there."""
        found = [each() for each in self._watched]
        return [each for each in found if each is not None]

    def add(self, watched: Watched) -> None:
        """Look at it too, after one beat at the latest."""
        there = self.watched
        if watched not in there:  # and of those that are gone nothing stays
            self._watched = [weakref.ref(each) for each in (*there, watched)]
        self.next = min(self.next, time.monotonic() + watched.seconds)

    def ask(self, now: float) -> bool:
        """Ask for a look, if it is time. False: the loop is closed."""
        if self.asked is not None:
            self._wait_for(now)
            return not self.loop.is_closed()
        if now < self.next:
            return True
        self.asked, self.told = now, False
        try:
            self.loop.call_soon_threadsafe(self._look)
        except RuntimeError:
            return False
        return True

    def _wait_for(self, now: float) -> None:
        assert self.asked is not None
        late = now - self.asked
        if self.told or not self.watched or not self.loop.is_running():
            return
        if late < min(each.blocked_after for each in self.watched):
            return
        frame = sys._current_frames().get(self.thread)
        if frame is not None and not _debugged(frame):
            self.told = True
            for each in self.watched:
                each.blocked(frame, late)

    def _look(self) -> None:
        self.thread = threading.get_ident()
        began = time.thread_time()  # on a busy machine, time goes by that no look takes
        looked = Round(self.watched)
        rest = [each for each in looked.watched if not each.look(looked)]
        looked.scene = None  # it refers to frames, and they to all that they use
        self._watched = [each for each in self._watched if each() not in (None, *rest)]
        took = time.thread_time() - began
        every = min((each.seconds for each in self.watched), default=0.0)
        self.next = time.monotonic() + max(every, 0.0 if looked.urgent else SHARE * took)
        self.asked = None


class Beat:
    """Armed by runtimes that have something under way."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._loops: dict[asyncio.AbstractEventLoop, _Loop] = {}
        self._thread: threading.Thread | None = None
        self._leaving = False

    def arm(self, watched: Watched, loop: asyncio.AbstractEventLoop) -> None:
        """Look at `watched`, in `loop`, until its look returns False."""
        with self._lock:
            of = self._loops.get(loop)
            if of is None:
                of = self._loops[loop] = _Loop(loop)
            of.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="agentloupe-beat", daemon=True
                )
                try:
                    self._thread.start()
                except RuntimeError:  # the interpreter ends: nobody hangs for long
                    self._thread = None
        self._bell.set()

    def _run(self) -> None:
        while not self._leaving:
            wait = self._round()
            self._bell.wait(wait)
            self._bell.clear()

    def _round(self) -> float | None:
        now = time.monotonic()
        with self._lock:
            loops = list(self._loops.values())
        shortest: float | None = None
        for of in loops:
            alive = of.ask(now)
            with self._lock:
                if not alive or (not of.watched and of.asked is None):
                    self._loops.pop(of.loop, None)
                    continue
            every = min((each.seconds for each in of.watched), default=0.5)
            shortest = every if shortest is None else min(shortest, every)
        return shortest

    def before_fork(self) -> None:
        """Leave no thread behind; the next arming starts it again."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            self._leaving = True
            self._bell.set()
            thread.join(5.0)

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._leaving:
            self._leaving = False
            self._thread = None
            with self._lock:
                again = [(each, of.loop) for of in self._loops.values() for each in of.watched]
            for each, loop in again[:1]:
                self.arm(each, loop)

    def after_fork_in_child(self) -> None:
        """The parent's loops are not ours."""
        self._reset()


def _debugged(frame: FrameType) -> bool:
    """Whether somebody looks at the program with a debugger, and it stands still for that."""
    at: FrameType | None = frame
    while at is not None:
        name = at.f_code.co_filename
        if name.endswith((f"{os.sep}bdb.py", f"{os.sep}pdb.py")) or "pydevd" in name:
            return True
        at = at.f_back
    return False


beat = Beat()
if hasattr(os, "register_at_fork"):
    _calls: dict[str, Callable[[], None]] = {
        "before": beat.before_fork,
        "after_in_parent": beat.after_fork_in_parent,
        "after_in_child": beat.after_fork_in_child,
    }
    os.register_at_fork(**_calls)  # pyright: ignore[reportCallIssue, reportArgumentType]  three of them by name
