"""Every turn sends the whole history to the model again: the cost grows with the square of the
turns (microsoft/autogen#4024, #858)."""

from __future__ import annotations

from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import WORK, running, talker

TURNS = 40


async def program(make: Make) -> str:
    bodies = [f"Report {n}. " + " ".join(WORK[(n + k) % 8] for k in range(60)) for n in range(40)]
    agents = [talker(name, bodies) for name in ("writer", "reader")]
    team = RoundRobinGroupChat([*agents], max_turns=TURNS, runtime=running(make))
    result = await team.run(task="Write the reports.")
    said = sum(len(str(getattr(each, "content", ""))) for each in result.messages)
    sent = sum(
        len(str(message.content))
        for agent in agents
        for call in agent._model_client.create_calls  # type: ignore[attr-defined]
        for message in call["messages"]
    )
    return f"{sent // said} times what was said was sent"


RECIPE = Recipe(
    program,
    "19 times what was said was sent",
    "19 times what was said was sent",
    "cost.context-growth",
)
