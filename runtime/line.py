"""The waiting line of `compat="autogen"`: AutoGen's queue as far as a program can tell it by.

Same hops through the event loop, same counting of what is not done, same end by shutdown. A getter
is a future, or the runtime's own pump, which needs none.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable

from .letters import Letter, Reply

if sys.version_info >= (3, 13):
    from asyncio import QueueShutDown
else:
    from autogen_core._queue import QueueShutDown


Getter = asyncio.Future[None] | Callable[[], object]


class Line:
    """Letters and replies in the order they were put, and how many of them are not done."""

    def __init__(self) -> None:
        self.items: deque[Letter | Reply] = deque()
        self.unfinished: int = 0
        self.is_shut: bool = False
        self._getters: deque[Getter] = deque()
        self._pump: Callable[[], object] | None = None  # the getter that is none
        self._joiners: list[asyncio.Future[None]] = []

    def put(self, item: Letter | Reply) -> None:
        """Raises QueueShutDown after `shutdown`."""
        if self.is_shut:
            raise QueueShutDown
        self.items.append(item)
        self.unfinished += 1
        getters = self._getters
        while getters:
            getter = getters.popleft()
            pump = self._pump
            if pump is not None and getter is pump:
                pump()
                return
            if _wake(getter):
                return

    def skip(self, pump: Callable[[], object]) -> bool:
        """Count something as put and taken at once; False unless `pump` alone waits for it."""
        if len(self._getters) != 1 or self._getters[0] is not pump:
            return False
        self._getters.clear()
        self.unfinished += 1
        return True

    def wait(self, pump: Callable[[], object]) -> None:
        """`pump` is called, once, when there is something or the line is shut."""
        self._pump = pump
        self._getters.append(pump)

    async def get(self) -> Letter | Reply:
        """Raises QueueShutDown when the line is empty and shut."""
        while not self.items:
            if self.is_shut:
                raise QueueShutDown
            getter = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except BaseException:
                getter.cancel()
                if getter in self._getters:
                    self._getters.remove(getter)
                raise
        return self.items.popleft()

    def done(self) -> None:
        """Raises ValueError when more is done than was put."""
        if self.unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished -= 1
        if self.unfinished == 0 and self._joiners:
            self._wake_joiners()

    def _wake_joiners(self) -> None:
        joiners, self._joiners = self._joiners, []
        for joiner in joiners:
            if not joiner.done():
                joiner.set_result(None)

    async def join(self) -> None:
        """Until all that was put is done."""
        if self.unfinished > 0:
            joiner: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._joiners.append(joiner)
            await joiner

    def joiners(self) -> list[asyncio.Future[None]]:
        """Futures of whoever waits until all is done."""
        return [each for each in self._joiners if not each.done()]

    def shutdown(self) -> list[Letter | Reply]:
        """Nothing more goes in; what is inside counts as done and is returned."""
        self.is_shut = True
        dropped = list(self.items)
        self.items.clear()
        self.unfinished = max(0, self.unfinished - len(dropped))
        if self.unfinished == 0:
            self._wake_joiners()
        getters, self._getters = self._getters, deque()
        for getter in getters:
            _wake(getter)
        return dropped


def _wake(getter: Getter) -> bool:
    """False when nobody waits there any more."""
    if callable(getter):
        getter()
        return True
    if getter.done():
        return False
    getter.set_result(None)
    return True
