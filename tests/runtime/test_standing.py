"""Where a task stands: the same whether its handler is driven or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agentloupe.runtime.accounting import Account, Timed
from agentloupe.runtime.driver import Slices
from agentloupe.runtime.standing import Standing, stand
from agentloupe.tracer.sampler import Sampler

Waits = Callable[[], Awaitable[Any]]


async def event() -> None:
    await asyncio.Event().wait()


async def lock() -> None:
    held = asyncio.Lock()
    await held.acquire()
    async with held:
        pass


async def semaphore() -> None:
    async with asyncio.Semaphore(0):
        pass


async def queue() -> None:
    await asyncio.Queue[int]().get()


async def condition() -> None:
    ready = asyncio.Condition()
    async with ready:
        await ready.wait()


async def timer() -> None:
    await asyncio.sleep(60)


async def future() -> None:
    await asyncio.get_running_loop().create_future()


async def task() -> None:
    await asyncio.create_task(event())


async def shielded() -> None:
    await asyncio.shield(event())


async def gathered() -> None:
    await asyncio.gather(event(), event())


async def grouped() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(event())


async def waited_for() -> None:
    await asyncio.wait_for(event(), 60)


async def bounded() -> None:
    async with asyncio.timeout(60):
        await event()


async def numbers() -> AsyncIterator[int]:
    yield 1
    await event()


async def streamed() -> None:
    async for _ in numbers():
        pass


async def asked_for_the_next() -> None:
    stream = numbers()
    await anext(stream)
    await anext(stream)


async def reluctant() -> AsyncIterator[int]:
    try:
        yield 1
    finally:
        await event()


async def closed() -> None:
    stream: Any = reluctant()
    await anext(stream)
    await stream.aclose()


async def thrown_into() -> None:
    stream: Any = reluctant()
    await anext(stream)
    await stream.athrow(ValueError("no"))


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    await event()
    yield


async def entered() -> None:
    async with opened():
        pass


async def first_of_two() -> None:
    done = asyncio.create_task(event())
    other = asyncio.create_task(timer())
    await asyncio.wait({done, other}, return_when=asyncio.FIRST_COMPLETED)


class Awaited:
    def __await__(self) -> Any:
        return event().__await__()


async def by_its_own_await() -> None:
    await Awaited()


#: what waits, on what, how often, whether something outside ends it
CASES: list[tuple[Waits, str, int, bool]] = [
    (event, "event", 1, False),
    (lock, "lock", 1, False),
    (semaphore, "lock", 1, False),
    (queue, "queue", 1, False),
    (condition, "event", 1, False),
    (timer, "timer", 1, True),
    (future, "future", 1, False),
    (task, "event", 1, False),
    (shielded, "event", 1, False),
    (gathered, "event", 2, False),
    (grouped, "event", 1, False),
    (waited_for, "event", 1, True),
    (bounded, "event", 1, True),
    (streamed, "event", 1, False),
    (asked_for_the_next, "event", 1, False),
    (closed, "event", 1, False),
    (thrown_into, "event", 1, False),
    (entered, "event", 1, False),
    (by_its_own_await, "event", 1, False),
]


def plainly(coroutine: Any) -> Any:
    return coroutine


def in_slices(coroutine: Any) -> Any:
    sampler = Sampler(lambda _: None)
    return Slices(coroutine, sampler, sampler.tallies.tally("a"))


def timed(coroutine: Any) -> Any:
    return Timed(coroutine, Account())


def both(coroutine: Any) -> Any:
    return in_slices(timed(coroutine))


async def looked_at(waits: Waits, driven: Callable[[Any], Any]) -> list[Standing]:
    async def handler() -> Any:
        return await driven(waits())

    running = asyncio.create_task(handler())
    for _ in range(5):
        await asyncio.sleep(0)
    found = stand(running)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.wait(others)
    return found


@pytest.mark.parametrize("driven", [plainly, in_slices, timed, both])
@pytest.mark.parametrize(
    ("waits", "on", "times", "external"), CASES, ids=[case[0].__name__ for case in CASES]
)
async def test_a_wait_is_known(
    waits: Waits, on: str, times: int, external: bool, driven: Callable[[Any], Any]
) -> None:
    found = await looked_at(waits, driven)
    assert [each.on for each in found] == [on] * times
    assert all(each.external is external for each in found)
    assert all("test_standing.py:" in each.where for each in found)
    assert all(each.leaf is not None for each in found)


async def test_any_of_several_is_enough() -> None:
    found = await looked_at(first_of_two, plainly)
    assert sorted(each.on for each in found) == ["event", "timer"]
    assert all(each.any_of for each in found)


async def test_what_runs_waits_for_nothing() -> None:
    async def spins() -> None:
        while True:  # noqa: ASYNC110 it is to run
            await asyncio.sleep(0)

    [standing] = await looked_at(spins, plainly)
    assert standing.on == "nothing"
