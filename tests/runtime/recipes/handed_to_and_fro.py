"""Two agents of a swarm hand the conversation to each other and say nothing."""

from __future__ import annotations

from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import Swarm

from . import Make, Recipe
from .parts import calls, running, talker


async def program(make: Make) -> str:
    team = Swarm(
        [
            talker("a", [calls("transfer_to_b")] * 20, handoffs=["b"]),
            talker("b", [calls("transfer_to_a")] * 20, handoffs=["a"]),
        ],
        termination_condition=MaxMessageTermination(40),
        runtime=running(make),
    )
    result = await team.run(task="Go.")
    texts = [each for each in result.messages if type(each).__name__ == "TextMessage"]
    return f"{len(texts) - 1} texts"


RECIPE = Recipe(program, "0 texts", "RunStopped", "loop.handoff", loops=True)
