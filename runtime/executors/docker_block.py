"""One block in a container, from its first byte to the last of its processes.

The time is kept here, outside of the container, and so is the killing: what an image has or lacks
does not matter. Ending goes in two stages: a shell inside kills all of the user's processes, and if
that has not been seen to succeed within a fraction of a second, the container is removed.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from .account import Account
from .blocks import Planned
from .container import Container, Settled
from .counters import Counters, HostFiles
from .engine import Stream, Vanished
from .outcome import KILLED, Ended
from .output import Output
from .threads import beside, finish, waited

POLL: Final = 0.01  # seconds between two readings of the kernel's files, to begin with
FINE: Final = 5  # seconds for which it is so fine
KILL_SECONDS: Final = 0.7  # to end the code from inside; then the container goes
LOOK_SECONDS: Final = 10  # the same where nothing is overdue
AFTER_EXIT: Final = 0.3  # seconds to wait for output after the code has ended
LOOK: Final = 0.25  # seconds between two looks whether it still runs


class NotStarted(Exception):  # noqa: N818 a fact about the block
    """The container had gone before the block began."""


class Block:
    """Runs once. `usable` says afterwards whether the container is."""

    def __init__(
        self, container: Container, timeout: float, account: Account, *, keep: bool
    ) -> None:
        self.usable = True
        self._container = container
        self._timeout = timeout
        self._account = account
        self._keep = keep  # processes that the block leaves behind
        self._peak_before = container.known.peak
        self._stream: Stream | None = None

    async def run(self, planned: Planned, output: Output) -> Ended:
        """Run it within its time. Whatever happens, none of its processes is left.

        Raises:
            NotStarted: there is no container any more; nothing was run.
        """
        container = self._container
        if container.files is not None:
            container.files.reset_peak()
            self._peak_before = container.files.read().peak
        stop = self._watch()
        try:
            await finish(waited(beside(self._start, planned)))
            return await self._attend(output)
        except Vanished as gone:
            if self._stream is None:
                await self._give_up()
                raise NotStarted from gone
            return await self._vanished()
        except BaseException:
            await finish(self._settle(overdue=True))
            raise
        finally:
            stop()
            if self._stream is not None:
                self._stream.close()

    def _start(self, planned: Planned) -> None:
        # Kept here and not returned: whoever waits for it may be cancelled, and it must be closed.
        self._stream = self._container.run(planned)

    async def _attend(self, output: Output) -> Ended:
        stream = self._stream
        assert stream is not None
        reading = beside(_pump, stream, output)
        try:
            code = await self._exit_code(stream, reading, time.monotonic() + self._timeout)
            settled = await finish(self._settle(overdue=code is None))
        finally:
            stream.close()
            await finish(waited(reading))
        return await self._judged(code, settled)

    async def _exit_code(
        self, stream: Stream, reading: asyncio.Future[None], deadline: float
    ) -> int | None:
        """None when the time has run out."""
        pause = 0.01
        while (left := deadline - time.monotonic()) > 0:
            if reading.done():  # the engine notices the end a little later than its output
                await asyncio.sleep(min(left, pause))
                pause = min(2 * pause, LOOK)
            else:
                await asyncio.wait({reading}, timeout=min(left, LOOK))
            code = await beside(self._container.exit_code, stream)
            if code is not None:
                # What it left behind may hold the output open.
                await asyncio.wait({reading}, timeout=AFTER_EXIT)
                return code
        return None

    async def _settle(self, *, overdue: bool) -> Settled:
        """See what is left of the block, and end it."""
        kill = overdue or not self._keep
        try:
            async with asyncio.timeout(KILL_SECONDS if overdue else LOOK_SECONDS):
                settled = await beside(self._container.settle, kill=kill)
            if not kill or not settled.stayed:
                return self._by_host(settled)
        except Exception:
            pass
        settled = self._by_host(Settled(left=0, stayed=0, counters=Counters()))
        await self._give_up()
        return settled

    def _by_host(self, settled: Settled) -> Settled:
        files = self._container.files
        seen = files.read() if files is not None else Counters()
        return settled if seen.kills is None else replace(settled, counters=seen)

    async def _give_up(self) -> None:
        self.usable = False
        await finish(waited(beside(self._container.remove)))

    async def _vanished(self) -> Ended:
        """It went while the code ran: by its memory, or by somebody's hand."""
        await self._give_up()
        signs = await beside(self._container.oom_signs, None, killed=True)
        return Ended(
            exit_code=KILLED,
            oom_killed=bool(signs),
            signs=signs,
            peak=self._account.most,
            peak_source="samples",
            said="" if signs else "The container was removed from outside while the code ran.",
        )

    async def _judged(self, code: int | None, settled: Settled) -> Ended:
        counters = settled.counters
        signs = await beside(self._container.oom_signs, counters.kills, killed=code == KILLED)
        peak, source = self._account.peak(counters.peak, self._peak_before)
        self._container.known = counters
        timed_out = code is None
        return Ended(
            exit_code=KILLED if code is None else code,
            timed_out=timed_out,
            oom_killed=bool(signs),
            signs=signs,
            peak=peak,
            peak_source=source,
            left=None if timed_out else settled.left,
            killed=settled.left - settled.stayed if timed_out or not self._keep else None,
        )

    def _watch(self) -> Callable[[], object]:
        """Have the account told of the memory in use; returns what ends that."""
        files = self._container.files
        if files is not None:
            return asyncio.ensure_future(_by_files(files, self._account)).cancel
        over = threading.Event()
        beside(_by_stats, self._container, self._account, over)
        return over.set


async def _by_files(files: HostFiles, account: Account) -> None:
    began = time.monotonic()
    while (usage := files.usage()) is not None:
        account.sample(usage)
        await asyncio.sleep(POLL if time.monotonic() - began < FINE else 5 * POLL)


def _by_stats(container: Container, account: Account, over: threading.Event) -> None:
    for usage in container.stats():
        if over.is_set():
            return
        account.sample(usage)


def _pump(stream: Stream, output: Output) -> None:
    for data in stream.chunks():
        output.feed(data)
