"""What only a real engine can show, besides the checks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_ext.tools.code_execution import CodeExecutionInput, PythonCodeExecutionTool

from agentloupe.runtime import DockerExecutor
from agentloupe.runtime.executors import counters, owner
from agentloupe.runtime.executors.errors import NoContainer, NoImage
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.recorder import Recorder, activate

from .checks import EATS, MIB, run
from .engine import BUSYBOX, PYTHON, Engine

pytestmark = pytest.mark.docker


async def test_without_the_hosts_files_counters_and_statistics_tell(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with an engine elsewhere: nothing of its machine can be read from here."""
    monkeypatch.setattr(counters.HostFiles, "of", lambda *_: None)
    recorder = Recorder(tmp_path / "remote.loupe", program="remote")
    before = activate(recorder)
    try:
        async with DockerExecutor(PYTHON, memory="64m", timeout=30) as executor:
            with recorder.record(c.CODE, "execute_code DockerExecutor"):
                slow = "x = b'x' * (40 << 20)\nimport time\ntime.sleep(2.5)"
                result = await run(executor, slow)
            assert (result.memory_peak or 0) > 40 * MIB
            eats = await run(executor, EATS)
            assert (eats.oom_killed, eats.exit_code) == (True, 137)
    finally:
        activate(before)
        recorder.close()
    with open_recording(recorder.path) as recording:
        spans = recording.run(0).loose_spans()
    code = next(span for span in spans if span.op == c.CODE)
    assert code.attributes[c.PEAK_SOURCE] == "counter"
    curve = [int(str(s.attributes[c.CONTAINER_MEMORY])) for s in spans if s.parent == code.id]
    assert max(curve) > 40 * MIB


async def test_a_start_removes_what_the_gone_have_left(engine: Engine) -> None:
    place, pid = owner.mark().rsplit(".", 2)[:2]
    labels = {owner.LABEL: f"{place}.{pid}.1"}
    async with DockerExecutor(BUSYBOX, labels=labels) as other:
        assert other._container is not None  # pyright: ignore[reportPrivateUsage]
        ours = engine.containers()
        # Labels of ours go before those of the user: nobody can give theirs away by accident.
        async with DockerExecutor(BUSYBOX):
            assert set(ours) <= set(engine.containers())
    import docker

    client = docker.DockerClient(engine.address)
    left = client.containers.create(BUSYBOX, "sleep 100", labels=labels, network_mode="none")
    async with DockerExecutor(BUSYBOX):
        assert left.id not in engine.containers()
    client.close()


async def test_files_go_in_and_out_and_a_folder_can_be_the_work_area(
    engine: Engine, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    async with DockerExecutor(PYTHON, work_dir=str(work)) as executor:
        await executor.put("data/in.bin", bytes(range(256)) * 1000)
        code = "d = open('data/in.bin', 'rb').read(); open('out.bin', 'wb').write(d[::-1])"
        assert (await run(executor, code)).exit_code == 0
        assert await executor.get("out.bin") == bytes(range(255, -1, -1)) * 1000
        with pytest.raises(FileNotFoundError, match=r"'gone\.txt' in /workspace"):
            await executor.get("gone.txt")
    assert (work / "out.bin").stat().st_size == 256_000


async def test_output_comes_while_the_code_runs(engine: Engine) -> None:
    heard: list[str] = []
    first = asyncio.Event()

    def listen(text: str) -> None:
        heard.append(text)
        first.set()  # in the loop

    async with DockerExecutor(BUSYBOX, on_output=listen) as executor:
        token = CancellationToken()
        block = CodeBlock("echo begun; sleep 60", "sh")
        running = asyncio.ensure_future(executor.execute_code_blocks([block], token))
        await asyncio.wait_for(first.wait(), 30)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert "".join(heard) == "begun\n"


async def test_a_bomb_of_processes_is_contained(engine: Engine) -> None:
    bomb = "import os\nwhile True:\n try: os.fork()\n except OSError: pass"
    async with DockerExecutor(PYTHON, timeout=2, pids=40) as executor:
        result = await run(executor, bomb)
        assert result.timed_out
        assert (await run(executor, "print('well again')")).output == "well again\n"


async def test_the_code_tool_works_with_it(engine: Engine) -> None:
    async with DockerExecutor(PYTHON) as executor:
        tool = PythonCodeExecutionTool(executor)
        result = await tool.run(CodeExecutionInput(code="print(6 * 7)"), CancellationToken())
    assert (result.success, result.output) == (True, "42\n")


async def test_what_cannot_be_started_says_why(engine: Engine) -> None:
    with pytest.raises(NoImage, match="LP802 the image 'no/such:image' is not on this engine"):
        await DockerExecutor("no/such:image").start()
    with pytest.raises(NoImage, match="cannot be pulled"):
        await DockerExecutor("no/such:image", pull="missing").start()
    with pytest.raises(NoContainer, match="no/such-network"):
        await DockerExecutor(BUSYBOX, network="no/such-network").start()
    assert json.loads(engine.request("GET", "/images/json")[1])


def test_a_loop_that_ends_takes_nothing_with_it(engine: Engine) -> None:
    """Stopping in another event loop than starting, as programs do that call asyncio.run twice."""
    executor = DockerExecutor(BUSYBOX)
    asyncio.run(executor.start())
    outputs: Callable[[], str] = lambda: asyncio.run(run(executor, "echo hi", "sh")).output  # noqa: E731
    assert outputs() == outputs() == "hi\n"
    asyncio.run(executor.stop())
