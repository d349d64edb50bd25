"""Two agents thank each other until something else ends it (microsoft/autogen#1406, #254)."""

from __future__ import annotations

from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import running, talker


async def program(make: Make) -> str:
    team = RoundRobinGroupChat(
        [
            talker("a", ["Thank you so much for your help!"] * 20),
            talker("b", ["You're welcome! Is there anything else?"] * 20),
        ],
        termination_condition=TextMentionTermination("TERMINATE"),
        max_turns=40,
        runtime=running(make),
    )
    return f"{len((await team.run(task='What is two and two?')).messages)} messages"


RECIPE = Recipe(program, "41 messages", "RunStopped", "loop.repetition", loops=True)
