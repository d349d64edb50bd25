"""Tokens of our own forget what is over, and cancel what is not."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_ext.models.replay import ReplayChatCompletionClient
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.letters import PublishToken


@given(st.lists(st.sampled_from(["link", "end", "cancel"]), max_size=120))
def test_what_is_linked_is_cancelled_unless_it_is_over(acts: list[str]) -> None:
    loop = asyncio.new_event_loop()
    token, pending, over = PublishToken(), list[asyncio.Future[Any]](), list[asyncio.Future[Any]]()
    try:
        for act in acts:
            if act == "link":
                future: asyncio.Future[Any] = loop.create_future()
                assert token.link_future(future) is future
                (over if token.is_cancelled() else pending).append(future)
                assert future.cancelled() is token.is_cancelled()
            elif act == "end" and pending:
                over.append(pending.pop(len(pending) // 2))
                over[-1].set_result(None)
            elif act == "cancel":
                token.cancel()
                assert all(future.cancelled() for future in pending)
                over += pending
                pending.clear()
            assert len(token._callbacks) <= 4 * len(pending) + 17 or token.is_cancelled()
    finally:
        loop.close()


def test_what_is_no_future_is_taken_as_autogens_token_takes_it() -> None:
    """Its MCP tools link coroutines."""

    async def called() -> None: ...

    coroutine: Any = called()
    for token in (CancellationToken(), PublishToken()):
        assert token.link_future(coroutine) is coroutine
        with pytest.raises(AttributeError):
            token.cancel()
    coroutine.close()


async def test_a_teams_run_keeps_no_task_of_each_turn() -> None:
    agents = [
        AssistantAgent(name, ReplayChatCompletionClient(["hello"] * 200)) for name in ("a", "b")
    ]
    runtime = TracedRuntime(record=False)
    end = MaxMessageTermination(201)
    team = RoundRobinGroupChat(list(agents), termination_condition=end, runtime=runtime)
    runtime.start()
    most = 0
    async for _ in team.run_stream(task="go"):
        most = max(most, sum(isinstance(each, asyncio.Task) for each in gc.get_objects()))
    await runtime.stop_when_idle()
    assert most < 60
