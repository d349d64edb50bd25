"""A run that is cancelled while a tool is at work never ends: the tool's stream puts no end mark
into its queue when it is cancelled (microsoft/autogen#7956, #8182)."""

from __future__ import annotations

import asyncio

from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

from . import HANGS, Make, Recipe
from .parts import calls, talker
from .second_run_after_a_cancel import own_runtime


async def program(make: Make) -> str:
    begun = asyncio.Event()

    async def slow() -> str:
        """Never answers."""
        begun.set()
        await asyncio.Event().wait()
        return ""

    with own_runtime(make):
        agent = talker("a", [calls("slow"), "ok", "ok"], tools=[slow])
        team = RoundRobinGroupChat([agent], max_turns=1)
        token = CancellationToken()
        run = asyncio.ensure_future(team.run(task="Go.", cancellation_token=token))
        await begun.wait()
        token.cancel()
        return str((await run).stop_reason)


RECIPE = Recipe(program, HANGS, "CancelledError", "hang.cancelled")
