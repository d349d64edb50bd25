"""A circle that a token of the program's may break is none yet, and a token reaches whoever waits
for room in a mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from autogen_core import AgentId, CancellationToken, TopicId, TypeSubscription

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import Deadlock

from .agents import QUICK, Ask, ends, quick, script, ticks

LATER = 5 * QUICK  # some looks of the watch


def by_timer(token: CancellationToken) -> None:
    asyncio.get_running_loop().call_later(LATER, token.cancel)


def by_function(token: CancellationToken) -> None:
    asyncio.get_running_loop().call_later(LATER, lambda: token.cancel())


kept: list[Any] = []


def by_task(token: CancellationToken) -> None:
    async def later() -> None:
        await asyncio.sleep(LATER)
        token.cancel()

    kept.append(asyncio.ensure_future(later()))


def by_nobody(token: CancellationToken) -> None:
    """The handler has made it and goes on waiting."""


async def circle(runtime: TracedRuntime, cancel: Callable[[CancellationToken], None]) -> AgentId:
    """One at a time, two agents ask each other; the second by a token."""

    async def first(agent: Any, message: Any, ctx: Any) -> Any:
        return await agent.send_message(Ask(0), AgentId("second", "default"))

    async def second(agent: Any, message: Any, ctx: Any) -> str:
        token = CancellationToken()
        cancel(token)
        to = AgentId("first", "default")
        try:
            await agent.send_message(Ask(0), to, cancellation_token=token)
        except asyncio.CancelledError:
            return "gave up"
        return ""

    await script(runtime, "second", second)
    return await script(runtime, "first", first)


@pytest.mark.parametrize("cancel", [by_timer, by_function, by_task])
async def test_a_circle_that_somebody_has_a_token_to_break_is_no_deadlock(
    cancel: Callable[[CancellationToken], None],
) -> None:
    runtime = quick(at_once=1)
    to = await circle(runtime, cancel)
    runtime.start()
    assert await ends(runtime.send_message(Ask(1), to)) == "gave up"
    await ends(runtime.stop_when_idle())


async def test_a_token_that_only_those_in_the_circle_have_breaks_nothing() -> None:
    runtime = quick(at_once=1)
    to = await circle(runtime, by_nobody)
    runtime.start()
    timer = asyncio.ensure_future(asyncio.sleep(1_800))
    assert isinstance(await ends(runtime.send_message(Ask(1), to)), Deadlock)
    timer.cancel()
    await ends(runtime.stop_when_idle())


@pytest.mark.parametrize("what", ["send", "publish"])
async def test_a_token_reaches_who_waits_for_room(what: str) -> None:
    runtime = quick(at_once=1, mailbox=1)
    goes_on = asyncio.Event()

    async def slow(agent: Any, message: Any, ctx: Any) -> None:
        await goes_on.wait()

    to = await script(runtime, "slow", slow)
    await runtime.add_subscription(TypeSubscription("t", "slow"))
    runtime.start()
    first = asyncio.ensure_future(runtime.send_message(Ask(0), to))
    await ticks()
    token = CancellationToken()
    if what == "send":
        post = runtime.send_message(Ask(1), to, cancellation_token=token)
    else:
        post = runtime.publish_message(Ask(1), TopicId("t", "default"), cancellation_token=token)
    waits = asyncio.ensure_future(post)
    await ticks()
    token.cancel()
    assert isinstance(await ends(waits), asyncio.CancelledError)
    assert len(runtime.dead_letters()) == 1
    goes_on.set()
    assert await ends(first) is None
    assert await ends(runtime.send_message(Ask(2), to)) is None
    await ends(runtime.stop_when_idle())
