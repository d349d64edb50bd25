"""Agents and messages that AutoGen's own tests import and no distribution carries.

Written from what the tests demand of them: agents that count their calls, one of which answers
what it got, one of which does nothing, and one that makes every delivery a new broadcast until a
number of rounds is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autogen_core import (
    BaseAgent,
    DefaultTopicId,
    MessageContext,
    RoutedAgent,
    default_subscription,
    message_handler,
)

__all__ = [
    "CascadingAgent",
    "CascadingMessageType",
    "ContentMessage",
    "LoopbackAgent",
    "LoopbackAgentWithDefaultSubscription",
    "MessageType",
    "NoopAgent",
]


@dataclass
class MessageType: ...


@dataclass
class ContentMessage:
    content: str


@dataclass
class CascadingMessageType:
    round: int


class NoopAgent(BaseAgent):
    def __init__(self) -> None:
        super().__init__("Does nothing")

    async def on_message_impl(self, message: Any, ctx: MessageContext) -> Any:
        return None


class LoopbackAgent(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("Answers with what it got")
        self.num_calls = 0
        self.received_messages: list[Any] = []

    @message_handler
    async def on_any(
        self, message: MessageType | ContentMessage, ctx: MessageContext
    ) -> MessageType | ContentMessage:
        self.num_calls += 1
        self.received_messages.append(message)
        return message


@default_subscription
class LoopbackAgentWithDefaultSubscription(LoopbackAgent): ...


@default_subscription
class CascadingAgent(RoutedAgent):
    def __init__(self, max_rounds: int) -> None:
        super().__init__("Turns each delivery into a broadcast until the last round")
        self.num_calls = 0
        self.max_rounds = max_rounds

    @message_handler
    async def on_cascade(self, message: CascadingMessageType, ctx: MessageContext) -> None:
        self.num_calls += 1
        if message.round < self.max_rounds:
            await self.publish_message(CascadingMessageType(message.round + 1), DefaultTopicId())
