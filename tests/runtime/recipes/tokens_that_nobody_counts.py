"""A budget of tokens never ends a run whose model client reports none."""

from __future__ import annotations

from autogen_agentchat.conditions import MaxMessageTermination, TokenUsageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import CreateResult, RequestUsage

from . import Make, Recipe
from .parts import WORK, running, talker

NONE = RequestUsage(prompt_tokens=0, completion_tokens=0)


async def program(make: Make) -> str:
    said = [
        CreateResult(finish_reason="stop", content=f"{WORK[n % 8]} ({n})", usage=NONE, cached=False)
        for n in range(40)
    ]
    team = RoundRobinGroupChat(
        [talker("a", said)],
        termination_condition=TokenUsageTermination(max_total_token=50) | MaxMessageTermination(20),
        runtime=running(make),
    )
    return f"{len((await team.run(task='Plan the survey.')).messages)} messages"


RECIPE = Recipe(program, "20 messages", "20 messages", "end.never-true")
