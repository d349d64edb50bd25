"""Every recipe with AutoGen's runtime as a program has it, each in a process of its own.

    python -m tests.runtime.recipes [NAME...]

Prints "NAME PID what came of it" for each. One that hangs is given up once something was told of
it on standard error, or after a while.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import sys
import warnings
from typing import Any

import autogen_core

from . import HANGS, Recipe, recipes

PATIENCE = 60.0  # seconds


async def outcome(recipe: Recipe) -> str:
    task = asyncio.ensure_future(recipe.program(autogen_core.SingleThreadedAgentRuntime))
    told = asyncio.ensure_future(something_is_told())
    await asyncio.wait({task, told}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        return HANGS
    if task.cancelled():
        return "CancelledError"
    error = task.exception()
    return type(error).__name__ if error is not None else task.result()


async def something_is_told() -> None:
    """Returns once the recorder, if there is one, has told something of a hang."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    telling: Any = sys.modules.get("agentloupe.tracer.telling")
    if telling is not None:
        telling.listeners.append(
            lambda what, run, did: (
                what.slug.startswith("hang.") and loop.call_soon_threadsafe(told.set)
            )
        )
    await told.wait()


def play(name: str, recipe: Recipe) -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    loop = asyncio.new_event_loop()
    came = loop.run_until_complete(outcome(recipe))
    os.write(1, f"{name} {os.getpid()} {came}\n".encode())  # at once: others write too


def main(names: list[str]) -> None:
    context = multiprocessing.get_context("fork")
    chosen = {name: each for name, each in recipes().items() if not names or name in names}
    children = [context.Process(target=play, args=pair) for pair in chosen.items()]
    for child in children:
        child.start()
    for child in children:
        child.join()


main(sys.argv[1:])
