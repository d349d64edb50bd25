"""The rules on programs that run on the real runtime and are recorded to disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    TopicId,
    TypeSubscription,
    message_handler,
)

from agentloupe.diagnose import Finding, check
from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import open_recording, record

BEAT = "All pumps are running and there is nothing to report from the plant."
ASK = "Please correct the invoice of last week, its total is wrong."
TELL = "The invoice of last week is right, please look at it again."


@dataclass
class Say:
    text: str


@dataclass
class Unknown:
    text: str


Handler = Callable[["Speaker", Say], Awaitable[Say | None]]


class Speaker(RoutedAgent):
    """An agent whose one handler is given to it."""

    def __init__(self, handler: Handler) -> None:
        super().__init__("speaker")
        self.heard = 0
        self._handler = handler

    @message_handler
    async def on_say(self, message: Say, ctx: MessageContext) -> Say | None:
        self.heard += 1
        return await self._handler(self, message)


async def nothing(agent: Speaker, message: Say) -> None:
    return None


async def found(
    path: Path,
    agents: dict[str, tuple[Handler, str]],
    drive: Callable[[TracedRuntime], Awaitable[object]],
) -> list[Finding]:
    """What check finds when agents, by type with handler and topic, are driven."""
    with record(path=path):
        runtime = TracedRuntime(compat="autogen")
        for name, (handler, topic) in agents.items():
            await Speaker.register(runtime, name, lambda handler=handler: Speaker(handler))
            if topic:
                await runtime.add_subscription(TypeSubscription(topic, name))
        runtime.start()
        await drive(runtime)
        await runtime.stop()
    with open_recording(path) as recording:
        report = check(recording)
    assert report.verdict != "error", report
    return list(report.findings)


async def answering(path: Path, questions: int) -> list[Finding]:
    """Two agents that answer each other, until one has asked often enough."""

    async def ask(agent: Speaker, message: Say) -> None:
        if agent.heard < questions:
            await agent.publish_message(Say(ASK), TopicId("office", "x"))

    async def tell(agent: Speaker, message: Say) -> None:
        await agent.publish_message(Say(TELL), TopicId("client", "x"))

    async def drive(runtime: TracedRuntime) -> None:
        await runtime.publish_message(Say("Good morning."), TopicId("client", "x"))
        await runtime.stop_when_idle()
        runtime.start()

    agents: dict[str, tuple[Handler, str]] = {"client": (ask, "client"), "office": (tell, "office")}
    return await found(path, agents, drive)


async def test_two_agents_that_answer_each_other_for_ever(tmp_path: Path) -> None:
    findings = await answering(tmp_path / "a.loupe", 10)
    assert [(finding.code, finding.severity) for finding in findings] == [("LOOP001", "error")]
    assert set(findings[0].agents) == {"client/x", "office/x"}
    assert findings[0].first_step == 0
    assert findings[0].detected_at_step is not None
    assert findings[0].detected_at_step <= 6


async def test_a_word_that_goes_round_a_few_times_at_no_cost_is_information(tmp_path: Path) -> None:
    findings = await answering(tmp_path / "a.loupe", 5)
    assert [(each.code, each.severity) for each in findings] == [("LOOP001", "info")]


async def test_a_pulse_that_a_timer_sets_off_is_no_loop(tmp_path: Path) -> None:
    async def pulse(agent: Speaker, message: Say) -> None:
        for _ in range(12):
            await agent.publish_message(Say(BEAT), TopicId("pulse", "x"))
            await asyncio.sleep(0)

    async def note(agent: Speaker, message: Say) -> None:
        await agent.publish_message(Say("Noted that all pumps are well."), TopicId("log", "x"))

    async def drive(runtime: TracedRuntime) -> None:
        await runtime.send_message(Say("Begin."), AgentId("timer", "x"))
        await runtime.stop_when_idle()
        runtime.start()

    agents: dict[str, tuple[Handler, str]] = {
        "timer": (pulse, ""),
        "clerk": (note, "pulse"),
        "log": (nothing, "log"),
    }
    assert await found(tmp_path / "a.loupe", agents, drive) == []


async def test_lost_messages_are_told_with_what_was_meant(tmp_path: Path) -> None:
    async def drive(runtime: TracedRuntime) -> None:
        await runtime.publish_message(Say("One."), TopicId("orders", "x"))
        await runtime.publish_message(Unknown("Two."), TopicId("orders", "x"))
        await runtime.publish_message(Say("Three."), TopicId("ordres", "x"))
        with contextlib.suppress(Exception):
            await runtime.send_message(Say("Four."), AgentId("clerc", "x"))
        await runtime.stop_when_idle()
        runtime.start()

    agents: dict[str, tuple[Handler, str]] = {"clerk": (nothing, "orders")}
    findings = await found(tmp_path / "a.loupe", agents, drive)
    assert sorted(finding.code for finding in findings) == ["LOST001", "LOST002", "LOST003"]
    by_code = {finding.code: finding for finding in findings}
    assert by_code["LOST003"].evidence.facts["nearest"] == "clerk/x"
    assert "Unknown" in by_code["LOST002"].title


async def test_a_handler_that_never_returns(tmp_path: Path) -> None:
    async def forward(agent: Speaker, message: Say) -> Say:
        return await agent.send_message(message, AgentId("sleeper", "x"))

    async def sleep(agent: Speaker, message: Say) -> None:
        await asyncio.Event().wait()

    async def drive(runtime: TracedRuntime) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.3):
                await runtime.send_message(Say("Hello."), AgentId("front", "x"))

    agents: dict[str, tuple[Handler, str]] = {"front": (forward, ""), "sleeper": (sleep, "")}
    findings = [f for f in await found(tmp_path / "a.loupe", agents, drive) if f.code[:4] == "HANG"]
    assert [finding.code for finding in findings] == ["HANG001"]
    assert findings[0].agents[0] == "sleeper/x"


async def test_a_slow_handler_that_returns_is_fine(tmp_path: Path) -> None:
    async def slow(agent: Speaker, message: Say) -> Say:
        await asyncio.sleep(0.3)
        return Say("At last.")

    async def drive(runtime: TracedRuntime) -> None:
        await runtime.send_message(Say("Hello."), AgentId("slow", "x"))

    assert await found(tmp_path / "a.loupe", {"slow": (slow, "")}, drive) == []
