"""An agent of AG2 1.x with a tool, before a scripted server; nothing in it knows of telemetry."""

from __future__ import annotations

import asyncio

from ag2 import Agent
from ag2.config import OpenAIConfig
from server import serve


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


async def main() -> None:
    config = OpenAIConfig("gpt-4o", api_key="none", base_url=serve())
    agent = Agent("adder", "You add.", config=config, tools=[add])
    reply = await agent.ask("Add 1 and 2.")
    print(reply.body, len(agent.middleware))


asyncio.run(main())
