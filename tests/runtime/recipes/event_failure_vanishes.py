"""What the handler of a published message raises is only logged (microsoft/autogen#4904)."""

from __future__ import annotations

from typing import Any

from autogen_core import TypeSubscription

from ..agents import Ask, script
from . import Make, Recipe
from .parts import TOPIC, started


async def fails(agent: Any, message: Any, ctx: Any) -> None:
    raise RuntimeError("the agent broke")


async def program(make: Make) -> str:
    runtime = await started(make)
    await script(runtime, "bad", fails)
    await runtime.add_subscription(TypeSubscription("t", "bad"))
    await runtime.publish_message(Ask(1), TOPIC)
    await runtime.stop_when_idle()
    return "all is well"


RECIPE = Recipe(program, "all is well", "RuntimeError", "drop.handler-failed")
