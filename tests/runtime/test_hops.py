"""Hops through the event loop and sends that are handled at once, under `compat="autogen"`: cheaper
than AutoGen's, and in the same order."""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from typing import Any

import pytest
from autogen_core import AgentId, SingleThreadedAgentRuntime, TopicId, TypeSubscription

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.hops import Hop, ready_of

from .agents import Ask, ends, script

Runtime = TracedRuntime | SingleThreadedAgentRuntime
RUNTIMES: tuple[Any, ...] = (
    SingleThreadedAgentRuntime,
    lambda: TracedRuntime(compat="autogen", record=False),
)
both = pytest.mark.parametrize("make", RUNTIMES, ids=("upstream", "ours"))


async def one(runtime: Any, name: str, act: Any) -> AgentId:
    to = await script(runtime, name, act)
    await runtime.get(to, lazy=False)
    return to


# -- hops --------------------------------------------------------------------------------------
async def test_a_hop_takes_its_turn() -> None:
    loop, log = asyncio.get_running_loop(), list[str]()

    def hopped() -> None:
        log.append("hop")
        loop.call_soon(log.append, "of the hop")

    loop.call_soon(log.append, "before")
    Hop(loop, hopped, contextvars.copy_context()).soon()
    loop.call_soon(log.append, "after")
    loop.call_soon(lambda: loop.call_soon(log.append, "of the last"))
    await asyncio.sleep(0)
    assert log == ["before", "hop", "after", "of the hop", "of the last"][: len(log)]
    await asyncio.sleep(0)
    assert log == ["before", "hop", "after", "of the hop", "of the last"]


