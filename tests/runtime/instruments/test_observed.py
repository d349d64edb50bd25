"""AutoGen's own runtime, recorded from outside."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from pathlib import Path

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    message_handler,
)

from agentloupe.tracer import open_recording, record


@dataclass
class Note:
    n: int


class Taker(RoutedAgent):
    @message_handler
    async def take(self, message: Note, ctx: MessageContext) -> Note:
        if message.n < 0:
            raise ValueError(message.n)
        return message


async def talk(n: int) -> None:
    """Upstream's class, taken before anything was recorded."""
    runtime = SingleThreadedAgentRuntime()
    await Taker.register(runtime, "taker", lambda: Taker("takes"))
    await runtime.add_subscription(TypeSubscription("news", "taker"))
    runtime.start()
    await runtime.send_message(Note(n), AgentId("taker", "default"))
    await runtime.publish_message(Note(n), TopicId("news", "default"))
    await runtime.publish_message(Note(n), TopicId("nobody", "default"))
    with contextlib.suppress(ValueError):
        await runtime.send_message(Note(-1), AgentId("taker", "default"))
    await runtime.stop_when_idle()


def kept() -> int:
    gc.collect()
    return sum(type(each).__name__ == "Posting" for each in gc.get_objects())


async def test_messages_that_are_over_are_let_go(tmp_path: Path) -> None:
    with record(path=tmp_path / "own.loupe"):
        for n in range(5):
            await talk(n)
        assert kept() == 0
    with open_recording(tmp_path / "own.loupe") as recording:
        assert sum(run.steps for run in recording.runs) == 15
        assert sum(run.dead_letters for run in recording.runs) == 5


async def test_what_handlers_leave_allocated_is_their_agents(tmp_path: Path) -> None:
    with record(path=tmp_path / "own.loupe", collect=True):
        for n in range(20):
            await talk(n)
    with open_recording(tmp_path / "own.loupe") as recording:
        last = recording.samples()[-1]
        assert set(last.agent_blocks) == {"taker"}
