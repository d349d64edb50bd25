"""Each send makes a set of all the names of agent types there are, twice."""

from __future__ import annotations

import gc
import tracemalloc

from ..agents import Ask, Echo
from . import Make, Recipe
from .parts import ECHO, started

TYPES = 5_000
SENDS = 9


async def program(make: Make) -> str:
    runtime = await started(make)
    for n in range(TYPES):
        await runtime.register_factory(f"other{n}", Echo)
    await runtime.send_message(Ask(0), ECHO)
    gc.collect()
    peaks: list[int] = []
    tracemalloc.start()
    try:
        for n in range(SENDS):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            await runtime.send_message(Ask(n), ECHO)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    peak = min(peaks)  # another thread may be at something large meanwhile
    await runtime.stop_when_idle()
    return "a send takes memory by the number of types" if peak > 10 * TYPES else "it does not"


RECIPE = Recipe(
    program,
    "a send takes memory by the number of types",
    "it does not",
    "leak.types",
    costs_only_theirs=True,
)
