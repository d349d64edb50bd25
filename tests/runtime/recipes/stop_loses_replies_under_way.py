"""`stop` puts a new queue under handlers that run: their replies are lost and their sender waits,
and what they count as done was never counted (microsoft/autogen#7007, #7963)."""

from __future__ import annotations

import asyncio
from typing import Any

from ..agents import Ask, script
from . import HANGS, Make, Recipe
from .parts import started, ticks


async def program(make: Make) -> str:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(agent: Any, message: Any, ctx: Any) -> Any:
        begun.set()
        await goes_on.wait()
        return message

    runtime = await started(make)
    to = await script(runtime, "slow", slow)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to))
    await begun.wait()
    await runtime.stop()
    goes_on.set()
    await ticks()
    return str(await send)


RECIPE = Recipe(program, HANGS, "RuntimeStopped", "hang.lost-response")
