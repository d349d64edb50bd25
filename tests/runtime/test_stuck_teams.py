"""Teams that would wait for ever: lost messages, cancelled speakers, what an agent is stuck in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent, BaseChatAgent, UserProxyAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken, DefaultInterventionHandler, FunctionCall
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import TeamStalled

from .agents import DROP, QUICK, ends, quick

INFO: Any = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "family": "unknown",
    "structured_output": False,
}
USAGE = RequestUsage(prompt_tokens=10, completion_tokens=5)


def say(*texts: str) -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(list(texts) * 9)


def call(name: str) -> CreateResult:
    content = [FunctionCall(id="c1", name=name, arguments="{}")]
    return CreateResult(finish_reason="function_calls", content=content, usage=USAGE, cached=False)


async def test_a_team_whose_message_is_lost() -> None:
    runtime = quick(intervention_handlers=[Lossy()])
    runtime.start()
    team = RoundRobinGroupChat(
        [AssistantAgent("a", say("x")), AssistantAgent("b", say("y"))], max_turns=4, runtime=runtime
    )
    error = await ends(team.run(task="go"))
    assert isinstance(error, TeamStalled)
    assert "still expects a to answer" in str(error)
    assert "dropped by Lossy.on_publish" in str(error)
    await runtime.stop()


class Lossy(DefaultInterventionHandler):
    async def on_publish(self, message: Any, *, message_context: Any) -> Any:
        return DROP if type(message).__name__ == "GroupChatAgentResponse" else message


class Broken(BaseChatAgent):
    """Does what a function says, with its token."""

    def __init__(self, name: str, act: Callable[[CancellationToken], Any]) -> None:
        super().__init__(name, name)
        self.act = act

    @property
    def produced_message_types(self) -> Any:
        return (TextMessage,)

    async def on_messages(self, messages: Any, cancellation_token: CancellationToken) -> Response:
        await self.act(cancellation_token)
        return Response(chat_message=TextMessage(content="ok", source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        pass


async def test_a_team_whose_agent_raises_cancelled_error() -> None:
    async def cancelled(token: CancellationToken) -> None:
        raise asyncio.CancelledError

    runtime = quick()
    runtime.start()
    team = RoundRobinGroupChat([Broken("a", cancelled)], max_turns=2, runtime=runtime)
    error = await ends(team.run(task="go"))
    assert isinstance(error, TeamStalled)
    assert "CancelledError" in str(error)
    await runtime.stop()


async def test_a_team_that_stalls_while_its_reader_is_away() -> None:
    """Nothing waits and nothing is under way meanwhile: the watch must not go to sleep."""

    async def cancelled(token: CancellationToken) -> None:
        raise asyncio.CancelledError

    runtime = quick()
    runtime.start()
    team = RoundRobinGroupChat([Broken("a", cancelled)], max_turns=2, runtime=runtime)

    async def reads() -> None:
        async for _ in team.run_stream(task="go"):
            await asyncio.sleep(20 * QUICK)

    assert isinstance(await ends(reads()), TeamStalled)
    await runtime.stop()


async def test_a_team_that_runs_again_after_a_cancelled_run() -> None:
    async def first_waits(token: CancellationToken) -> None:
        if not waited:
            waited.append(True)
            sleep = asyncio.ensure_future(asyncio.sleep(30))
            token.link_future(sleep)
            await sleep

    waited: list[bool] = []
    runtime = quick()
    runtime.start()
    team = RoundRobinGroupChat([Broken("a", first_waits)], max_turns=2, runtime=runtime)
    token = CancellationToken()
    run = asyncio.ensure_future(team.run(task="go", cancellation_token=token))
    while not waited:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    token.cancel()
    assert isinstance(await ends(run), asyncio.CancelledError)
    assert isinstance(await ends(team.run(task="again")), TeamStalled)
    await runtime.stop()


async def stuck_tool() -> str:
    """Never answers."""
    await asyncio.Event().wait()
    return ""


async def slow_tool() -> str:
    """Answers after half an hour."""
    await asyncio.sleep(1_800)
    return ""


async def silent(prompt: str, token: CancellationToken | None) -> str:
    """Nobody answers."""
    await asyncio.sleep(1_800)
    return ""


class StuckClient(ReplayChatCompletionClient):
    """A model whose stream stands still."""

    async def create(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(1_800)

    async def create_stream(self, *args: Any, **kwargs: Any) -> Any:
        yield "to"
        await asyncio.sleep(1_800)


def stuck_agents(kind: str) -> Any:
    if kind == "person":
        return UserProxyAgent("user", input_func=silent)
    if kind == "stream":
        return AssistantAgent("a", StuckClient(["x"], model_info=INFO), model_client_stream=True)
    tool = stuck_tool if kind == "tool" else slow_tool
    client = ReplayChatCompletionClient([call(tool.__name__)], model_info=INFO)
    return AssistantAgent("a", client, tools=[tool])


@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "external"])
@pytest.mark.parametrize("kind", ["tool", "slow tool", "person", "stream"])
async def test_wait_for_ends_a_team_in_time(
    kind: str, embedded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = quick()
    if embedded:
        monkeypatch.setattr(
            "autogen_agentchat.teams._group_chat._base_group_chat.SingleThreadedAgentRuntime",
            Embedded,
        )
    else:
        runtime.start()
    team = RoundRobinGroupChat([stuck_agents(kind)], runtime=None if embedded else runtime)
    error = await ends(asyncio.wait_for(team.run(task="go"), 0.3))
    assert isinstance(error, TimeoutError | asyncio.CancelledError)
    if not embedded:
        await ends(runtime.stop())
        assert not runtime.waits()


class Embedded(TracedRuntime):
    def __init__(self, *, ignore_unhandled_exceptions: bool = True) -> None:
        super().__init__(
            ignore_unhandled_exceptions=ignore_unhandled_exceptions,
            compat="autogen",
            record=False,
            beat=QUICK,
            grace=0.05,
        )
