"""What an intervention handler raises is logged, and the message never counts as done."""

from __future__ import annotations

from ..agents import Ask, Says
from . import HANGS, Make, Recipe
from .parts import TOPIC, started


async def program(make: Make) -> str:
    runtime = await started(
        make, Says(ValueError("the guard failed")), ignore_unhandled_exceptions=False
    )
    await runtime.publish_message(Ask(1), TOPIC)
    await runtime.stop_when_idle()
    return "idle"


RECIPE = Recipe(program, HANGS, "ValueError", "drop.undelivered")
