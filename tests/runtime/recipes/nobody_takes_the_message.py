"""A topic without subscribers and a type without a handler lose messages without a word."""

from __future__ import annotations

from autogen_core import TopicId

from ..agents import Ask, Unasked
from . import Make, Recipe
from .parts import ECHO, started


async def program(make: Make) -> str:
    runtime = await started(make)
    await runtime.publish_message(Ask(1), TopicId("nobody", "default"))
    answer = await runtime.send_message(Unasked(1), ECHO)
    await runtime.stop_when_idle()
    return f"answered {answer}"


RECIPE = Recipe(program, "answered None", "NoHandler", "drop.no-subscriber")