async def test_what_runs_on_behind_a_hop_keeps_it_no_more() -> None:
    """A program may let a runtime go there, and its memory be looked at."""

    class Pump:
        def turn(self) -> None:
            """It is over with this one."""

    loop, there = asyncio.get_running_loop(), list[bool]()
    pump = Pump()
    known = weakref.ref(pump)
    hop = Hop(loop, pump.turn, contextvars.copy_context())
    hop.soon()
    del pump, hop
    loop.call_soon(lambda: there.append(known() is not None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert there == [False]


async def test_what_goes_on_hopping_lets_timers_and_io_have_their_turn() -> None:
    loop, hops, timed = asyncio.get_running_loop(), 0, asyncio.Event()

    def hopped() -> None:
        nonlocal hops
        hops += 1
        if not timed.is_set() and hops < 10_000_000:
            hop.soon()

    hop = Hop(loop, hopped, contextvars.copy_context())
    loop.call_later(0.01, timed.set)
    hop.soon()
    await timed.wait()
    await asyncio.to_thread(lambda: None)  # its end comes by I/O
    assert 1 < hops < 10_000_000


def test_a_loop_that_is_stopped_runs_what_it_had_counted_and_no_more() -> None:
    loop, log = asyncio.new_event_loop(), list[str]()

    def hopped() -> None:
        log.append("hop")
        loop.call_soon(log.append, "later")

    Hop(loop, hopped, contextvars.copy_context()).soon()
    loop.call_soon(loop.stop)
    loop.call_soon(log.append, "counted")
    loop.run_forever()
    assert log == ["hop", "counted"] or log == ["hop", "counted", "later"]
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert log == ["hop", "counted", "later"]
    loop.close()


async def test_two_that_hop_do_not_nest() -> None:
    """As runtimes of nested and of parallel teams do."""
    loop, turns, left = asyncio.get_running_loop(), list[int](), [3_000, 3_000]
    hops: list[Hop] = []
    done = asyncio.Event()

    def hopping(which: int) -> Any:
        def hopped() -> None:
            turns.append(which)
            left[which] -= 1
            if left[which]:
                hops[which].soon()
            elif not any(left):
                done.set()

        return hopped

    hops += [Hop(loop, hopping(each), contextvars.copy_context()) for each in (0, 1)]
    for hop in hops:
        hop.soon()
    await done.wait()
    assert turns == [0, 1] * 3_000


def test_a_loop_in_debug_mode_or_closed_is_asked() -> None:
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    assert not ready_of(loop).open
    hop = Hop(loop, lambda: None, contextvars.copy_context())
    hop.soon()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        hop.soon()


# -- sends that are handled at once ----------------------------------------------------------------
@both
async def test_what_a_handler_sets_off_comes_before_its_sender(make: Any) -> None:
    runtime, log = make(), list[Any]()

    async def handler(agent: Any, message: Any, ctx: Any) -> int:
        loop = asyncio.get_running_loop()
        if message.n:
            loop.call_soon(log.append, f"called {message.n}")
            task = loop.create_task(other(message.n))
            assert task is not asyncio.current_task()
        log.append(f"handled {message.n}")
        return int(message.n)

    async def other(n: int) -> None:
        log.append(f"task {n}")

    to = await one(runtime, "a", handler)
    runtime.start()
    for n in (0, 1, 0, 2):
        assert await runtime.send_message(Ask(n), to) == n
        log.append(f"sent {n}")
    assert log == [
        *("handled 0", "sent 0", "handled 1", "called 1", "task 1", "sent 1"),
        *("handled 0", "sent 0", "handled 2", "called 2", "task 2", "sent 2"),
    ]
    await runtime.stop_when_idle()


async def test_a_publish_of_its_handler_comes_as_it_does_upstream() -> None:
    async def tells(agent: Any, message: Any, ctx: Any) -> None:
        await agent.publish_message(Ask(message.n), TopicId("t", "default"))

    async def run(make: Any) -> list[str]:
        runtime, log = make(), list[str]()

        async def hears(agent: Any, message: Any, ctx: Any) -> None:
            log.append(f"heard {message.n}")

        to = await one(runtime, "a", tells)
        await one(runtime, "b", hears)
        await runtime.add_subscription(TypeSubscription("t", "b"))
        runtime.start()
        for n in range(20):
            await runtime.send_message(Ask(n), to)
            log.append(f"sent {n}")
        await runtime.stop_when_idle()
        return log

    upstream, ours = [await run(make) for make in RUNTIMES]
    assert ours == upstream


@both
async def test_it_has_a_task_and_context_of_its_own(make: Any) -> None:
    runtime, seen = make(), list[Any]()
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")

    async def handler(agent: Any, message: Any, ctx: Any) -> str:
        seen.append((asyncio.current_task() is sender, who.get()))
        who.set("handler")
        async with asyncio.timeout(5):
            if message.n:
                await asyncio.sleep(0)
        return who.get()

    to = await one(runtime, "a", handler)
    runtime.start()
    sender = asyncio.current_task()
    who.set("sender")
    for n in (0, 1):
        assert await runtime.send_message(Ask(n), to) == "handler"
        assert (asyncio.current_task(), who.get()) == (sender, "sender")
    assert seen == [(False, "nobody")] * 2
    await runtime.stop_when_idle()


@both
async def test_sends_within_sends_failures_and_cancels(make: Any) -> None:
    runtime = make()

    async def down(agent: Any, message: Any, ctx: Any) -> Any:
        if message.n < 0:
            raise KeyError("gone")
        if message.n == 1_000:
            asyncio.current_task().cancel("enough")  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
            await asyncio.sleep(0)
        if message.n and message.n < 1_000:
            return 1 + await agent.send_message(Ask(message.n - 1), AgentId("b", "default"))
        return 0

    to = await one(runtime, "a", down)
    await one(runtime, "b", down)
    runtime.start()
    assert await runtime.send_message(Ask(1), to) == 1
    assert isinstance(await ends(runtime.send_message(Ask(-1), to)), KeyError)
    assert isinstance(await ends(runtime.send_message(Ask(1_000), to)), asyncio.CancelledError)
    assert await runtime.send_message(Ask(0), to) == 0
    await runtime.stop_when_idle()


@both
async def test_a_long_row_of_sends_lets_others_run(make: Any) -> None:
    runtime, turns = make(), 0

    async def nothing(agent: Any, message: Any, ctx: Any) -> None: ...

    to = await one(runtime, "a", nothing)
    runtime.start()
    timed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, timed.set)
    while not timed.is_set() and turns < 1_000_000:
        await runtime.send_message(Ask(0), to)
        turns += 1
    assert timed.is_set()
    await runtime.stop_when_idle()
