"""What an executor that runs code in a container must do, as checks of any such executor.

Each check takes a `Subject` and says what it saw. `test_checks.py` holds ours to all of them;
`benchmarks/executors.py` shows another beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor

from agentloupe.runtime.executors.counters import HostFiles

from .engine import BARE, BUSYBOX, PYTHON, Engine

MIB = 1 << 20

STUBBORN = """
trap '' TERM
(trap '' TERM; while :; do sleep 0.1; done) &
while :; do sleep 0.1; done
"""
LATE = "trap '' TERM\n(sleep 2; echo late > late.txt) &\nsleep 2\necho late > late.txt\nsleep 60"
EATS = "data = bytearray(300 << 20)\nprint('went on')"
SPIKES = (
    "import time\nx = b'x' * (80 << 20)\ntime.sleep(0.12)\ndel x\ntime.sleep(0.3)\nprint('over')"
)
FLOODS = (
    "import sys\nfor _ in range(64): sys.stdout.buffer.write(b'\\xff' + b'y' * ((1 << 20) - 1))"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """An executor under test."""

    name: str
    make: Callable[..., CodeExecutor]  # (image, *, timeout, work_dir=None, memory=None)
    container: Callable[[CodeExecutor], str]  # the id of its container
    program: str  # statements that make `executor` from `image`, for a process that is killed


@dataclass(slots=True)
class Seen:
    """What a check saw. `passed` is about all of it."""

    passed: bool
    what: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


Check = Callable[[Subject, Engine], Awaitable[Seen]]


@contextlib.asynccontextmanager
async def started(executor: CodeExecutor) -> AsyncIterator[CodeExecutor]:
    await executor.start()
    try:
        yield executor
    finally:
        await executor.stop()


async def run(executor: CodeExecutor, code: str, language: str = "python") -> Any:
    return await executor.execute_code_blocks([CodeBlock(code, language)], CancellationToken())


def processes(engine: Engine, container: str) -> int:
    """Processes in a container besides those that were there before any code was."""
    status, answer = engine.request("GET", f"/containers/{container}/json")
    if status != 200:
        return 0
    pid = json.loads(answer)["State"]["Pid"]
    files = HostFiles.of(pid, container)
    living = [each for each in files.processes() if _lives(each)] if files else []
    return len([each for each in living if not _keeps(each)])


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _keeps(pid: int) -> bool:
    """The container's first process, and what only keeps it going."""
    try:
        process = psutil.Process(pid)
        line = process.cmdline()
    except psutil.Error:
        return True
    return any("docker-init" in part for part in line[:1]) or line in (["cat"], ["/bin/sh"])


async def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


# -- the checks ----------------------------------------------------------------------------------
async def ends_in_time(subject: Subject, engine: Engine) -> Seen:
    """A time of 3 s ends code that ignores SIGTERM within 4 s, its children too, on any image."""
    seen: list[str] = []
    passed = True
    for image in (PYTHON, BUSYBOX, BARE):
        async with started(subject.make(image, timeout=3)) as executor:
            container = subject.container(executor)
            began = time.monotonic()
            try:
                async with asyncio.timeout(20):
                    told = (await run(executor, STUBBORN, "sh")).output.strip()[-40:]
            except TimeoutError:
                told = "nothing for 20 s"
            took = time.monotonic() - began
            left = processes(engine, container)
        passed = passed and took < 4 and left == 0 and "imeout" in told
        seen.append(f"{image.split('/')[1].split(':')[0]}: {took:.1f} s, {left} left, {told!r}")
    return Seen(passed, "; ".join(seen))


