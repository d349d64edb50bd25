"""Agents and messages of the runtime's tests, at module level for AutoGen to find type hints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autogen_core import (
    AgentId,
    BaseAgent,
    DefaultInterventionHandler,
    DropMessage,
    MessageContext,
    RoutedAgent,
    message_handler,
)

from agentloupe.runtime import TracedRuntime


@dataclass
class Ask:
    n: int
    text: str = ""


@dataclass
class Unasked:
    n: int


class Echo(RoutedAgent):
    """Answers with what it got."""

    def __init__(self) -> None:
        super().__init__("echo")
        self.got: list[int] = []

    @message_handler
    async def on_ask(self, message: Ask, ctx: MessageContext) -> Ask:
        self.got.append(message.n)
        return message

    async def save_state(self) -> dict[str, Any]:
        return {"got": list(self.got)}

    async def load_state(self, state: Any) -> None:
        self.got = list(state["got"])


class Scripted(BaseAgent):
    """Does what a function says, with every message."""

    def __init__(self, script: Callable[[Scripted, Any, MessageContext], Any]) -> None:
        super().__init__("scripted")
        self.script = script

    async def on_message_impl(self, message: Any, ctx: MessageContext) -> Any:
        return await self.script(self, message, ctx)


async def script(runtime: Any, name: str, run: Callable[..., Any]) -> AgentId:
    """Registers a Scripted agent that needs no subscription."""
    await runtime.register_factory(name, lambda: Scripted(run))
    return AgentId(name, "default")


class Plus(DefaultInterventionHandler):
    """Adds to every Ask that is sent or published."""

    def __init__(self, k: int) -> None:
        self.k = k

    async def on_send(self, message: Any, *, message_context: Any, recipient: AgentId) -> Any:
        return Ask(message.n + self.k, message.text)

    async def on_publish(self, message: Any, *, message_context: Any) -> Any:
        return Ask(message.n + self.k, message.text)


class Says(DefaultInterventionHandler):
    """Returns, or raises, one thing for every message or reply."""

    def __init__(self, answer: Any, *, replies: bool = False) -> None:
        self.answer = answer
        self.replies = replies

    def _say(self, message: Any) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def on_send(self, message: Any, *, message_context: Any, recipient: AgentId) -> Any:
        return message if self.replies else self._say(message)

    async def on_publish(self, message: Any, *, message_context: Any) -> Any:
        return message if self.replies else self._say(message)

    async def on_response(self, message: Any, *, sender: Any, recipient: Any) -> Any:
        return self._say(message) if self.replies else message


DROP = DropMessage


async def ticks(count: int = 200) -> None:
    """Turns of the event loop: enough for whatever needs no clock and no file."""
    for _ in range(count):
        await asyncio.sleep(0)


async def settled(awaitable: Any) -> asyncio.Future[Any]:
    """The awaitable as a future that is done; AssertionError if it hangs."""
    future = asyncio.ensure_future(awaitable)
    await ticks()
    if not future.done():
        future.cancel()
        await asyncio.wait([future])
        raise AssertionError("it hangs")
    return future


QUICK = 0.02  # seconds between two looks


def quick(**options: Any) -> TracedRuntime:
    return TracedRuntime(**{"record": False, "beat": QUICK, "grace": 0.05, **options})


async def ends(awaitable: Any) -> BaseException | Any:
    """What it raises or returns; AssertionError if it hangs."""
    task = asyncio.ensure_future(awaitable)
    _, pending = await asyncio.wait({task}, timeout=60)
    if pending:
        task.cancel()
        raise AssertionError("it hangs")
    return asyncio.CancelledError() if task.cancelled() else task.exception() or task.result()
