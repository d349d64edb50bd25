"""The same two on AutoGen 0.7, each table forgotten once it is answered for.

loupe run --ci --fail-on leak after.py
"""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)


@dataclass
class Question:
    request: int


@dataclass
class Answer:
    total: int


def table_of(request: int) -> str:
    """What would be read from a file or fetched."""
    return "\n".join(f"{request},{row},{row * request % 97}" for row in range(50))


class Parser(RoutedAgent):
    @message_handler
    async def parse(self, message: Question, ctx: MessageContext) -> Answer:
        rows = csv.reader(io.StringIO(table_of(message.request)))
        return Answer(sum(int(row[2]) for row in rows))


class Clerk(RoutedAgent):
    @message_handler
    async def ask(self, message: Question, ctx: MessageContext) -> Answer:
        return await self.send_message(message, AgentId("parser", "default"))


async def main(requests: int = 300) -> None:
    runtime = SingleThreadedAgentRuntime()
    await Parser.register(runtime, "parser", lambda: Parser("parses tables"))
    await Clerk.register(runtime, "clerk", lambda: Clerk("asks"))
    runtime.start()
    for request in range(requests):
        await runtime.send_message(Question(request), AgentId("clerk", "default"))
    await runtime.stop_when_idle()


if __name__ == "__main__":
    asyncio.run(main())
