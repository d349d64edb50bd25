"""`stop` drops what is queued and forgets who waits for it."""

from __future__ import annotations

import asyncio

from ..agents import Ask
from . import HANGS, Make, Recipe
from .parts import ECHO, started


async def program(make: Make) -> str:
    runtime = await started(make)
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), ECHO)) for n in range(5)]
    await asyncio.sleep(0)
    await runtime.stop()
    return str([(await send).n for send in sends])


RECIPE = Recipe(program, HANGS, "RuntimeStopped", "drop.undelivered")
