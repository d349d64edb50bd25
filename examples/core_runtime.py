"""Agents on AutoGen's core: a clerk asks a warehouse, and tells everyone what is left of it.

    loupe run examples/core_runtime.py
    loupe show @last --spans

Nobody is subscribed to the second topic: `loupe check @last` says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    message_handler,
)


@dataclass
class Order:
    item: str
    count: int


@dataclass
class Stock:
    item: str
    left: int


class Warehouse(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("keeps the stock")
        self._stock = {"chair": 5, "table": 2}

    @message_handler
    async def on_order(self, message: Order, ctx: MessageContext) -> Stock:
        self._stock[message.item] -= message.count
        return Stock(message.item, self._stock[message.item])


class Clerk(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("takes orders")

    @message_handler
    async def on_order(self, message: Order, ctx: MessageContext) -> Stock:
        left = await self.send_message(message, AgentId("warehouse", "default"))
        topic = "shelf" if left.left else "reorder"
        await self.publish_message(left, TopicId(topic, "default"))
        return left


class Shelf(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("shows what is there")

    @message_handler
    async def on_stock(self, message: Stock, ctx: MessageContext) -> None:
        print(f"{message.left} {message.item}s left")


async def main() -> None:
    runtime = SingleThreadedAgentRuntime()
    await Warehouse.register(runtime, "warehouse", Warehouse)
    await Clerk.register(runtime, "clerk", Clerk)
    await Shelf.register(runtime, "shelf", Shelf)
    await runtime.add_subscription(TypeSubscription("shelf", "shelf"))
    runtime.start()
    for order in (Order("chair", 2), Order("table", 2)):
        await runtime.send_message(order, AgentId("clerk", "default"))
    await runtime.stop_when_idle()


if __name__ == "__main__":
    asyncio.run(main())
