"""A selector whose model names the speaker that may not speak again falls back to just that one
(microsoft/autogen#7471)."""

from __future__ import annotations

from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import SelectorGroupChat

from . import Make, Recipe
from .parts import WORK, replies, running, talker


async def program(make: Make) -> str:
    team = SelectorGroupChat(
        [talker("alice", WORK * 4), talker("bob", WORK), talker("carol", WORK)],
        model_client=replies(*["alice"] * 300),
        allow_repeated_speaker=False,
        termination_condition=MaxMessageTermination(12),
        runtime=running(make),
    )
    result = await team.run(task="Plan the survey.")
    return f"alice {sum(each.source == 'alice' for each in result.messages)} of 11"


RECIPE = Recipe(program, "alice 11 of 11", "RunStopped", "loop.selector-livelock", loops=True)
