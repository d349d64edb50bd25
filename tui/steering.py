"""A program in progress, held by the control protocol: what it waits for, and what it is told.

The protocol's modules are imported only once a socket is there, as they load pydantic.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tracer.errors import LoupeError

if TYPE_CHECKING:
    from ..tracer.control import Breakpoint, Queued, WaitingHuman
    from ..tracer.remote import AsyncRemote
    from ..tracer.waits import Wait

LOOK = 0.5  # seconds between two looks at waits and queue


class Steering:
    """The state of the program as far as it was told. `tell` is called when it changes."""

    def __init__(self, recording: Path, tell: Callable[[], None]) -> None:
        self.recording = recording
        self.connected = False
        self.paused = False
        self.why = ""  # why it is not connected, or what was refused last
        self.program = ""
        self.pid = 0
        self.next: Queued | None = None  # what would have begun when it stopped
        self.asked: dict[str, WaitingHuman] = {}
        self.waits: tuple[Wait, ...] = ()
        self.queue: tuple[Queued, ...] = ()
        self.breakpoints: tuple[Breakpoint, ...] = ()
        self.found: list[str] = []
        self._tell = tell
        self._remote: AsyncRemote | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @staticmethod
    def possible(recording: Path) -> bool:
        """Whether somebody may be there to be talked to."""
        return recording.with_name(f"{recording.name}.sock").exists()

    async def connect(self) -> bool:
        """Talk to the program; False (with `why`) when it cannot be."""
        from ..tracer.remote import AsyncRemote

        try:
            self._remote = await AsyncRemote.connect(self.recording)
        except (LoupeError, OSError, TimeoutError) as error:
            self.why = str(getattr(error, "what", error))
            return False
        hello = self._remote.hello
        self.connected, self.paused = True, hello.paused
        self.program, self.pid = hello.program, hello.pid
        self.asked = {each.wait_id: each for each in hello.asked}
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._watch())]
        self._tell()
        return True

    async def _listen(self) -> None:
        assert self._remote is not None
        async for event in self._remote.events():
            self._take(event)
            self._tell()
        self.connected, self.paused = False, False
        self.asked.clear()
        self._tell()

    def _take(self, event: Any) -> None:
        if event.event == "stopped":
            self.paused, self.next = True, event.next
        elif event.event == "resumed":
            self.paused, self.next = False, None
        elif event.event == "waiting_human":
            self.asked[event.wait_id] = event
        elif event.event == "answered":
            self.asked.pop(event.wait_id, None)
        elif event.event == "finding":
            self.found = [*self.found[-9:], f"{event.slug}: {event.title}"]

    async def _watch(self) -> None:
        """Ask what is waited for, as long as somebody answers."""
        from ..tracer import control

        with suppress(LoupeError, OSError):
            while self.connected:
                waits = await self._ask(control.AskWaits())
                queue = await self._ask(control.ListQueue())
                breaks = await self._ask(control.ListBreaks())
                self.waits, self.queue = waits.waits, queue.queue
                self.breakpoints = breaks.breakpoints
                self._follow_up()
                self._tell()
                await asyncio.sleep(LOOK)

    def _follow_up(self) -> None:
        """While it is held, another message may have come first: the one before was dropped."""
        if self.paused and (self.next is None or self.next.id not in {m.id for m in self.queue}):
            self.next = self.queue[0] if self.queue else None

    async def _ask(self, request: Any) -> Any:
        assert self._remote is not None
        return await self._remote.ask(request)

    async def do(self, request: Any) -> str:
        """Have something done; why it was not, or ""."""
        if self._remote is None or not self.connected:
            return self.why or "no program is there to be told"
        try:
            answer = await self._ask(request)
        except (LoupeError, OSError) as error:
            return str(getattr(error, "what", error))
        self.paused = getattr(answer, "paused", self.paused)
        self._tell()
        return ""

    async def pause_or_resume(self) -> str:
        """Hold its deliveries back, or let them go on."""
        from ..tracer import control

        return await self.do(control.DoResume() if self.paused else control.DoPause())

    async def step(self) -> str:
        """Let one delivery begin."""
        from ..tracer import control

        return await self.do(control.DoStep())

    async def stop_at(self, where: str) -> str:
        """Stop before deliveries that a filter means; a second time: no longer."""
        from ..tracer import control

        known = [each for each in self.breakpoints if each.where == where]
        request = control.RemoveBreak(id=known[0].id) if known else control.AddBreak(where=where)
        return await self.do(request)

    async def answer(self, text: str) -> str:
        """Answer whoever has asked a person first."""
        from ..tracer import control

        asked = next(iter(self.asked), None)
        if asked is None:
            return "nobody asks a person"
        return await self.do(control.Answer(wait_id=asked, text=text))

    async def drop(self, message: str) -> str:
        """Make a queued message a dead letter."""
        from ..tracer import control

        return await self.do(control.DropQueued(id=message))

    async def close(self) -> None:
        """Let go of the program; it goes on as it is."""
        for task in self._tasks:
            task.cancel()
        remote, self._remote = self._remote, None
        self.connected = False
        if remote is not None:
            await remote.close()


def age_ns(since_ns: int) -> int:
    """How long ago a moment of the program was."""
    return max(0, time.time_ns() - since_ns)
