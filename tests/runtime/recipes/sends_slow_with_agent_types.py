"""Each send makes a set of all the names of agent types there are, twice."""

from __future__ import annotations

import gc
import tracemalloc

from ..agents import Ask, Echo
from . import Make, Recipe
from .parts import ECHO, started

TYPES = 5_000


async def program(make: Make) -> str:
    runtime = await started(make)
    for n in range(TYPES):
        await runtime.register_factory(f"other{n}", Echo)
    await runtime.send_message(Ask(0), ECHO)
    gc.collect()
    tracemalloc.start()
    try:
        await runtime.send_message(Ask(1), ECHO)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    await runtime.stop_when_idle()
    return "a send takes memory by the number of types" if peak > 10 * TYPES else "it does not"


RECIPE = Recipe(
    program,
    "a send takes memory by the number of types",
    "it does not",
    "leak.types",
    costs_only_theirs=True,
)