async def cancels(subject: Subject, engine: Engine) -> Seen:
    """A second after it was cancelled no process of the block lives; its late file never comes."""
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o777)  # noqa: PTH101 the check says how it is
        async with started(subject.make(BUSYBOX, timeout=30, work_dir=work)) as executor:
            container, token = subject.container(executor), CancellationToken()
            task = asyncio.ensure_future(
                executor.execute_code_blocks([CodeBlock(LATE, "sh")], token)
            )
            await asyncio.sleep(0.7)
            token.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            gone = await eventually(lambda: processes(engine, container) == 0, 1)
            await asyncio.sleep(2.5)
            late = os.listdir(work).count("late.txt") > 0  # noqa: PTH208
    alive, written = "none" if gone else "some", "" if late else "not "
    what = f"{alive} alive after 1 s, late file {written}written"
    return Seen(gone and not late, what)


async def reports_memory(subject: Subject, engine: Engine) -> Seen:
    """With 64 MB, code that takes 300 is reported as out of memory, and its peak and limit told."""
    async with started(subject.make(PYTHON, timeout=30, memory=64 * MIB)) as executor:
        result = await run(executor, EATS)
        again = await run(executor, "print('still here')")
    peak = getattr(result, "memory_peak", None)
    limit = getattr(result, "memory_limit", None)
    said = "memory" in result.output.lower()
    passed = said and (peak or 0) >= 60 * MIB and limit == 64 * MIB and "still here" in again.output
    what = f"exit {result.exit_code}, {result.output.strip()[-60:]!r}, peak {_mib(peak)}"
    return Seen(passed, what, {"result": result})


async def sees_spikes(subject: Subject, engine: Engine) -> Seen:
    """80 MB for 120 ms are in the recorded peak."""
    async with started(subject.make(PYTHON, timeout=30)) as executor:
        result = await run(executor, SPIKES)
    peak = getattr(result, "memory_peak", None)
    return Seen("over" in result.output and (peak or 0) >= 80 * MIB, f"peak {_mib(peak)}")


async def leaves_nothing(subject: Subject, engine: Engine, times: int = 5) -> Seen:
    """A second after kill -9 of the program no container is there, no folder after a start."""
    containers, folders = 0, list[str]()
    with tempfile.TemporaryDirectory() as place:
        for _ in range(times):
            _kill_at_work(subject, engine, place)
            await eventually(lambda: not engine.containers(), 1)
            left = engine.containers()
            containers += len(left)
            for container in left:
                engine.request("DELETE", f"/containers/{container}?force=1&v=1")
        with temporary(place):
            async with started(subject.make(BUSYBOX, timeout=5)):
                pass
        folders = os.listdir(place)  # noqa: PTH208
    passed = containers == 0 and not folders
    return Seen(passed, f"{times} kills: {containers} containers, {len(folders)} folders left")


def _kill_at_work(subject: Subject, engine: Engine, temporary: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _KILLED.format(make=subject.program, image=PYTHON)],
        env={**os.environ, "TMPDIR": temporary, "DOCKER_HOST": engine.address},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "runs\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


@contextlib.contextmanager
def temporary(folder: str) -> Iterator[None]:
    """Have `tempfile` make everything in this folder."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"], tempfile.tempdir = folder, None
    try:
        yield
    finally:
        tempfile.tempdir = None
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before


_KILLED = """
import asyncio
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
async def main():
    image = {image!r}
    {make}
    await executor.start()
    flood = "print('y' * 300_000, flush=True)\\nimport time\\ntime.sleep(60)"
    block = CodeBlock(flood, "python")
    task = asyncio.ensure_future(executor.execute_code_blocks([block], CancellationToken()))
    await asyncio.sleep(1)
    print("runs", flush=True)
    await task
