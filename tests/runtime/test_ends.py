"""What began ends once, whatever becomes of it: handlers that never begin, or that nobody waits for
any more while other recipients of the same message are still to have it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from autogen_core import AgentId, TopicId, TypeSubscription

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import Deadlock, RunStopped
from agentloupe.tracer.observer import LiveStep, Stop, Told
from agentloupe.tracer.observing import observe
from agentloupe.tracer.recorder import Recorder

from .agents import Ask, Scripted, ends, quick, script, ticks

TOPIC = TopicId("t", "default")


async def subscribed(runtime: TracedRuntime, **acts: Any) -> None:
    for name, act in acts.items():
        await runtime.get(await script(runtime, name, act), lazy=False)
        await runtime.add_subscription(TypeSubscription("t", name))


async def test_a_recipient_that_is_left_behind_does_not_hide_the_others() -> None:
    """The first is abandoned while the second's turn has not come, and ends late all the same."""
    runtime = quick(at_once=1, ignore_unhandled_exceptions=True)
    goes_on, ended, late = asyncio.Event(), asyncio.Event(), asyncio.Event()
    handled: list[int] = []

    async def heeds_nothing(agent: Any, message: Any, ctx: Any) -> None:
        while not goes_on.is_set():
            try:
                await goes_on.wait()
            except asyncio.CancelledError:
                continue
        ended.set()

    async def busy(agent: Any, message: Any, ctx: Any) -> None:
        handled.append(message.n)
        if message.n == 0:
            await late.wait()

    await subscribed(runtime, stubborn=heeds_nothing, busy=busy)
    runtime.start()
    first = asyncio.ensure_future(runtime.send_message(Ask(0), await runtime.get("busy")))
    await ticks()
    await runtime.publish_message(Ask(1), TOPIC)
    await ticks()
    [delivery] = [each for each in runtime._post.live if each.recipient.type == "stubborn"]
    runtime._post.abandon(delivery, TimeoutError("enough"))
    assert runtime._post.unfinished() == 2
    goes_on.set()
    await ends(ended.wait())
    late.set()
    await first
    await ends(runtime.stop_when_idle())
    assert handled == [0, 1]
    assert runtime._post.unfinished() == 0


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_a_run_that_is_stopped_takes_what_waits_in_mailboxes_with_it(
    compat: str, recorder: Recorder
) -> None:
    """One of its messages waits for a place, another's handler has not begun."""
    runtime = quick(record=True, at_once=1, compat=compat)
    handled: list[Any] = []
    goes_on = asyncio.Event()

    async def works(agent: Any, message: Any, ctx: Any) -> None:
        handled.append((agent.id.type, message.n))
        if message.n == 0:
            await goes_on.wait()
        if message.n == 1:
            for n in (2, 3):
                await runtime.publish_message(Ask(n), TOPIC, sender=agent.id)

    told = Told("loop.test", "it goes round")

    class Stops:
        def on_step(self, step: LiveStep) -> Stop | None:
            return Stop(told) if step.step.recipient == "poster/default" else None

    leave = observe(recorder, Stops())
    await subscribed(runtime, poster=works, busy=works, free=works)
    runtime.start()
    other = asyncio.ensure_future(runtime.send_message(Ask(0), await runtime.get("busy")))
    await ticks()
    error = await ends(runtime.send_message(Ask(1), await runtime.get("poster")))
    assert isinstance(error, RunStopped)
    goes_on.set()
    await other
    await ends(runtime.stop_when_idle())
    leave()
    assert ("busy", 2) not in handled
    assert ("busy", 3) not in handled
    dead = runtime.dead_letters("stopped: loop.test")
    assert len(dead) == 2


@pytest.mark.parametrize("what", ["send", "publish"])
async def test_who_is_cancelled_before_its_task_began_has_ended(what: str) -> None:
    """As by a program that cancels all there is and then waits for the runtime to be idle."""
    runtime = quick()

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        """Never begins, unless a send's begins at once."""

    await subscribed(runtime, a=handler)
    runtime.start()
    before = asyncio.all_tasks()
    if what == "send":
        sender = asyncio.ensure_future(runtime.send_message(Ask(1), await runtime.get("a")))
        asyncio.get_running_loop().call_soon(
            lambda: [each.cancel() for each in asyncio.all_tasks() - before - {sender}]
        )
        assert await ends(sender) is None  # it began at once
    else:
        await runtime.publish_message(Ask(1), TOPIC)
        for task in asyncio.all_tasks() - before:
            task.cancel()
        [dead] = await _dead(runtime)
        assert dead == "timed out: CancelledError: cancelled before it began"
    await ends(runtime.stop_when_idle())


async def _dead(runtime: TracedRuntime) -> list[str]:
    async def some() -> list[str]:
        while not runtime.dead_letters():  # noqa: ASYNC110 no event says so
            await asyncio.sleep(0.01)
        return [each.reason for each in runtime.dead_letters()]

    return await ends(some())


async def test_a_factory_that_asks_the_agent_it_makes_waits_for_itself() -> None:
    """Whatever timers are set: the question waits for the agent, and that for its factory."""
    runtime = quick()
    to = AgentId("a", "default")

    async def make() -> Scripted:
        await runtime.send_message(Ask(1), to)
        raise AssertionError("it is not answered")

    await runtime.register_factory("a", make)
    runtime.start()
    timer = asyncio.ensure_future(asyncio.sleep(1_800))
    assert isinstance(await ends(runtime.send_message(Ask(0), to)), Deadlock)
    timer.cancel()
    await ends(runtime.stop_when_idle())
