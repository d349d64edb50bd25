"""What the programs of `offices.py` are made of."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, HandoffMessage, TextMessage
from autogen_core import (
    AgentId,
    CancellationToken,
    FunctionCall,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)
from autogen_core.models import CreateResult, RequestUsage
from lab import Talker


class Caller(Talker):
    """A model that calls one tool each time it is asked."""

    def __init__(self, tool: str, arguments: str = "{}") -> None:
        super().__init__()
        self._tool, self._arguments = tool, arguments

    async def create(self, messages: Any, **_: Any) -> CreateResult:
        await asyncio.sleep(0)
        self._calls += 1
        arguments = self._arguments.replace("NUMBER", str(self._calls))
        return CreateResult(
            finish_reason="function_calls",
            content=[FunctionCall(id=f"c{self._calls}", name=self._tool, arguments=arguments)],
            usage=RequestUsage(prompt_tokens=10, completion_tokens=5),
            cached=False,
        )


class Staff(BaseChatAgent):
    """An agent of a team that answers with what `act` makes of the last message."""

    def __init__(self, name: str, act: Callable[[str], str] = str.upper) -> None:
        super().__init__(name, f"{name} of the office")
        self.act = act

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        await asyncio.sleep(0)
        text = messages[-1].to_text() if messages else ""
        return Response(chat_message=TextMessage(content=self.act(text)[:200], source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None: ...


class Triage(Staff):
    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (HandoffMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        await asyncio.sleep(0)
        return Response(
            chat_message=HandoffMessage(content="yours", source=self.name, target="sales")
        )


@dataclass
class Job:
    id: int
    text: str


@dataclass
class Done:
    id: int
    pages: list[str]


class Clerk(RoutedAgent):
    def __init__(self, act: Callable[[Job], Any] | None = None) -> None:
        super().__init__("does jobs")
        self.act = act

    @message_handler
    async def job(self, message: Job, ctx: MessageContext) -> Done:
        await asyncio.sleep(0)
        if self.act is not None:
            result = self.act(message)
            if asyncio.iscoroutine(result):
                await result
        return Done(message.id, [f"{message.text} page {n}" for n in range(3)])


class Front(RoutedAgent):
    """Asks all others at once."""

    def __init__(self, others: Sequence[str], after: Callable[[list[Done]], Any] = len) -> None:
        super().__init__("asks the others")
        self.others, self.after = others, after

    @message_handler
    async def job(self, message: Job, ctx: MessageContext) -> Done:
        asked = (self.send_message(message, AgentId(each, "default")) for each in self.others)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        self.after([each for each in answers if isinstance(each, Done)])
        return Done(message.id, ["all done"])


async def office(
    days: int,
    clerks: dict[str, Callable[[Job], Any] | None],
    after: Callable[[list[Done]], Any] = len,
) -> None:
    runtime = SingleThreadedAgentRuntime()
    await Front.register(runtime, "front", lambda: Front([*clerks], after))
    for name, act in clerks.items():
        await Clerk.register(runtime, name, functools.partial(Clerk, act))
    runtime.start()
    for day in range(days):
        await runtime.send_message(Job(day, f"job of day {day}"), AgentId("front", "default"))
    await runtime.stop()
