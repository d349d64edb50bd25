"""The same tool is called with the same arguments again and again (microsoft/autogen#1136)."""

from __future__ import annotations

from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import calls, running, talker


async def program(make: Make) -> str:
    made: list[str] = []

    def look(q: str) -> str:
        """Look something up."""
        made.append(q)
        return "no result"

    agent = talker("a", [calls("look", q="x")] * 30, tools=[look])
    await RoundRobinGroupChat([agent], max_turns=20, runtime=running(make)).run(task="Find it.")
    return f"{len(made)} calls"


RECIPE = Recipe(program, "20 calls", "RunStopped", "loop.same-call", loops=True)
