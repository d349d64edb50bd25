"""Many executions: side by side, one after another. What is left of them?"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import tempfile
import threading
import time
from dataclasses import dataclass

import psutil

from agentloupe.runtime.executors.counters import HostFiles

from .checks import Subject, run, started
from .engine import PYTHON, Engine


@dataclass(frozen=True, slots=True)
class Left:
    """What is left, and what it took."""

    executions: int
    right: int  # that gave the right answer
    containers: int
    folders: int
    zombies: int  # in the containers before they went, and of this process
    threads: int  # more than before
    seconds: float
    cpu_seconds: float  # of this process and its children; not the engine's


# Both want `tempfile` to work in a folder of their own: see `checks.temporary`.
async def side_by_side(subject: Subject, engine: Engine, count: int = 20) -> Left:
    """As many executors as executions, all at once."""

    async def one(number: int) -> str:
        async with started(subject.make(PYTHON, timeout=60)) as executor:
            return (await run(executor, f"print({number} * 2)")).output.strip()

    before = _before()
    answers = await asyncio.gather(*(one(number) for number in range(count)))
    right = sum(answer == str(number * 2) for number, answer in enumerate(answers))
    return _left(engine, before, count, right, 0)


async def one_after_another(subject: Subject, engine: Engine, count: int = 200) -> Left:
    """All in one executor; every tenth leaves an orphan behind that somebody has to collect."""
    before = _before()
    right = 0
    async with started(subject.make(PYTHON, timeout=60)) as executor:
        for number in range(count):
            orphan = (
                "import os; os.fork() or os.fork() or os._exit(0)\n" if number % 10 == 0 else ""
            )
            code = f"{orphan}import os\nif os.getppid() != 1: print({number} + 1)"
            output = (await run(executor, code)).output
            right += str(number + 1) in output.split()
        zombies = _zombies(engine, subject.container(executor))
    return _left(engine, before, count, right, zombies)


def _before() -> tuple[set[str], int, float, float]:
    return _folders(), threading.active_count(), time.monotonic(), _cpu()


def _left(
    engine: Engine,
    before: tuple[set[str], int, float, float],
    count: int,
    right: int,
    zombies: int,
) -> Left:
    folders, threads, began, cpu = before
    deadline = time.monotonic() + 3  # threads end a little after what they waited for
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    ours = psutil.Process().children(recursive=True)
    zombies += sum(child.status() == psutil.STATUS_ZOMBIE for child in ours)
    return Left(
        executions=count,
        right=right,
        containers=len(engine.containers()),
        folders=len(_folders() - folders),
        zombies=zombies,
        threads=threading.active_count() - threads,
        seconds=round(time.monotonic() - began, 1),
        cpu_seconds=round(_cpu() - cpu, 2),
    )


def _zombies(engine: Engine, container: str) -> int:
    pid = json.loads(engine.request("GET", f"/containers/{container}/json")[1])["State"]["Pid"]
    files = HostFiles.of(pid, container)
    states = [_state(each) for each in (files.processes() if files else [])]
    # The engine's shim gets what `docker exec` started; what it has not collected yet is no orphan.
    return sum(state == psutil.STATUS_ZOMBIE for state in states)


def _state(pid: int) -> str:
    try:
        return psutil.Process(pid).status()
    except psutil.Error:
        return ""


def _folders() -> set[str]:
    return set(os.listdir(tempfile.gettempdir()))  # noqa: PTH208


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)
