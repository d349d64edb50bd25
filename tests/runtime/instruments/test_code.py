"""Executors that are not ours, seen from outside."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import autogen_core.code_executor
import psutil
import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult

from agentloupe.runtime import LocalExecutor
from agentloupe.runtime.instruments.code import instrumentor
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor


LEFT = f"3{os.getpid()}"  # seconds that what is left behind sleeps, to know it by


@pytest.fixture
def watched(recorder: Recorder) -> Iterator[None]:
    undo = instrumentor.install(recorder, autogen_core.code_executor)
    yield
    undo()


class Own(CodeExecutor):
    """A program's own executor, which tells nothing."""

    component_type = "code_executor"

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        return CodeResult(exit_code=2, output="no such thing")

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def restart(self) -> None:
        await self.stop()
        await self.start()


def autogens(**options: Any) -> LocalCommandLineCodeExecutor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LocalCommandLineCodeExecutor(**options)


async def run(executor: CodeExecutor, code: str, language: str = "python") -> CodeResult:
    return await executor.execute_code_blocks([CodeBlock(code, language)], CancellationToken())


def spans_of(recording: Recording) -> list[Span]:
    run = recording.run(0)
    return [*(s for _, spans in run.iter_turns() for s in spans), *run.loose_spans()]


async def test_autogens_local_executor(
    watched: None, read: Callable[[], Recording], tmp_path: Any
) -> None:
    eats_so_long = "import time; x = b'x' * (50 << 20); time.sleep({}); print('done')"
    leaves_after = f"sleep {LEFT} >/dev/null 2>&1 &\nsleep {{}}; echo $!"
    async with autogens(timeout=90, work_dir=tmp_path / "work") as executor:
        for pause in (0.3, 2, 20):  # until it was looked at often enough, on a busy machine
            await run(executor, eats_so_long.format(pause))
            await run(executor, leaves_after.format(pause), "sh")
            spans = spans_of(read())
            eats, leaves = [span for span in spans if span.op == c.CODE][-2:]
            curve = [span for span in spans if span.op == c.SAMPLE and span.parent == eats.id]
            left = leaves.attributes[c.CHILDREN_LEFT]
            if len(curve) >= 3 and left and peak(eats) > 50 << 20:
                break
    assert eats.attributes[c.SANDBOX] == "none"
    assert eats.attributes[c.MEMORY_LIMIT] == 0
    assert eats.attributes[c.TIMEOUT] == 90
    assert eats.attributes[c.OUTPUT_SIZE] == 5
    assert peak(eats) > 50 << 20
    assert eats.attributes[c.CHILDREN_LEFT] == 0
    assert len(curve) >= 3
    assert left == 1
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] == ["sleep", LEFT]:
            process.kill()


def peak(span: Span) -> int:
    return int(str(span.attributes[c.MEMORY_PEAK]))


async def test_side_by_side_each_has_its_own_processes(
    watched: None, read: Callable[[], Recording], tmp_path: Any
) -> None:
    for pause in (0.3, 2, 20):  # until both were looked at while they had it, on a busy machine
        big, small = autogens(work_dir=tmp_path / "a"), autogens(work_dir=tmp_path / "b")
        await asyncio.gather(
            run(big, f"import time; x = b'x' * (60 << 20); time.sleep({pause})"),
            run(small, f"import time; time.sleep({pause})"),
        )
        peaks = sorted(peak(span) for span in spans_of(read()) if span.op == c.CODE)
        if peaks[-1] > 60 << 20:
            break
    assert peaks[0] < 50 << 20 < 60 << 20 < peaks[-1]
    assert sum(each > 50 << 20 for each in peaks) <= len(peaks) // 2


async def test_a_programs_own_executor_and_its_changes(
    watched: None, read: Callable[[], Recording]
) -> None:
    async with Own() as executor:
        assert (await run(executor, "x")).exit_code == 2
        await executor.restart()
    spans = spans_of(read())
    assert [span.name for span in sorted(spans, key=lambda s: s.start_ns) if span.op != c.RUN] == [
        "code_executor start",
        "execute_code Own",
        "code_executor restart",
        "code_executor stop",
    ]
    code = next(span for span in spans if span.op == c.CODE)
    assert (code.error, code.attributes[c.EXIT_CODE]) == ("ExitCode: 2", 2)
    assert c.MEMORY_LIMIT not in code.attributes


async def test_ours_tells_by_itself_and_once(watched: None, read: Callable[[], Recording]) -> None:
    async with LocalExecutor(timeout=0.3) as executor:
        await run(executor, "import time; time.sleep(60)")
    (code,) = (span for span in spans_of(read()) if span.op == c.CODE)
    assert code.error == "TimedOut: after 0.3 s"
    assert code.attributes[c.TIMED_OUT] is True


async def test_observers_end_with_what_they_observe(watched: None, tmp_path: Any) -> None:
    import threading

    await run(autogens(work_dir=tmp_path / "w"), "print(1)")
    deadline = time.monotonic() + 60
    while any(thread.name == "agentloupe-observer" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_processes_of_others_are_none_of_its_business(watched: None, recorder: Recorder) -> None:
    """The hook on asyncio's processes looks at those of executions alone."""

    async def other() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "pass", stdout=subprocess.DEVNULL
        )
        return await process.wait()

    assert asyncio.run(other()) == 0