asyncio.run(main())
"""


async def survives_floods(subject: Subject, engine: Engine) -> Seen:
    """64 MB of output, not UTF-8: the host grows by less than 20 MB, the result says it was cut."""
    process = psutil.Process()
    async with started(subject.make(PYTHON, timeout=60)) as executor:
        await run(executor, "print('warm')")
        before = process.memory_info().rss
        highest = before
        task = asyncio.ensure_future(run(executor, FLOODS))
        while not task.done():
            highest = max(highest, process.memory_info().rss)
            await asyncio.sleep(0.01)
        try:
            result = task.result()
        except Exception as error:
            return Seen(False, f"{type(error).__name__}, the host grew by {_mib(highest - before)}")
    grew = highest - before
    size, cut = len(result.output), "left out" in result.output
    passed = grew < 20 * MIB and cut and size < 200_000
    return Seen(passed, f"the host grew by {_mib(grew)}, {size:,} characters, cut: {cut}")


async def stops_at_once(subject: Subject, engine: Engine) -> Seen:
    """Stopping takes less than a second."""
    executor = subject.make(PYTHON, timeout=30)
    await executor.start()
    await run(executor, "print(1)")
    began = time.monotonic()
    await executor.stop()
    took = time.monotonic() - began
    return Seen(took < 1, f"{took:.2f} s")


async def is_locked_down(subject: Subject, engine: Engine) -> Seen:
    """By default: limits of memory, processes and CPU, no network, no root, no capabilities,
    no new privileges, a read-only root, a work area in memory."""
    async with started(subject.make(PYTHON, timeout=30)) as executor:
        container = subject.container(executor)
        told = json.loads(engine.request("GET", f"/containers/{container}/json")[1])
        who = (await run(executor, "import os; print(os.getuid())")).output.strip()
    host, config = told["HostConfig"], told["Config"]
    holds = {
        "memory": host["Memory"] > 0 and host["MemorySwap"] == host["Memory"],
        "pids": (host["PidsLimit"] or 0) > 0,
        "cpus": host["NanoCpus"] > 0,
        "network": host["NetworkMode"] == "none",
        "user": who not in ("", "0") and config["User"] not in ("", "0", "root"),
        "capabilities": "ALL" in (host["CapDrop"] or []) and not host["CapAdd"],
        "privileges": any("no-new-privileges" in each for each in host["SecurityOpt"] or []),
        "root": bool(host["ReadonlyRootfs"]),
        "tmpfs": bool(host.get("Tmpfs")),
        "labels": "agentloupe.owner" in (config["Labels"] or {}),
    }
    lacks = [name for name, held in holds.items() if not held]
    return Seen(not lacks, f"lacks {', '.join(lacks)}" if lacks else "all there", holds)


async def fits_in(subject: Subject, engine: Engine) -> Seen:
    """It is AutoGen's `CodeExecutor`, with a configuration, and an agent runs code with it."""
    from autogen_agentchat.agents import ApprovalResponse, CodeExecutorAgent
    from autogen_agentchat.messages import TextMessage

    executor = subject.make(PYTHON, timeout=30)
    again = CodeExecutor.load_component(executor.dump_component())
    async with started(again):
        agent = CodeExecutorAgent(
            "runner",
            code_executor=again,
            approval_func=lambda _: ApprovalResponse(approved=True, reason="a check"),
        )
        asked = TextMessage(content="```python\nprint(6 * 7)\n```", source="user")
        response = await agent.on_messages([asked], CancellationToken())
        await again.restart()
        after = await run(again, "print('again')")
    text = response.chat_message.to_text()
    passed = type(again) is type(executor) and "42" in text and "again" in after.output
    return Seen(
        passed, f"{type(again).__name__} from its configuration, agent said {text.strip()!r}"
    )


async def ends_background(subject: Subject, engine: Engine) -> Seen:
    """A process that a block leaves behind does not outlive it."""
    async with started(subject.make(BUSYBOX, timeout=30)) as executor:
        container = subject.container(executor)
        await run(executor, "sleep 1000 >/dev/null 2>&1 &\necho started", "sh")
        left = processes(engine, container)
    return Seen(left == 0, f"{left} alive after the block")


CHECKS: tuple[Check, ...] = (
    ends_in_time,
    cancels,
    reports_memory,
    sees_spikes,
    leaves_nothing,
    survives_floods,
    stops_at_once,
    is_locked_down,
    fits_in,
    ends_background,
)


def _mib(count: int | None) -> str:
    return "not told" if count is None else f"{count / MIB:.0f} MiB"
