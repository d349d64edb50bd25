"""What agents keep goes on the record where it is asked for, and nobody's own code is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent, SocietyOfMindAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import AgentId, MessageContext, RoutedAgent, message_handler
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.runtime import TracedRuntime, states
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, record

Told = tuple[str, str, int | None, Any]


@dataclass
class Note:
    text: str


class Own(AssistantAgent):
    """Its `save_state` is the program's own."""

    asked = 0

    async def save_state(self) -> Mapping[str, Any]:
        Own.asked += 1
        return {"own": Own.asked}


class Keeper(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("keeps")
        self.seen: list[str] = []

    @message_handler
    async def on_note(self, message: Note, ctx: MessageContext) -> None:
        self.seen.append(message.text)

    async def save_state(self) -> Mapping[str, Any]:
        return {"seen": self.seen}


@pytest.fixture(autouse=True)
def ends_are_recorded() -> Iterator[None]:
    states._last_end = -states.PAUSE
    yield
    Own.asked = 0


def told(path: Path) -> list[Told]:
    """Agent, why, step and state of all that was recorded."""
    with open_recording(path) as recording:
        found: list[Told] = []
        for info in recording.runs:
            run = recording.run(info.number)
            for span in run.spans():
                if span.op == c.STATE:
                    state = run.text(span.bodies[c.AGENT_STATE])
                    why = str(span.attributes[c.STATE_WHY])
                    name = span.agent.partition("_")[0]
                    found.append((name, why, span.step, state))
        return found


def team() -> RoundRobinGroupChat:
    say = ReplayChatCompletionClient(["one", "two"] * 3)
    return RoundRobinGroupChat([AssistantAgent("a", say), Own("b", say)], max_turns=2)


async def test_an_agent_that_is_a_team_inside_is_not_asked_and_its_run_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path):
        say = ReplayChatCompletionClient(["all in all"])
        society = SocietyOfMindAgent("society", team(), say)
        await society.run(task="go")
    assert "could not record" not in capsys.readouterr().err
    with open_recording(path) as recording:
        assert {info.status for info in recording.runs} == {"ok"}


async def test_a_team_that_is_saved_and_a_run_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path):
        them = team()
        await them.run(task="go")
        await them.run(task="on")  # too soon for another
        saved = await them.save_state()
    found = told(path)
    assert [each[:2] for each in found] == [
        ("a", "end of the run"),
        ("a", "saved"),
        ("b", "saved"),
        ("RoundRobinGroupChatManager", "saved"),
    ]
    with open_recording(path) as recording:
        assert len(recording.runs) == 2
        assert found[1][2] == recording.runs[1].steps - 1
    assert Own.asked == 1  # by the program
    assert json.loads(found[1][3]) == saved["agent_states"]["a"]
    assert "go" in found[0][3]


async def test_streams_and_single_agents(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path):
        agent = AssistantAgent("solo", ReplayChatCompletionClient(["one"]))
        async for _ in agent.run_stream(task="go"):
            pass
        await agent.save_state()
    assert [each[:2] for each in told(path)] == [("solo", "end of the run"), ("solo", "saved")]
    with open_recording(path) as recording:
        assert len(recording.runs) == 1


async def test_agents_that_cannot_be_hashed(tmp_path: Path) -> None:
    class Unhashable(AssistantAgent):
        __hash__ = None  # type: ignore[assignment]  as a dataclass has it

    path = tmp_path / "r.loupe"
    with record(path=path):
        agent = Unhashable("solo", ReplayChatCompletionClient(["one"]))
        await agent.run(task="go")
        await agent.save_state()
    assert [each[:2] for each in told(path)] == [("solo", "end of the run"), ("solo", "saved")]


async def test_agents_of_the_core_are_recorded_by_their_runtime(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path):
        runtime = TracedRuntime()
        await Keeper.register(runtime, "keeper", Keeper)
        runtime.start()
        await runtime.send_message(Note("x"), AgentId("keeper", "k"))
        await runtime.agent_save_state(AgentId("keeper", "k"))
        await runtime.save_state()
        await runtime.stop_when_idle()
    assert [(*each[:2], each[3]) for each in told(path)] == [
        ("keeper/k", "saved", '{"seen":["x"]}')
    ] * 2


async def test_the_policy_of_bodies_holds_for_states(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path, bodies="none"):
        await team().run(task="go")
    [(_, _, _, state)] = told(path)
    assert state.startswith("(not recorded:")


async def test_long_contexts_are_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with record(path=path):
        agent = AssistantAgent("solo", ReplayChatCompletionClient(["x"] * states.LONG))
        for _ in range(states.LONG // 2 + 1):
            await agent.run(task="go")
            states._last_end = -states.PAUSE
            await asyncio.sleep(0)
    assert 0 < len(told(path)) <= states.LONG // 2
