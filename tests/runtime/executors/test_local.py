"""The executor without a sandbox: its ends are kept in order all the same."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor

from agentloupe.runtime import LocalExecutor
from agentloupe.runtime.executors import owner
from agentloupe.runtime.executors.outcome import ExecutionResult
from agentloupe.tracer import conventions as c
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder


@pytest.fixture
async def executor() -> AsyncIterator[LocalExecutor]:
    async with LocalExecutor(timeout=30, memory="256m") as executor:
        yield executor


async def run(executor: CodeExecutor, *blocks: str, language: str = "python") -> ExecutionResult:
    code = [CodeBlock(block, language) for block in blocks]
    result = await executor.execute_code_blocks(code, CancellationToken())
    assert isinstance(result, ExecutionResult)
    return result


def marked(by: int | None = None) -> list[int]:
    """Processes of this one's executions, or of another's: other tests have theirs meanwhile."""
    mine = f".{by or os.getpid()}.".encode()
    name = f"{owner.VARIABLE}=".encode()
    return [pid for pid, found in owner._marked() if mine in found.partition(name)[2]]


async def test_blocks_run_one_after_another_up_to_a_failure(executor: LocalExecutor) -> None:
    result = await run(executor, "print('one')", "print('two'); raise SystemExit(3)", "print(3)")
    assert (result.exit_code, result.output) == (3, "one\ntwo\n")
    assert result.code_file is not None
    assert (await run(executor, "print(open('kept.txt').read())")).exit_code == 1
    await executor.put("kept.txt", b"here")
    assert "here" in (await run(executor, "print(open('kept.txt').read())")).output
    assert await executor.get("kept.txt") == b"here"


async def test_no_block_is_an_error_and_a_strange_language_an_answer(
    executor: LocalExecutor,
) -> None:
    with pytest.raises(ValueError, match="No code blocks"):
        await run(executor)
    result = await run(executor, "DISPLAY 'HI'", language="cobol")
    assert result.exit_code == 1
    assert "no command is known" in result.output


async def test_the_time_is_kept_and_nothing_is_left() -> None:
    stubborn = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "print('runs', flush=True)\n"
        "while True: time.sleep(0.1)"
    )
    for timeout in (0.7, 5, 40):  # it must have come so far: on a busy machine that takes time
        async with LocalExecutor(timeout=timeout) as executor:
            result = await run(executor, stubborn)
        if "runs" in result.output:
            break
    assert (result.exit_code, result.timed_out) == (124, True)
    assert result.output == f"runs\nTimeout: the code was ended after {timeout:g} s.\n"
    assert marked() == []


async def test_what_runs_in_the_background_ends_with_its_block(executor: LocalExecutor) -> None:
    result = await run(executor, "sleep 300 & echo left", language="sh")
    assert result.output == "left\n"
    assert marked() == []


async def test_it_may_be_kept(tmp_path: Path) -> None:
    async with LocalExecutor(keep_background=True) as executor:
        await run(executor, "sleep 300 >/dev/null 2>&1 & echo left", language="sh")
        kept = marked()
        assert len(kept) == 1
        os.kill(kept[0], 9)


async def test_cancelling_ends_all_of_it(executor: LocalExecutor, tmp_path: Path) -> None:
    token, begun = CancellationToken(), tmp_path / "begun"
    code = f"touch {begun}; (sleep 300) & sleep 300"
    running = asyncio.ensure_future(executor.execute_code_blocks([CodeBlock(code, "sh")], token))
    deadline = time.monotonic() + 60
    while not begun.exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert marked() == []


async def test_too_much_memory_of_all_processes_together() -> None:
    halves = (
        "import subprocess, sys, time\n"
        "half = 'import time; x = b\"x\" * (60 << 20); time.sleep(60)'\n"
        "children = [subprocess.Popen([sys.executable, '-c', half]) for _ in range(2)]\n"
        "for child in children: child.wait()"
    )
    async with LocalExecutor(memory="100m", timeout=50) as executor:
        result = await run(executor, halves)
    assert (result.exit_code, result.oom_killed) == (137, True)
    assert result.output.startswith("Out of memory: a process was killed at the limit of 100 MiB")
    assert (result.memory_peak or 0) > 100 << 20
    assert marked() == []


async def test_one_process_alone_gets_a_memory_error() -> None:
    async with LocalExecutor(memory="100m") as executor:
        result = await run(executor, "x = bytearray(300 << 20)")
    assert result.exit_code == 1
    assert "MemoryError" in result.output


async def test_a_flood_is_cut_and_kept(executor: LocalExecutor) -> None:
    code = "import sys\nfor _ in range(40): sys.stdout.buffer.write(b'\\xff' * 100_000)"
    result = await run(executor, code)
    assert result.output_size == 4_000_000
    assert "bytes left out; all of it" in result.output
    assert result.output_file is not None
    assert Path(result.output_file).stat().st_size == 4_000_000  # noqa: ASYNC240
    await executor.stop()
    assert not Path(result.output_file).exists()  # noqa: ASYNC240


async def test_it_is_a_component() -> None:
    made = LocalExecutor(timeout=5, commands={"r": ["Rscript"]})
    again = CodeExecutor.load_component(made.dump_component())
    assert isinstance(again, LocalExecutor)
    assert again.dump_component() == made.dump_component()
    with pytest.raises(ValueError, match="memory"):
        LocalExecutor(memory="a lot")
    with pytest.raises(ValueError, match="tiemout"):
        LocalExecutor(tiemout=5)


async def test_its_span_tells_what_it_did(
    recorder: Recorder, read: Callable[[], Recording], executor: LocalExecutor
) -> None:
    eats = "import time; x = b'x' * (40 << 20); time.sleep({}); print('done')"
    for pause in (0.2, 2, 20):  # until it was looked at often enough, on a busy machine
        with recorder.record(c.CODE, "execute_code LocalExecutor"):
            await run(executor, eats.format(pause))
        spans: list[Any] = read().run(0).loose_spans()
        code = [span for span in spans if span.op == c.CODE][-1]
        curve = [span for span in spans if span.op == c.SAMPLE and span.parent == code.id]
        if len(curve) >= 3 and code.attributes[c.MEMORY_PEAK] > 40 << 20:
            break
    assert code.attributes[c.SANDBOX] == "none"
    assert code.attributes[c.MEMORY_LIMIT] == 256 << 20
    assert code.attributes[c.MEMORY_PEAK] > 40 << 20
    assert code.attributes[c.CHILDREN_LEFT] == 0
    assert code.attributes[c.OUTPUT_SIZE] == 5
    assert 3 <= len(curve) <= 240
    assert all(c.MEMORY_USAGE in span.attributes for span in curve)


def test_a_start_ends_what_a_killed_program_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import asyncio\n"
        "from autogen_core import CancellationToken\n"
        "from autogen_core.code_executor import CodeBlock\n"
        "from agentloupe.runtime import LocalExecutor\n"
        "async def main():\n"
        "    executor = LocalExecutor(on_output=lambda text: print(text, end='', flush=True))\n"
        "    block = CodeBlock('echo runs; exec sleep 300', 'sh')\n"
        "    await executor.execute_code_blocks([block], CancellationToken())\n"
        "asyncio.run(main())"
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "runs\n"
        child.kill()
    assert len(marked(child.pid)) == 1
    assert len(list(tmp_path.iterdir())) == 1
    asyncio.run(_started_and_stopped())
    deadline = time.monotonic() + 60
    while marked(child.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


async def _started_and_stopped() -> None:
    async with LocalExecutor():
        pass
