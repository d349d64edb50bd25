"""Messages that handlers for their type refuse, and values returned to a publish: lost, unless
somebody takes them, or they are posted as well."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    TopicId,
    TypeSubscription,
    event,
    message_handler,
    rpc,
)

from agentloupe.diagnose import Finding, check
from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import open_recording, record

Mode = Literal["strict", "autogen"]


@dataclass
class Load:
    tons: int


class Bell(RoutedAgent):
    """Takes what is published."""

    @event
    async def ring(self, message: Load, ctx: MessageContext) -> None:
        pass


class Scales(RoutedAgent):
    """Takes what is asked of it."""

    @rpc
    async def weigh(self, message: Load, ctx: MessageContext) -> Load:
        return message


class Crane(RoutedAgent):
    """Takes what is heavy."""

    @message_handler(match=lambda message, ctx: message.tons > 10)
    async def lift(self, message: Load, ctx: MessageContext) -> None:
        pass


class Porter(Crane):
    """Does something about the rest."""

    async def on_unhandled_message(self, message: Any, ctx: MessageContext) -> None:
        pass


@dataclass
class Weight:
    tons: int


class Weigher(RoutedAgent):
    """Says how heavy a load is, to nobody."""

    @message_handler
    async def weigh(self, message: Load, ctx: MessageContext) -> Weight:
        return Weight(message.tons)


class Crier(Weigher):
    """Tells everybody as well."""

    @message_handler
    async def weigh(self, message: Load, ctx: MessageContext) -> Weight:
        weight = Weight(message.tons)
        await self.publish_message(weight, TopicId("dock", "north"))
        return weight


class Sorter(Weigher):
    """Takes weights itself."""

    @message_handler
    async def sort(self, message: Weight, ctx: MessageContext) -> None:
        pass


class Book(RoutedAgent):
    """Takes weights."""

    @message_handler
    async def note(self, message: Weight, ctx: MessageContext) -> None:
        pass


async def found(
    folder: Path, mode: Mode, tons: tuple[int, ...], *kinds: type[RoutedAgent], ask: bool = False
) -> list[Finding]:
    """What is told of loads that are published to agents, or sent to the first of them."""
    path = folder / "run.loupe"
    with record("dock", path=path):
        runtime = TracedRuntime(compat=mode)
        for kind in kinds:
            name = kind.__name__.lower()
            await kind.register(runtime, name, lambda kind=kind: kind("works"))
            await runtime.add_subscription(TypeSubscription("dock", name))
        runtime.start()
        for each in tons:
            if ask:
                await runtime.send_message(Load(each), AgentId(kinds[0].__name__.lower(), "north"))
            else:
                await runtime.publish_message(Load(each), TopicId("dock", "north"))
        await runtime.stop_when_idle()
    with open_recording(path) as recording:
        return [each for run in check(recording).runs for each in run.findings]


@pytest.fixture(params=["strict", "autogen"])
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


async def test_a_request_to_an_event_handler(tmp_path: Path, mode: Mode) -> None:
    [finding] = await found(tmp_path, mode, (3,), Bell, ask=True)
    assert finding.slug == "drop.unhandled"
    assert finding.severity == "warning"
    assert finding.agents == ("bell/north",)
    assert "has handlers for Load, and none of them takes it" in finding.title
    assert "an `event` handler takes no request" in str(finding.evidence.facts["reason"])


async def test_a_publish_to_an_rpc_handler(tmp_path: Path, mode: Mode) -> None:
    [finding, *others] = await found(tmp_path, mode, (3, 4), Scales)
    assert finding.slug == "drop.unhandled"
    assert {each.severity for each in [finding, *others]} == {"warning"}
    assert "an `rpc` handler takes nothing" in str(finding.evidence.facts["reason"])


async def test_a_match_that_takes_nothing(tmp_path: Path, mode: Mode) -> None:
    findings = await found(tmp_path, mode, (3, 4), Crane)
    assert {(each.slug, each.severity) for each in findings} == {("drop.unhandled", "warning")}


async def test_who_takes_some_of_them_chooses(tmp_path: Path, mode: Mode) -> None:
    findings = await found(tmp_path, mode, (3, 40), Crane)
    assert [(each.slug, each.severity) for each in findings] == [("drop.unhandled", "info")]


@pytest.mark.parametrize("kinds", [(Crane, Bell), (Bell, Crane), (Porter,)])
async def test_what_somebody_takes_is_not_lost(tmp_path: Path, mode: Mode, kinds: Any) -> None:
    assert await found(tmp_path, mode, (3, 4), *kinds) == []


async def test_a_value_returned_to_a_publish(tmp_path: Path, mode: Mode) -> None:
    [finding] = await found(tmp_path, mode, (3,), Weigher, Book)
    assert finding.slug == "drop.unread-reply"
    assert finding.title == (
        "'weigher/north' returned Weight to a published Load, which reaches nobody, and book has a "
        "handler for it"
    )


@pytest.mark.parametrize("kinds", [(Weigher,), (Crier, Book), (Sorter,)])
async def test_values_that_nobody_takes_or_everybody_has(
    tmp_path: Path, mode: Mode, kinds: Any
) -> None:
    assert await found(tmp_path, mode, (3,), *kinds) == []


async def test_a_value_that_arrives_on_other_ways(tmp_path: Path, mode: Mode) -> None:
    findings = await found(tmp_path, mode, (3,), Weigher, Crier, Book)
    assert [(each.slug, each.severity) for each in findings] == [("drop.unread-reply", "info")]


async def test_an_answer_to_a_request_is_read(tmp_path: Path, mode: Mode) -> None:
    assert await found(tmp_path, mode, (3,), Weigher, Book, ask=True) == []


async def test_autogens_own_method_is_put_back(tmp_path: Path) -> None:
    before = RoutedAgent.on_unhandled_message
    with record("dock", path=tmp_path / "run.loupe"):
        assert RoutedAgent.on_unhandled_message is not before
    assert RoutedAgent.on_unhandled_message is before
