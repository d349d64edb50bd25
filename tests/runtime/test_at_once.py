"""A send's handler begins before its sender lets go of the loop, where that overtakes nobody; what
programs rely on is the same as without."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from autogen_core import AgentId, TopicId, TypeSubscription

from agentloupe.runtime import TracedRuntime

from .agents import Ask, ends, quick, script

who: ContextVar[str] = ContextVar("who", default="nobody")


async def one(runtime: TracedRuntime, name: str, act: Any) -> AgentId:
    to = await script(runtime, name, act)
    await runtime.get(to, lazy=False)
    return to


async def test_it_begins_at_once_in_a_task_and_context_of_its_own() -> None:
    runtime = quick()
    log: list[Any] = []

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        who.set("handler")
        log.append(("handler", asyncio.current_task() is sender))
        await asyncio.sleep(0)
        log.append("after")

    to = await one(runtime, "a", handler)
    runtime.start()
    sender = asyncio.current_task()
    asyncio.get_running_loop().call_soon(log.append, "turn")
    await runtime.send_message(Ask(1), to)
    assert log == [("handler", False), "turn", "after"]
    assert who.get() == "nobody"
    await runtime.stop_when_idle()


async def test_it_overtakes_no_message_that_was_posted_before() -> None:
    runtime = quick()
    log: list[int] = []

    async def keeps(agent: Any, message: Any, ctx: Any) -> None:
        log.append(message.n)

    to = await one(runtime, "a", keeps)
    await runtime.add_subscription(TypeSubscription("t", "a"))
    runtime.start()
    for n in range(0, 40, 2):
        await runtime.publish_message(Ask(n), TopicId("t", "default"))
        await runtime.send_message(Ask(n + 1), to)
    assert log == list(range(40))
    await runtime.stop_when_idle()


async def test_deep_chains_and_long_rows_of_sends() -> None:
    """Neither the stack nor the other tasks of the loop suffer."""
    runtime = quick()

    async def down(agent: Any, message: Any, ctx: Any) -> int:
        if not message.n:
            return 0
        return 1 + await agent.send_message(Ask(message.n - 1), AgentId("a", "default"))

    to = await one(runtime, "a", down)
    runtime.start()
    assert await runtime.send_message(Ask(300), to) == 300
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    for _ in range(1_000):
        await runtime.send_message(Ask(0), to)
    assert turns > 10
    task.cancel()
    await runtime.stop_when_idle()


async def test_failures_stops_and_cancels_from_the_first_slice() -> None:
    runtime = quick()

    async def handler(agent: Any, message: Any, ctx: Any) -> Any:
        if message.n == 0:
            raise KeyError("gone")
        if message.n == 1:
            ctx.cancellation_token.cancel()
            return "late"
        task = asyncio.current_task()
        assert task is not None
        task.cancel("enough")
        await asyncio.sleep(0)
        return None

    to = await one(runtime, "a", handler)
    runtime.start()
    assert isinstance(await ends(runtime.send_message(Ask(0), to)), KeyError)
    assert isinstance(await ends(runtime.send_message(Ask(1), to)), asyncio.CancelledError)
    assert isinstance(await ends(runtime.send_message(Ask(2), to)), asyncio.CancelledError)
    assert not runtime.waits()
    await runtime.stop_when_idle()
