"""What executors have in common: blocks one after another, an output with a limit, an account.

Executions of one executor take turns. They share a work area, a memory limit and its high-water
mark, and what an execution leaves behind could not be told from what another is still doing. For
work side by side make several executors.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor

from ...tracer import conventions as c
from . import owner
from .account import Account
from .blocks import Planned, Refused, plan
from .outcome import KILLED, STOPPED, TIMED_OUT, Ended, ExecutionResult
from .output import Output
from .sizes import sized

#: Takes pieces of output as they come, called in the event loop.
Listener = Callable[[str], None]


class BlockExecutor(CodeExecutor):
    """Runs blocks by `_run`, which subclasses say how to do."""

    #: "container" or "none".
    sandbox: str = "none"

    def __init__(
        self,
        *,
        commands: Mapping[str, Sequence[str]],
        timeout: float,
        memory: int,
        output_limit: int,
        on_output: Listener | None,
    ) -> None:
        self._commands = commands
        self._timeout = timeout
        self._memory = memory
        self._output_limit = output_limit
        self._on_output = on_output
        self._turn: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None
        self._stops = 0  # so far: what runs meanwhile must not start anything again
        self._folder: Path | None = None
        self._files = 0

    # -- what subclasses do ----------------------------------------------------------------------
    @abstractmethod
    async def _ready(self) -> None:
        """Be able to run: called before each execution, which need not be after `start`."""

    @abstractmethod
    async def _run(self, planned: Planned, output: Output, account: Account) -> Ended:
        """Run one block within the time given. When it raises, no process of it is left."""

    def _account(self) -> Account:
        return Account()

    # -- AutoGen's interface ---------------------------------------------------------------------
    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> ExecutionResult:
        """Run blocks one after another, up to the first that fails.

        Raises:
            ValueError: there is no block.
            asyncio.CancelledError: the token was cancelled; nothing of the block still runs.
            ExecutorError: there is nothing to run it in.
        """
        if not code_blocks:
            raise ValueError("No code blocks to execute.")
        work = asyncio.ensure_future(self._execute(code_blocks))
        cancellation_token.link_future(work)
        return await work

    async def _execute(self, blocks: Sequence[CodeBlock]) -> ExecutionResult:
        asked = time.perf_counter_ns()
        async with self._turns():
            account = self._account()
            account.note(c.SANDBOX, self.sandbox)
            account.note(c.TIMEOUT, self._timeout)
            account.note(c.MEMORY_LIMIT, self._memory)
            output = Output(self._output_limit, self._next_file, listener=self._listener())
            try:
                await self._ready()
                # What it waited for its turn and for a container is no part of its time.
                account.note(c.QUEUED_NS, time.perf_counter_ns() - asked)
                return await self._one_by_one(blocks, output, account)
            finally:
                output.close()
                account.close()
                account.note(c.OUTPUT_SIZE, output.size)
                account.note(c.OUTPUT_OMITTED, output.omitted)

    async def _one_by_one(
        self, blocks: Sequence[CodeBlock], output: Output, account: Account
    ) -> ExecutionResult:
        first: str | None = None
        ends: list[Ended] = []
        said, stops = "", self._stops
        for block in blocks:
            if self._stops != stops:
                ends.append(Ended(exit_code=KILLED))
                said = STOPPED
                break
            try:
                planned = plan(block, self._commands)
            except Refused as refused:
                ends.append(Ended(exit_code=1))
                said = str(refused)
                break
            first = first or planned.name
            ends.append(await self._run(planned, output, account))
            said = self._said(ends[-1])
            if ends[-1].exit_code != 0:
                break
        return self._result(first, ends, said, output, account)

    def _said(self, ended: Ended) -> str:
        """What the output cannot say for itself."""
        if ended.said:
            return ended.said
        if ended.timed_out:
            return f"Timeout: the code was ended after {self._timeout:g} s."
        if ended.oom_killed:
            peak = f", its peak was {sized(ended.peak)}" if ended.peak else ""
            limit = f" at the limit of {sized(self._memory)}" if self._memory else ""
            return f"Out of memory: a process was killed{limit}{peak}."
        return ""

    def _result(
        self,
        first: str | None,
        ends: Sequence[Ended],
        said: str,
        output: Output,
        account: Account,
    ) -> ExecutionResult:
        last = ends[-1]
        peaks = [(ended.peak, ended.peak_source) for ended in ends if ended.peak is not None]
        peak, source = max(peaks, default=(None, None))  # pyright: ignore[reportArgumentType]  of like pairs
        code = TIMED_OUT if last.timed_out else last.exit_code
        oom = any(ended.oom_killed for ended in ends)
        account.note(c.TIMED_OUT, last.timed_out)
        account.note(c.OOM_KILLED, oom)
        account.note(c.OOM_SIGNS, tuple(dict.fromkeys(s for ended in ends for s in ended.signs)))
        account.note(c.MEMORY_PEAK, peak)
        account.note(c.PEAK_SOURCE, source)
        for key, counts in (
            (c.CHILDREN_LEFT, [ended.left for ended in ends]),
            (c.CHILDREN_KILLED, [ended.killed for ended in ends]),
        ):
            known = [count for count in counts if count is not None]
            account.note(key, sum(known) if known else None)
        text = output.text()
        if said:
            text = f"{text.rstrip()}\n{said}\n" if text else f"{said}\n"
        return ExecutionResult(
            exit_code=code,
            output=text,
            code_file=first,
            timed_out=last.timed_out,
            oom_killed=oom,
            memory_peak=peak,
            memory_limit=self._memory or None,
            output_size=output.size,
            output_omitted=output.omitted,
            output_file=str(output.path) if output.path else None,
        )

    def _listener(self) -> Listener | None:
        """Output is read in a thread; whoever listens is called in the loop."""
        listen, loop = self._on_output, asyncio.get_running_loop()
        return None if listen is None else lambda t: _told(loop, listen, t)

    # -- for subclasses --------------------------------------------------------------------------
    def _turns(self) -> asyncio.Lock:
        """The lock of this event loop: an executor may outlive the loop it was first used in."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._turn[0] is not loop:
            self._turn = loop, asyncio.Lock()
        return self._turn[1]

    def _own_folder(self) -> Path:
        """A temporary folder of this executor."""
        if self._folder is None:
            self._folder = owner.folder()
        return self._folder

    def _next_file(self) -> Path:
        self._files += 1
        return self._own_folder() / f"output-{self._files}.txt"

    def _drop_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _told(loop: asyncio.AbstractEventLoop, listen: Listener, text: str) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
        loop.call_soon_threadsafe(listen, text)
