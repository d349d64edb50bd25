"""A participant's CancelledError is no Exception: nobody tells the team, which waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from autogen_agentchat.teams import RoundRobinGroupChat

from . import HANGS, Make, Recipe
from .parts import WORK, Odd, running, talker


async def cancels_itself(agent: Odd, token: Any) -> str:
    raise asyncio.CancelledError


async def program(make: Make) -> str:
    runtime = running(make)
    team = RoundRobinGroupChat(
        [Odd("a", cancels_itself), talker("b", WORK)], max_turns=4, runtime=runtime
    )
    return str((await team.run(task="Plan the survey.")).stop_reason)


RECIPE = Recipe(program, HANGS, "TeamStalled", "hang.team")
