"""A publish that an intervention handler drops never counts as done (microsoft/autogen#7642)."""

from __future__ import annotations

from ..agents import DROP, Ask, Says
from . import HANGS, Make, Recipe
from .parts import TOPIC, started


async def program(make: Make) -> str:
    runtime = await started(make, Says(DROP))
    await runtime.publish_message(Ask(1), TOPIC)
    await runtime.stop_when_idle()
    return "idle"


RECIPE = Recipe(program, HANGS, "idle", "drop.undelivered")
