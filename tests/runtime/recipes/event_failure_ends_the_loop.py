"""With `ignore_unhandled_exceptions=False` one failing event handler ends the loop unseen: whoever
sends something to a healthy agent afterwards waits for ever."""

from __future__ import annotations

from autogen_core import TypeSubscription

from ..agents import Ask, script
from . import HANGS, Make, Recipe
from .event_failure_vanishes import fails
from .parts import ECHO, TOPIC, started, ticks


async def program(make: Make) -> str:
    runtime = await started(make, ignore_unhandled_exceptions=False)
    await script(runtime, "bad", fails)
    await runtime.add_subscription(TypeSubscription("t", "bad"))
    await runtime.publish_message(Ask(1), TOPIC)
    await ticks()
    answer = await runtime.send_message(Ask(2), ECHO)
    return f"answered {answer.n}"


RECIPE = Recipe(program, HANGS, "answered 2", "hang.quiescent")
