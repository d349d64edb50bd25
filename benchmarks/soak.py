"""Millions of messages through one runtime, recorded to disk: does memory stay flat, is all there?

    python benchmarks/soak.py [--messages N] [--agents N]

A hundred agents answer one that asks them in turn, a thousand messages a run, as a server that goes
on for days has it. Resident memory is read after every tenth of the messages. The recording is then
opened, counted, checked by SQLite itself, and one run of every hundred is read message by message.
Also measured: what an agent costs that is there and idle, beyond what AutoGen's own runtime needs.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sqlite3
import tempfile
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.recorder import active

RING = 100
LAP = 1_000  # messages of a run: one that asks for it and those that it leads to
FLAT = 4 << 20  # bytes by which resident memory may grow over the second half and still be flat


@dataclass
class Hop:
    n: int
    text: str


@dataclass
class Lap:
    first: int
    hops: int


class Member(RoutedAgent):
    """Answers with what it got."""

    def __init__(self) -> None:
        super().__init__("member of a ring")

    @message_handler
    async def on_hop(self, message: Hop, ctx: MessageContext) -> Hop:
        return message


class Starter(RoutedAgent):
    """Asks the members, one after the other."""

    def __init__(self) -> None:
        super().__init__("goes round")
        self.ids = [AgentId("member", str(n)) for n in range(RING)]

    @message_handler
    async def on_lap(self, message: Lap, ctx: MessageContext) -> int:
        for n in range(message.first, message.first + message.hops):
            await self.send_message(Hop(n, "x" * 80), self.ids[n % RING])
        return message.hops


def resident() -> int:
    recorder = active()
    assert recorder is not None
    recorder.flush()  # what waits to be written is no level
    gc.collect()
    return int(psutil.Process().memory_info().rss)


async def soak(messages: int) -> dict[str, Any]:
    """Posts the messages, run by run; resident memory after each tenth of them."""
    runtime = TracedRuntime()
    await Member.register(runtime, "member", Member)
    await Starter.register(runtime, "starter", Starter)
    runtime.start()
    starter = AgentId("starter", "default")
    laps, readings = messages // LAP, list[int]()
    for lap in range(laps):
        await runtime.send_message(Lap(lap * LAP, LAP - 1), starter)
        if (lap + 1) % (laps // 10) == 0:
            readings.append(resident())
    await runtime.stop_when_idle()
    return {"resident": readings, "waits": len(runtime.waits())}


def read_back(path: Path) -> dict[str, Any]:
    """Counts a recording and looks into one run of every hundred."""
    with open_recording(path) as recording:
        infos = recording.runs
        found = {
            "runs": len(infos),
            "steps": sum(info.steps for info in infos),
            "dead_letters": sum(info.dead_letters for info in infos),
            "lost": recording.info.lost,
        }
        for info in infos[::100]:
            run = recording.run(info.number)
            bodies = [json.loads(run.text(each.body)) for each in run.steps() if each.body]
            first = bodies[0]["first"]
            assert [each["n"] for each in bodies[1:]] == list(range(first, first + LAP - 1))
    files = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
    for each in files:
        with closing(sqlite3.connect(each)) as database:
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",), each
    return found | {"files": len(files), "bytes": sum(each.stat().st_size for each in files)}


async def idle(runtime: Any, agents: int) -> float:
    """Bytes of allocated memory an idle agent."""
    await Member.register(runtime, "member", Member)
    await runtime.get(AgentId("member", "first"), lazy=False)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(agents):
        await runtime.get(AgentId("member", str(n)), lazy=False)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown / agents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--agents", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "soak.loupe"
        began, cpu = time.monotonic(), time.process_time()
        with record("soak", path=path):
            found = asyncio.run(soak(asked.messages))
        took, used = time.monotonic() - began, time.process_time() - cpu
        found |= read_back(path)
    theirs = asyncio.run(idle(SingleThreadedAgentRuntime(), asked.agents))
    ours = asyncio.run(idle(TracedRuntime(record=False), asked.agents))
    found |= {
        "messages": asked.messages,
        "bytes_a_message": round(found["bytes"] / asked.messages, 1),
        # what is remembered is full by the third; how much waits to be written comes and goes
        "grown": min(found["resident"][-3:]) - min(found["resident"][2:5]),
        "cpu_seconds": round(used, 1),
        "seconds": round(took, 1),
        "idle_agent_bytes": round(ours),
        "idle_agent_bytes_upstream": round(theirs),
    }
    print(json.dumps(found, indent=2))
    assert found["steps"] == asked.messages, "messages are missing in the recording"
    assert found["lost"] == found["dead_letters"] == found["waits"] == 0
    assert found["grown"] < FLAT, "memory is not flat"
    assert ours - theirs <= 1024, "an idle agent costs more than a kilobyte"


if __name__ == "__main__":
    main()
