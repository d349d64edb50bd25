"""A condition of the program's own that returns True in place of a StopMessage: its team fails
where it should end (microsoft/autogen#7071)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .condition_that_is_true_alone import Enough
from .parts import WORK, running, talker


class Truthful(Enough):
    async def __call__(self, messages: Sequence[Any]) -> Any:
        await super().__call__(messages)
        return True if self.terminated else None


async def program(make: Make) -> str:
    team = RoundRobinGroupChat(
        [talker("a", WORK[:4]), talker("b", WORK[4:])],
        termination_condition=Truthful(),
        max_turns=8,
        runtime=running(make),
    )
    result = await team.run(task="Plan the survey.")
    return f"{len(result.messages)} messages"


RECIPE = Recipe(program, "RuntimeError", "RuntimeError", "end.true-but-continues")
