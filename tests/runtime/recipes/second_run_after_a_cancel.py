"""After a run that was cancelled the manager still waits for the speaker of that time: on a runtime
of the program's own the next run hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat import _base_group_chat
from autogen_core import CancellationToken

from . import HANGS, Make, Recipe
from .parts import WORK, Odd, running, talker


class _Anything(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return True


@contextmanager
def own_runtime(make: Make) -> Iterator[None]:
    """Teams make the runtime of their own by `make`, unless that is the class they know."""

    class Own(metaclass=_Anything):
        def __new__(cls, **options: Any) -> Any:
            return make(**options)

    before = _base_group_chat.SingleThreadedAgentRuntime
    if not isinstance(make, type):
        _base_group_chat.SingleThreadedAgentRuntime = Own  # type: ignore[misc, assignment]
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
