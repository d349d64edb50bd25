"""First messages that arrive while a factory is at work make an agent each; all but one are lost,
and what they have taken in with them."""

from __future__ import annotations

import asyncio

from ..agents import Ask, Echo, ticks
from . import Make, Recipe
from .parts import ECHO


async def program(make: Make) -> str:
    made: list[Echo] = []

    async def slowly() -> Echo:
        await ticks(20)
        made.append(Echo())
        return made[-1]

    runtime = make()
    await Echo.register(runtime, "echo", slowly)
    runtime.start()
    await asyncio.gather(*(runtime.send_message(Ask(n), ECHO) for n in range(5)))
    await runtime.stop_when_idle()
    kept = await runtime.try_get_underlying_agent_instance(ECHO, Echo)
    return f"{len(made)} made, the one that is kept knows {len(kept.got)} of 5"


RECIPE = Recipe(
    program,
    "5 made, the one that is kept knows 1 of 5",
    "1 made, the one that is kept knows 5 of 5",
    "drop.agent-replaced",
)
