"""What several recipes are made of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from autogen_agentchat.agents import AssistantAgent, BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import TextMessage
from autogen_core import AgentId, CancellationToken, FunctionCall, TopicId, TypeSubscription
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

from ..agents import Echo

ECHO = AgentId("echo", "default")
TOPIC = TopicId("t", "default")
INFO: Any = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "family": "unknown",
    "structured_output": False,
}
WORK = [
    "First the north shore has to be walked, as the nests are there.",
    "I have counted eleven nests, two of them empty since last week.",
    "The south shore needs a boat, which Ruth can lend us on Tuesday.",
    "Then let us write down the tide: low at seven in the morning.",
    "Weather: fog until nine. Somebody should bring the second lamp.",
    "For the report we want a map with each nest and its distance.",
    "Costs are petrol for the boat and two days of the helper's pay.",
    "The committee meets on Friday, so the numbers are due Thursday.",
]


async def started(make: Any, *interventions: Any, **options: Any) -> Any:
    """A runtime with an Echo that is also subscribed to `TOPIC`."""
    runtime = make(intervention_handlers=list(interventions) or None, **options)
    await Echo.register(runtime, "echo", Echo)
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


def running(make: Any, *interventions: Any) -> Any:
    """A runtime for teams, as a server has it."""
    runtime = make(intervention_handlers=list(interventions) or None)
    runtime.start()
    return runtime


async def ticks(turns: int = 50) -> None:
    """Lets everything go on that needs no clock."""
    for _ in range(turns):
        await asyncio.sleep(0)


def replies(*answers: Any) -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(list(answers), model_info=INFO)


def talker(name: str, answers: Sequence[Any], **more: Any) -> AssistantAgent:
    return AssistantAgent(name, replies(*answers), description=name, **more)


def calls(name: str, **arguments: object) -> CreateResult:
    """A model's answer that is a tool call."""
    return CreateResult(
        finish_reason="function_calls",
        content=[FunctionCall(id="c1", name=name, arguments=json.dumps(arguments))],
        usage=RequestUsage(prompt_tokens=20, completion_tokens=5),
        cached=False,
    )


class Odd(BaseChatAgent):
    """Does what a function says, with itself and its token; answers with what that returns."""

    def __init__(self, name: str, act: Callable[[Odd, CancellationToken], Any]) -> None:
        super().__init__(name, name)
        self.act, self.turns = act, 0

    @property
    def produced_message_types(self) -> Any:
        return (TextMessage,)

    async def on_messages(self, messages: Any, cancellation_token: CancellationToken) -> Response:
        self.turns += 1
        text = await self.act(self, cancellation_token)
        return Response(chat_message=TextMessage(content=text, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        pass
