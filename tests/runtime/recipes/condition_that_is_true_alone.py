"""A condition of the program's own that is true, says so by `terminated` and returns None ends
nothing (microsoft/autogen#7071)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_agentchat.base import TerminationCondition
from autogen_agentchat.messages import StopMessage
from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import WORK, running, talker


class Enough(TerminationCondition):
    """True from the third message on."""

    component_config_schema = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.heard = 0

    @property
    def terminated(self) -> bool:
        return self.heard >= 3

    async def __call__(self, messages: Sequence[Any]) -> StopMessage | None:
        self.heard += len(messages)
        return None

    async def reset(self) -> None:
        self.heard = 0


async def program(make: Make) -> str:
    team = RoundRobinGroupChat(
        [talker("a", WORK[:4]), talker("b", WORK[4:])],
        termination_condition=Enough(),
        max_turns=8,
        runtime=running(make),
    )
    result = await team.run(task="Plan the survey.")
    return f"{len(result.messages)} messages"


RECIPE = Recipe(program, "9 messages", "9 messages", "end.true-but-continues")
