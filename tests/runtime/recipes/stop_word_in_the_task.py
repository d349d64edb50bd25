"""The task itself mentions the word that ends the run: nobody gets to speak
(microsoft/autogen#6826)."""

from __future__ import annotations

from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import WORK, running, talker


async def program(make: Make) -> str:
    team = RoundRobinGroupChat(
        [talker("a", WORK)],
        termination_condition=TextMentionTermination("TERMINATE"),
        runtime=running(make),
    )
    result = await team.run(task="Plan the survey, then say TERMINATE.")
    return f"{len(result.messages) - 1} answers"


RECIPE = Recipe(program, "0 answers", "0 answers", "end.at-turn-0")
