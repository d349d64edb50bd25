"""Millions of messages through one runtime, recorded to disk: does memory stay flat, is all there?

    python benchmarks/soak.py [--messages N] [--agents N]

Agents pass a message round a ring. After a tenth of the messages the process's resident memory is
read, and again at the end; the recording is then opened and counted. Also measured: what an agent
costs that is there and idle, beyond what AutoGen's own runtime needs for it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import tempfile
import time
import tracemalloc
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

RING = 100
FLAT = 8 << 20  # bytes by which resident memory may differ and still be flat


@dataclass
class Hop:
    left: int
    text: str


class Member(RoutedAgent):
    """Passes the message on to the next one."""

    def __init__(self) -> None:
        super().__init__("member of a ring")

    @message_handler
    async def on_hop(self, message: Hop, ctx: MessageContext) -> Hop:
        return message


def resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


async def soak(messages: int) -> dict[str, Any]:
    """Posts the messages one after the other; resident memory after a tenth and at the end."""
    runtime = TracedRuntime()
    await Member.register(runtime, "member", Member)
    runtime.start()
    ids = [AgentId("member", str(n)) for n in range(RING)]
    early = 0
    for n in range(messages):
        await runtime.send_message(Hop(n, "x" * 80), ids[n % RING])
        if n == messages // 10:
            early = resident()
    await runtime.stop_when_idle()
    return {"resident_early": early, "resident_late": resident(), "waits": len(runtime.waits())}


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
        with open_recording(path) as recording:
            found["steps"] = sum(info.steps for info in recording.runs)
            found["dead_letters"] = sum(info.dead_letters for info in recording.runs)
            found["lost"] = recording.info.lost
        found["bytes_a_message"] = round(path.stat().st_size / asked.messages, 1)
    theirs = asyncio.run(idle(SingleThreadedAgentRuntime(), asked.agents))
    ours = asyncio.run(idle(TracedRuntime(record=False), asked.agents))
    found |= {
        "messages": asked.messages,
        "grown": found["resident_late"] - found["resident_early"],
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
