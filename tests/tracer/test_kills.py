"""`kill -9` at any moment: what was acknowledged is there, whatever shape the program has."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Run

HEAD = """
import asyncio, os, sys, threading
from pathlib import Path
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import active
from agentloupe.tracer.recording import start

recorder = start(Path(sys.argv[1]), name="victim")
hang = recorder.span("custom", "never ends")
out = threading.Lock()

def said(name):
    with active().record(c.TOOL, name) as span:
        span.body(c.TOOL_RESULT, f"result of {name} " * 30)

def acknowledge(name):
    if active().flush():
        with out:
            os.write(1, f"ack {os.getpid()} {name}\\n".encode())
"""

PIPE = 4096  # bytes: a victim that is far ahead of us waits, else there is much to read back

SHAPES = {
    "threads": """
def work(thread):
    for i in range(100_000):
        said(f"t{thread}-{i}")
        if i % 23 == 0:
            acknowledge(f"t{thread}-{i}")
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
""",
    "event loops": """
async def work(loop):
    for i in range(100_000):
        said(f"l{loop}-{i}")
        await asyncio.sleep(0)
        if i % 23 == 0:
            acknowledge(f"l{loop}-{i}")
async def two(*loops):
    await asyncio.gather(*map(work, loops))
threading.Thread(target=lambda: asyncio.run(two("c", "d")), daemon=True).start()
asyncio.run(two("a", "b"))
""",
    "forks": """
for child in range(2):
    if os.fork() == 0:
        break
else:
    child = "parent"
for i in range(100_000):
    said(f"f{child}-{i}")
    if i % 23 == 0:
        acknowledge(f"f{child}-{i}")
""",
    "parts": """
os.environ["AGENTLOUPE_PART_SIZE"] = "64K"
recorder.writer._disk._part_size = 1 << 18
for i in range(100_000):
    said(f"p-{i}")
    if i % 23 == 0:
        acknowledge(f"p-{i}")
""",
    "a team": """
sys.path.insert(0, sys.argv[2])
import kill_team
asyncio.run(kill_team.run(acknowledge))
""",
}

TEAM = """
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient


async def run(acknowledge):
    for turn in range(10_000):
        client = ReplayChatCompletionClient([f"answer {turn} {n} " * 20 for n in range(8)])
        agents = [AssistantAgent(name, client) for name in ("writer", "critic")]
        team = RoundRobinGroupChat(agents, termination_condition=MaxMessageTermination(6))
        await team.run(task=f"task {turn}")
        acknowledge(f"run {turn}")
"""


def _read_acknowledged(child: subprocess.Popen[bytes], wanted: int) -> list[tuple[int, str]]:
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(wanted)]
    os.killpg(child.pid, signal.SIGKILL)
    lines += child.stdout.readlines()
    child.stdout.close()
    assert child.wait(30) == -signal.SIGKILL
    found = [re.fullmatch(r"ack (\d+) (.+)\n", line.decode()) for line in lines]
    return [(int(each[1]), each[2]) for each in found if each is not None]


def _kill_one(shape: str, folder: Path, trial: int) -> None:
    source = random.Random(f"{shape} {trial}")
    path = folder / f"{trial}.loupe"
    (folder / "kill_team.py").write_text(TEAM)
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HEAD + SHAPES[shape], str(path), str(folder)],
        stdout=subprocess.PIPE,
        pipesize=PIPE,
        start_new_session=True,
    )
    timer = threading.Timer(60, child.kill)
    timer.start()
    acknowledged = _read_acknowledged(child, source.randrange(1, 12 if shape == "a team" else 60))
    timer.cancel()
    assert acknowledged
    with open_recording(path) as recording:
        assert recording.info.ended_ns is None
        runs = [recording.run(number) for number in range(len(recording.runs))]
        assert {run.info.status for run in runs} <= {"killed", "ok"}
        assert any("never ends" in {s.name for s in run.open_spans()} for run in runs)
        if shape == "a team":
            _check_team(runs, [name for _, name in acknowledged])
        else:
            _check_spans(runs, [name for _, name in acknowledged])


def _check_spans(runs: list[Run], acknowledged: list[str]) -> None:
    told: dict[str, tuple[Run, Span]] = {
        span.name: (run, span) for run in runs for span in run.spans()
    }
    for name in acknowledged:
        prefix, _, number = name.rpartition("-")
        for index in range(int(number) + 1):
            run, span = told[f"{prefix}-{index}"]
            assert span.end_ns is not None
            assert run.text(span.bodies[c.TOOL_RESULT]) == f"result of {span.name} " * 30


def _check_team(runs: list[Run], acknowledged: list[str]) -> None:
    teams = [run for run in runs if "RoundRobin" in run.info.name]
    assert sum(run.info.status == "ok" for run in teams) >= len(acknowledged)
    for run in teams[: len(acknowledged)]:
        steps = run.steps()
        assert [step.index for step in steps] == [*range(run.info.steps)]
        assert all(step.end_ns is not None for step in steps)
        assert run.info.chats == 5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_acknowledged_is_lost(
    tmp_path: Path, shape: str, repetitions: Callable[[int, int], int]
) -> None:
    for trial in range(repetitions(1, 40)):
        _kill_one(shape, tmp_path, trial)


LEAVES = {
    "os._exit": "os._exit(3)",
    "execv": "os.execv(sys.executable, [sys.executable, '-c', 'raise SystemExit(3)'])",
    "execvpe": "os.execvpe(sys.executable, [sys.executable, '-c', 'raise SystemExit(3)'], {})",
    "a fork that leaves": "pid = os.fork()\nif pid == 0:\n    said('child')\n    os._exit(0)\n"
    "os.waitpid(pid, 0)\nos._exit(3)",
    "a thread that leaves": "threading.Thread(target=lambda: os._exit(3)).start()\n"
    "threading.Event().wait()",
}


def test_leaving_past_atexit_loses_nothing(tmp_path: Path) -> None:
    for number, (how, code) in enumerate(LEAVES.items()):
        path = tmp_path / f"{number}.loupe"
        script = f"{HEAD}\nfor i in range(300):\n    said(f's{{i}}')\n{code}\n"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (3, ""), how
        with open_recording(path) as recording:
            names = {s.name for n in range(len(recording.runs)) for s in recording.run(n).spans()}
        wanted = {f"s{i}" for i in range(300)} | ({"child"} if "fork" in how else {"s0"})
        assert wanted <= names, how
