"""A team on a runtime of the program's own waits for ever for a message that was lost."""

from __future__ import annotations

from typing import Any

from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import DefaultInterventionHandler

from ..agents import DROP
from . import HANGS, Make, Recipe
from .parts import WORK, running, talker


class Lossy(DefaultInterventionHandler):
    async def on_publish(self, message: Any, *, message_context: Any) -> Any:
        return DROP if type(message).__name__ == "GroupChatAgentResponse" else message


async def program(make: Make) -> str:
    runtime = running(make, Lossy())
    team = RoundRobinGroupChat([talker("a", WORK), talker("b", WORK)], max_turns=4, runtime=runtime)
    return str((await team.run(task="Plan the survey.")).stop_reason)


RECIPE = Recipe(program, HANGS, "TeamStalled", "hang.team")
