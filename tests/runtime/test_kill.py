"""Everything acknowledged survives `kill -9`, whenever it comes."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentloupe.tracer import open_recording

PROGRAM = """
import asyncio, sys
from autogen_core import AgentId, MessageContext, RoutedAgent, message_handler
from dataclasses import dataclass
from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import record

@dataclass
class Ask:
    n: int
    text: str

class Echo(RoutedAgent):
    @message_handler
    async def on_ask(self, message: Ask, ctx: MessageContext) -> Ask:
        return message

async def main(recorder):
    runtime = TracedRuntime(compat=sys.argv[2])
    await Echo.register(runtime, "echo", lambda: Echo("echo"))
    runtime.start()
    for n in range(1_000_000):
        await runtime.send_message(Ask(n, "x" * (n % 300)), AgentId("echo", "default"))
        if n % 10 == 9 and recorder.flush():
            print(n, flush=True)

with record("killed", path=sys.argv[1]) as recorder:
    asyncio.run(main(recorder))
"""


def kill_after(acknowledged: int, path: Path, compat: str) -> int:
    """Kills the program a moment after so many lines; the last message it acknowledged."""
    command = [sys.executable, "-c", PROGRAM, str(path), compat]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        last = [child.stdout.readline() for _ in range(acknowledged)][-1]
        child.kill()
        rest = child.stdout.read().splitlines()
    assert child.returncode == -signal.SIGKILL
    complete = [line for line in (last, *rest) if line.strip()]
    return int(complete[-1])


@pytest.mark.parametrize("compat", ["strict", "autogen"])
def test_what_was_acknowledged_is_there(
    compat: str, tmp_path: Path, repetitions: Callable[[int, int], int]
) -> None:
    moments = random.Random(compat)
    for n in range(repetitions(2, 100)):
        path = tmp_path / f"{n}.loupe"
        last = kill_after(moments.randint(1, 40), path, compat)
        with open_recording(path) as recording:
            steps = [
                step
                for info in recording.runs
                for step in recording.run(info.number).steps()
                if step.end_ns is not None
            ]
            run = recording.run(0)
            bodies = [json.loads(run.text(step.body or "")) for step in steps]
            assert [body["n"] for body in bodies][: last + 1] == list(range(last + 1))
            assert all(len(body["text"]) == body["n"] % 300 for body in bodies)
            assert {info.status for info in recording.runs} <= {"ok", "killed"}
