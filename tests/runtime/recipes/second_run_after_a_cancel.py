"""After a run that was cancelled the manager still waits for the speaker of that time: on a runtime
of the program's own the next run hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat import _base_group_chat
from autogen_core import CancellationToken, SingleThreadedAgentRuntime

from . import HANGS, Make, Recipe
from .parts import WORK, Odd, running, talker


@contextmanager
def own_runtime(make: Make) -> Iterator[None]:
    """The runtime that a team makes for itself."""
    before = _base_group_chat.SingleThreadedAgentRuntime
    made = type(make(ignore_unhandled_exceptions=False))

    class Own(made):  # type: ignore[misc, valid-type]
        def __init__(self, **options: Any) -> None:
            self.__dict__.update(vars(make(**options)))

    if before is not made and made is not SingleThreadedAgentRuntime:
        _base_group_chat.SingleThreadedAgentRuntime = Own  # type: ignore[misc]
    try:
        yield
    finally:
        _base_group_chat.SingleThreadedAgentRuntime = before  # type: ignore[misc]


async def program(make: Make) -> str:
    begun = asyncio.Event()

    async def first_waits(agent: Odd, token: CancellationToken) -> str:
        if agent.turns == 1:
            wait = asyncio.ensure_future(asyncio.Event().wait())
            token.link_future(wait)
            begun.set()
            await wait
        return WORK[agent.turns]

    runtime = running(make)
    team = RoundRobinGroupChat(
        [Odd("a", first_waits), talker("b", WORK)], max_turns=2, runtime=runtime
    )
    token = CancellationToken()
    run = asyncio.ensure_future(team.run(task="Go.", cancellation_token=token))
    await begun.wait()
    token.cancel()
    await asyncio.wait([run])
    return str((await team.run(task="Go again.")).stop_reason)


RECIPE = Recipe(program, HANGS, "TeamStalled", "hang.team")
