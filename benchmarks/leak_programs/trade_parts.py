"""What the programs of `trades.py` are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_core import (
    CancellationToken,
    ClosureAgent,
    ClosureContext,
    MessageContext,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
)


@dataclass
class Order:
    day: int
    text: str


@dataclass
class Receipt:
    day: int


Trade = Callable[[ClosureContext, Order], Awaitable[None] | None]


async def street(days: int, trades: dict[str, Trade]) -> None:
    """Everybody hears of an order by topic, and rings at the till when it is done."""
    runtime = SingleThreadedAgentRuntime()
    till: asyncio.Queue[Receipt] = asyncio.Queue()

    def worker(trade: Trade) -> Any:
        async def work(agent: ClosureContext, message: Order, ctx: MessageContext) -> None:
            await asyncio.sleep(0)
            result = trade(agent, message)
            if result is not None:
                await result
            await agent.publish_message(Receipt(message.day), TopicId("till", "main"))

        return work

    async def ring(agent: ClosureContext, message: Receipt, ctx: MessageContext) -> None:
        await till.put(message)

    for name, trade in trades.items():
        await ClosureAgent.register_closure(
            runtime,
            name,
            worker(trade),
            subscriptions=lambda name=name: [TypeSubscription("street", name)],
        )
    await ClosureAgent.register_closure(
        runtime, "cashier", ring, subscriptions=lambda: [TypeSubscription("till", "cashier")]
    )
    runtime.start()
    for day in range(days):
        await runtime.publish_message(Order(day, f"order of day {day}"), TopicId("street", "main"))
        for _ in trades:
            await till.get()
    await runtime.stop_when_idle()


def idle(agent: ClosureContext, order: Order) -> None:
    " ".join(word.title() for word in order.text.split())


class Voice(BaseChatAgent):
    produced_message_types = (TextMessage,)

    def __init__(self, name: str) -> None:
        super().__init__(name, name)
        self.spoken = 0

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        await asyncio.sleep(0)
        self.spoken += 1
        heard = messages[-1].to_text()[:40] if messages else "nothing"
        text = f"{self.name} heard {heard} as number {self.spoken}"
        return Response(chat_message=TextMessage(content=text, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self.spoken = 0
