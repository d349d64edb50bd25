"""AgentChat teams on one runtime that the program started before, as a server does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import (
    BaseChatMessage,
    ModelClientStreamingChunkEvent,
    TextMessage,
)
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import SingleThreadedAgentRuntime

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.model import plain_name

TEAMS = 50


class Speaker(BaseChatAgent):
    """Says its team's tag and how much it heard."""

    def __init__(self, name: str, tag: str) -> None:
        super().__init__(name, "speaks")
        self.tag = tag

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(self, messages: Sequence[BaseChatMessage], token: Any) -> Response:
        await asyncio.sleep(0)
        text = f"{self.tag} heard {len(messages)}"
        return Response(chat_message=TextMessage(content=text, source=self.name))

    async def on_reset(self, token: Any) -> None:
        pass


async def fifty(compat: Any) -> list[list[str]]:
    runtime = TracedRuntime(compat=compat)
    runtime.start()

    async def one(n: int) -> list[str]:
        tag = f"<{n}>"
        team = RoundRobinGroupChat(
            [Speaker("a", tag), Speaker("b", tag)], max_turns=3, runtime=runtime
        )
        result = await team.run(task=f"task {tag}")
        return [f"{message.source}: {message.to_text()}" for message in result.messages]  # type: ignore[union-attr]

    said = await asyncio.gather(*(one(n) for n in range(TEAMS)))
    await runtime.stop_when_idle()
    return list(said)


@pytest.mark.parametrize("compat", ["strict", "autogen"])
def test_fifty_teams_at_once_are_fifty_runs(compat: str, tmp_path: Path) -> None:
    path = tmp_path / "teams.loupe"
    with record("teams", path=path):
        said = asyncio.run(fifty(compat))
    assert said[7][1:] == ["a: <7> heard 1", "b: <7> heard 2", "a: <7> heard 1"]
    with open_recording(path) as recording:
        assert len(recording.runs) == TEAMS
        tags: set[str] = set()
        for info in recording.runs:
            run = recording.run(info.number)
            assert (info.status, info.errors, info.dead_letters) == ("ok", 0, 0)
            spans = run.spans()
            ids = {span.id for span in spans} | {run.root.id}
            assert {span.parent for span in spans} <= ids
            assert {link.span_id for span in spans for link in span.links} <= ids
            text = "".join(run.text(step.body) for step in run.steps() if step.body)
            mine = [f"<{n}>" for n in range(TEAMS) if f"<{n}>" in text]
            assert len(mine) == 1
            tags |= set(mine)
            people = {plain_name(step.recipient) for step in run.steps()}
            assert people == {"a", "b", "RoundRobinGroupChatManager"}
        assert len(tags) == TEAMS


class Streamer(Speaker):
    """Says its answer in ten pieces, then as a whole."""

    async def on_messages_stream(self, messages: Sequence[BaseChatMessage], token: Any) -> Any:
        for n in range(10):
            yield ModelClientStreamingChunkEvent(content=f"{n} ", source=self.name)
        yield await self.on_messages(messages, token)


class Derived(SingleThreadedAgentRuntime):
    """A program's own runtime, which is recorded from outside."""


RUNTIMES: list[Callable[[], Any]] = [
    TracedRuntime,
    lambda: TracedRuntime(compat="autogen"),
    Derived,
]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=["strict", "autogen", "observed"])
def test_chunks_are_counted_and_no_steps(runtime: Callable[[], Any], tmp_path: Path) -> None:
    async def stream() -> list[str]:
        ours = runtime()
        ours.start()
        team = RoundRobinGroupChat(
            [Streamer("a", "<a>"), Streamer("b", "<b>")], max_turns=2, runtime=ours
        )
        said = [type(each).__name__ async for each in team.run_stream(task="go")]
        await ours.stop_when_idle()
        return said

    path = tmp_path / "stream.loupe"
    with record("stream", path=path):
        said = asyncio.run(stream())
    assert said.count("ModelClientStreamingChunkEvent") == 20
    with open_recording(path) as recording:
        run = recording.run(0)
        steps, spans = run.steps(), run.spans()
        counted = {
            span.agent: span.attributes[c.CHUNKS] for span in spans if c.CHUNKS in span.attributes
        }
        texts = [run.text(body) for span in spans for body in span.bodies.values()]
    assert {plain_name(agent): count for agent, count in counted.items()} == {"a": 10, "b": 10}
    assert len(steps) == run.info.steps < 20
    assert not any("StreamingChunk" in text for text in texts)
    assert any("<b> heard" in text for text in texts)
