"""A condition of the program's own that comes true and returns no StopMessage ends nothing
(microsoft/autogen#7071)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.messages import StopMessage
from autogen_agentchat.teams import RoundRobinGroupChat

from . import Make, Recipe
from .parts import WORK, running, talker


class Approved(TextMentionTermination):
    """Counts what it was asked, and forgets to say what it found."""

    found = 0

    async def __call__(self, messages: Sequence[Any]) -> StopMessage | None:
        if await super().__call__(messages) is not None:
            self.found += 1
            await self.reset()
        return None


async def program(make: Make) -> str:
    said = [WORK[0], "It is all there. APPROVED", *WORK[1:3]]
    team = RoundRobinGroupChat(
        [talker("a", said), talker("b", WORK[3:])],
        termination_condition=Approved("APPROVED"),
        max_turns=8,
        runtime=running(make),
    )
    result = await team.run(task="Plan the survey.")
    return f"{len(result.messages)} messages"


RECIPE = Recipe(program, "9 messages", "9 messages", "end.true-but-continues")
