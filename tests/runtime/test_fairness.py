"""Nobody who has a message waiting is kept from it by others who have more."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from autogen_core import AgentId, TopicId, TypeSubscription

from .agents import Ask, ends, quick, script, ticks

PAIRS = 5


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_agents_that_always_have_work_take_turns(compat: str) -> None:
    """Pairs that play a ball to and fro, side by side: none is more than a move ahead."""
    runtime = quick(compat=compat)
    moves: list[str] = []

    async def plays(agent: Any, message: Any, ctx: Any) -> None:
        moves.append(agent.id.type[1:])
        if message.n:
            to = "ab"[agent.id.type[0] == "a"] + agent.id.type[1:]
            await agent.publish_message(Ask(message.n - 1), TopicId(to, "default"))

    for pair in range(PAIRS):
        for name in (f"a{pair}", f"b{pair}"):
            await runtime.get(await script(runtime, name, plays), lazy=False)
            await runtime.add_subscription(TypeSubscription(name, name))
    runtime.start()
    for pair in range(PAIRS):
        await runtime.publish_message(Ask(100), TopicId(f"a{pair}", "default"))
    await ends(runtime.stop_when_idle())
    made: Counter[str] = Counter(str(pair) for pair in range(PAIRS))
    for each in moves:
        made[each] += 1
        assert max(made.values()) - min(made.values()) <= 1
    assert len(moves) == PAIRS * 101


async def test_a_flood_for_one_agent_holds_up_no_other() -> None:
    """With one message at a time: the flooded agent has a thousand to go when another one gets
    what was posted last."""
    runtime = quick(at_once=1)
    handled: list[str] = []

    async def slowly(agent: Any, message: Any, ctx: Any) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        handled.append(agent.id.type)

    flooded = await script(runtime, "flooded", slowly)
    other = await script(runtime, "other", slowly)
    await runtime.add_subscription(TypeSubscription("t", "flooded"))
    await runtime.get(flooded, lazy=False)
    await runtime.get(other, lazy=False)
    runtime.start()
    for n in range(1_000):
        await runtime.publish_message(Ask(n), TopicId("t", "default"))
    await runtime.send_message(Ask(0), other)
    assert handled.count("flooded") <= 2
    await ends(runtime.stop_when_idle())
    assert handled.count("flooded") == 1_000


async def test_a_sender_that_never_pauses_lets_others_by() -> None:
    """Its handlers answer at once: without a bound on that nothing else would run."""
    runtime = quick()
    log: list[str] = []

    async def answers(agent: Any, message: Any, ctx: Any) -> Any:
        log.append("busy")
        return message

    async def asks(agent: Any, message: Any, ctx: Any) -> None:
        for n in range(2_000):
            await agent.send_message(Ask(n), AgentId("answers", "default"))

    async def counts(agent: Any, message: Any, ctx: Any) -> None:
        log.append("other")
        if message.n:
            to = "other" if agent.id.type == "another" else "another"
            await agent.publish_message(Ask(message.n - 1), TopicId(to, "default"))

    for name, act in (("answers", answers), ("other", counts), ("another", counts)):
        await runtime.get(await script(runtime, name, act), lazy=False)
        await runtime.add_subscription(TypeSubscription(name, name))
    asker = await script(runtime, "asker", asks)
    runtime.start()
    await runtime.publish_message(Ask(20), TopicId("other", "default"))
    await runtime.send_message(Ask(0), asker)
    last = len(log) - 1 - log[::-1].index("other")
    assert log.count("other") == 21
    assert last < len(log) - 100  # they were through while the asker was still at it
    await ends(runtime.stop_when_idle())


async def test_who_waits_for_room_in_a_mailbox_gets_it_in_turn() -> None:
    runtime = quick(at_once=1, mailbox=1, mailbox_policy="block")
    handled: list[int] = []

    async def slowly(agent: Any, message: Any, ctx: Any) -> None:
        await asyncio.sleep(0)
        handled.append(message.n)

    to = await script(runtime, "slow", slowly)
    runtime.start()
    await ends(asyncio.gather(*(runtime.send_message(Ask(n), to) for n in range(50))))
    assert handled == list(range(50))
    await ends(runtime.stop_when_idle())


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_who_comes_later_does_not_take_the_room_of_who_waited(size: int) -> None:
    """Room is there before whoever waited for it has gone on; nobody may step in meanwhile, not
    even where more room is there than was waited for."""
    runtime = quick(mailbox=size, mailbox_policy="block")
    handled: list[int] = []

    async def handles(agent: Any, message: Any, ctx: Any) -> None:
        handled.append(message.n)

    to = await script(runtime, "one", handles)
    await runtime.get(to, lazy=False)
    runtime.start()
    for pause in range(6):
        handled.clear()
        sends = [asyncio.ensure_future(runtime.send_message(Ask(n), to)) for n in range(size + 1)]
        for _ in range(pause):
            await asyncio.sleep(0)
        sends.append(asyncio.ensure_future(runtime.send_message(Ask(size + 1), to)))
        await ends(asyncio.gather(*sends))
        assert handled == list(range(size + 2)), pause
    await ends(runtime.stop_when_idle())


async def test_room_that_came_too_late_is_the_next_ones() -> None:
    runtime = quick(mailbox=1, mailbox_policy="block")
    goes_on = asyncio.Event()

    async def handles(agent: Any, message: Any, ctx: Any) -> int:
        if message.n == 0:
            await goes_on.wait()
        return message.n

    to = await script(runtime, "one", handles)
    runtime.start()
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), to)) for n in range(4)]
    await asyncio.sleep(0)
    sends[1].cancel()  # while it waits
    goes_on.set()
    await sends[0]
    sends[2].cancel()  # when it has been given room, and has not gone on
    assert await ends(sends[3]) == 3
    assert await ends(runtime.send_message(Ask(4), to)) == 4
    await ends(runtime.stop_when_idle())


async def test_a_publish_that_waits_for_room_holds_up_nobody_elsewhere() -> None:
    """The full mailbox gets room only when its agent has been answered, by one that asks another
    subscriber of the same publish: kept in order, the three would wait for each other."""
    runtime = quick(at_once=1, mailbox=1, mailbox_policy="block")
    log: list[Any] = []
    published = asyncio.Event()

    async def full(agent: Any, message: Any, ctx: Any) -> None:
        log.append(("full", message.n))
        if message.n == 0:
            await published.wait()
            await agent.send_message(Ask(1), AgentId("asked", "default"))

    async def asked(agent: Any, message: Any, ctx: Any) -> None:
        await agent.send_message(Ask(2), AgentId("free", "default"))

    async def free(agent: Any, message: Any, ctx: Any) -> None:
        log.append(("free", message.n))

    for name, act in {"full": full, "asked": asked, "free": free}.items():
        await runtime.get(await script(runtime, name, act), lazy=False)
    for name in ("full", "free"):
        await runtime.add_subscription(TypeSubscription("t", name))
    runtime.start()
    first = asyncio.ensure_future(runtime.send_message(Ask(0), AgentId("full", "default")))
    await ticks()
    me, topic = AgentId("asked", "default"), TopicId("t", "default")
    late = asyncio.ensure_future(runtime.publish_message(Ask(9), topic, sender=me))
    await ticks()
    published.set()
    assert await ends(first) is None
    await ends(late)
    await ends(runtime.stop_when_idle())
    assert sorted(log) == [("free", 2), ("free", 9), ("full", 0), ("full", 9)]
    assert log[:2] == [("full", 0), ("free", 2)]
