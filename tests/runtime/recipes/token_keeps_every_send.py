"""A cancellation token keeps a callback of every send for as long as it lives."""

from __future__ import annotations

from typing import Any

from autogen_core import CancellationToken

from ..agents import Ask, script
from . import Make, Recipe
from .parts import ECHO, started

SENDS = 1_200


async def program(make: Make) -> str:
    token = CancellationToken()

    async def asks(agent: Any, message: Any, ctx: Any) -> None:
        for n in range(SENDS):
            await agent.send_message(Ask(n, "x" * 500 + str(n)), ECHO, cancellation_token=token)

    runtime = await started(make)
    await runtime.send_message(Ask(0), await script(runtime, "asker", asks))
    await runtime.stop_when_idle()
    return f"{len(token._callbacks)} callbacks"


RECIPE = Recipe(program, f"{SENDS} callbacks", "0 callbacks", "leak.token")
