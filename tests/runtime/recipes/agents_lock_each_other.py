"""Two agents that handle one message at a time ask each other (microsoft/autogen#5915)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from autogen_core import AgentId

from ..agents import Ask, script
from . import HANGS, Make, Recipe
from .parts import started


def asks(other: str) -> Callable[..., Any]:
    lock = asyncio.Lock()

    async def ask(agent: Any, message: Any, ctx: Any) -> Any:
        async with lock:
            return await agent.send_message(message, AgentId(other, "default"))

    return ask


async def program(make: Make) -> str:
    runtime = await started(make)
    first = await script(runtime, "first", asks("second"))
    await script(runtime, "second", asks("first"))
    await runtime.send_message(Ask(1), first)
    return "answered"


RECIPE = Recipe(program, HANGS, "Deadlock", "hang.deadlock")
