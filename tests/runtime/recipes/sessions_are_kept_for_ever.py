"""Every session that was ever published to keeps an agent and a topic (microsoft/autogen#5374)."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from autogen_core import TopicId

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.options import Release

from ..agents import Ask, Echo, script
from . import Make, Recipe
from .parts import started

SESSIONS = 1_200


async def program(make: Make) -> str:
    async def serves(agent: Any, message: Any, ctx: Any) -> None:
        for n in range(SESSIONS):
            await agent.publish_message(Ask(n), TopicId("t", f"session-{n}"))
            await asyncio.sleep(0)

    runtime = await started(make)
    await runtime.send_message(Ask(0), await script(runtime, "server", serves))
    for _ in range(100):
        alive = sum(type(each) is Echo for each in gc.get_objects())
        if alive < SESSIONS or type(runtime) is not TracedRuntime:
            break
        await asyncio.sleep(0.05)
    await runtime.stop_when_idle()
    return "all of them are there" if alive >= SESSIONS else "they were released"


RECIPE = Recipe(
    program,
    "all of them are there",
    "they were released",
    "leak.agents",
    options={"release": Release(0.0)},
)
