"""How fast a message is on AutoGen's runtime, untraced, and on ours, recorded to disk.

    python benchmarks/runtime.py [--rounds N] [--scenario NAME]... [--markdown]

CPU time of all threads of the process, the writer's included, until everything is on disk. Every
measurement is a process of its own; the subjects take turns, so that a busy machine slows them
all, and a ratio is taken within its round. Agents have one handler and messages a body of 100
bytes, as upstream's own benchmarks have.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

FAN = 64
RING = 1_000

# name: how the runtime is made; "loupe" runs upstream's class under `loupe run`, which swaps it
SUBJECTS = {
    "SingleThreadedAgentRuntime, untraced": "upstream",
    "TracedRuntime(), recording": "strict",
    "TracedRuntime(), record=False": "off",
    "under `loupe run`, recording": "loupe",
}
COUNTS = {"rpc": 6_000, "fan-out": 200, "ring": 8_000, "team": 500}
UNITS = {
    "rpc": "round trips",
    "fan-out": f"deliveries, 1 to {FAN}",
    "ring": f"hops, {RING:,} agents",
    "team": "turns, RoundRobinGroupChat",
}


# -- one measurement, in a process of its own ------------------------------------------------------
def make_runtime(subject: str) -> Any:
    if subject in ("upstream", "loupe"):
        import autogen_core

        return autogen_core.SingleThreadedAgentRuntime()
    from agentloupe.runtime import TracedRuntime
    from agentloupe.tracer import recording

    if subject == "strict":
        recording.start()  # what it costs to begin a recording is not what a message costs
    return TracedRuntime(record=subject != "off")


def flush() -> None:
    module = sys.modules.get("agentloupe.tracer.recorder")
    recorder = module.active() if module is not None else None
    if recorder is not None and not recorder.flush(120):
        raise SystemExit("the recorder did not get it onto the disk")


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    flush()
    start = time.process_time()
    await work()
    flush()
    return time.process_time() - start


def agents() -> Any:
    """Defined here, as the parent process has no use for AutoGen."""
    from autogen_core import MessageContext, RoutedAgent, TopicId, message_handler

    global Message, MessageContext_

    @dataclass
    class Message:
        n: int
        text: str

    MessageContext_ = MessageContext
    left: dict[str, Any] = {}

    class Echo(RoutedAgent):
        @message_handler
        async def handle(self, message: Message, ctx: MessageContext_) -> Message:
            return message

    class Sink(RoutedAgent):
        @message_handler
        async def handle(self, message: Message, ctx: MessageContext_) -> None:
            left["count"] -= 1
            if left["count"] == 0:
                left["done"].set()

    class Hop(RoutedAgent):
        @message_handler
        async def handle(self, message: Message, ctx: MessageContext_) -> None:
            if message.n == 0:
                left["done"].set()
                return
            after = (int(self.id.type[1:]) + 1) % RING
            topic = TopicId(f"t{after}", "default")
            await self.publish_message(Message(message.n - 1, message.text), topic)

    return Message, Echo, Sink, Hop, left


TEXT = "x" * 100


async def rpc(runtime: Any, count: int) -> float:
    from autogen_core import AgentId

    message, echo, *_ = agents()
    await echo.register(runtime, "echo", lambda: echo("echo"))
    runtime.start()
    to = AgentId("echo", "default")
    await runtime.send_message(message(0, TEXT), to)

    async def work() -> None:
        for n in range(count):
            await runtime.send_message(message(n, TEXT), to)

    return await timed(work)


async def fan_out(runtime: Any, count: int) -> float:
    from autogen_core import AgentId, TopicId, TypeSubscription

    message, _, sink, _, left = agents()
    left.update(count=count * FAN, done=asyncio.Event())
    for n in range(FAN):
        await sink.register(runtime, f"s{n}", lambda: sink("sink"))
        await runtime.add_subscription(TypeSubscription("all", f"s{n}"))
        await runtime.get(AgentId(f"s{n}", "default"), lazy=False)
    runtime.start()

    async def work() -> None:
        for n in range(count):
            await runtime.publish_message(message(n, TEXT), TopicId("all", "default"))
            await asyncio.sleep(0)
        await left["done"].wait()

    return await timed(work) / FAN


async def ring(runtime: Any, count: int) -> float:
    from autogen_core import AgentId, TopicId, TypeSubscription

    message, _, _, hop, left = agents()
    for n in range(RING):
        await hop.register(runtime, f"a{n}", lambda: hop("hop"))
        await runtime.add_subscription(TypeSubscription(f"t{n}", f"a{n}"))
        await runtime.get(AgentId(f"a{n}", "default"), lazy=False)
    runtime.start()

    async def around(hops: int) -> None:
        left["done"] = asyncio.Event()
        await runtime.publish_message(message(hops, TEXT), TopicId("t0", "default"))
        await left["done"].wait()

    await around(RING)
    return await timed(lambda: around(count))


async def team(runtime: Any, count: int) -> float:
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.conditions import MaxMessageTermination
    from autogen_agentchat.teams import RoundRobinGroupChat
    from autogen_core.model_context import BufferedChatCompletionContext
    from autogen_ext.models.replay import ReplayChatCompletionClient

    members = [
        AssistantAgent(
            name,
            model_client=ReplayChatCompletionClient(["hello " * 20] * (count + 4)),
            model_context=BufferedChatCompletionContext(4),
        )
        for name in ("a", "b")
    ]
    end = MaxMessageTermination(count + 1)
    chat = RoundRobinGroupChat(list(members), termination_condition=end, runtime=runtime)
    runtime.start()

    async def work() -> None:
        result = await chat.run(task="go")
        assert len(result.messages) == count + 1

    return await timed(work)


SCENARIOS = {"rpc": rpc, "fan-out": fan_out, "ring": ring, "team": team}


def measure(subject: str, scenario: str) -> None:
    """Prints the CPU seconds of one unit."""
    count = COUNTS[scenario]

    async def main() -> float:
        return await SCENARIOS[scenario](make_runtime(subject), count)

    print("seconds", json.dumps(asyncio.run(main()) / count))


# -- all of them -----------------------------------------------------------------------------------
def child(subject: str, scenario: str) -> float:
    command = [__file__, "--subject", subject, "--scenario", scenario]
    if subject == "loupe":
        entry = "from agentloupe.cli.main import main; main()"
        command = ["-c", entry, "run", "--", *command]
    with tempfile.TemporaryDirectory(prefix="agentloupe-bench-") as folder:
        env = {**os.environ, "AGENTLOUPE_DIR": folder}
        done = subprocess.run(
            [sys.executable, *command], env=env, capture_output=True, text=True, timeout=600
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("seconds ")]
    if not lines:
        raise SystemExit(f"{subject} {scenario} failed:\n{done.stdout}{done.stderr}")
    return float(lines[-1].split()[1])


def table(rounds: int, scenarios: list[str]) -> None:
    print("| scenario | subject | CPU µs each | × upstream untraced | (range) |")
    print("| --- | --- | --- | --- | --- |")
    for scenario in scenarios:
        took: dict[str, list[float]] = {name: [] for name in SUBJECTS}
        for _ in range(rounds):
            for name, subject in SUBJECTS.items():
                took[name].append(child(subject, scenario))
        base = next(iter(took.values()))
        for name, seconds in took.items():
            ratios = [b / s for b, s in zip(base, seconds, strict=True)]
            print(
                f"| {UNITS[scenario]} | {name} | {statistics.median(seconds) * 1e6:.0f} "
                f"| {statistics.median(ratios):.1f} | {min(ratios):.1f}–{max(ratios):.1f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--subject", choices=SUBJECTS.values(), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject:
        measure(options.subject, options.scenario[0])
    else:
        table(options.rounds, options.scenario or list(SCENARIOS))


if __name__ == "__main__":
    main()
