"""A handler that is measured behaves as one that is not."""

from __future__ import annotations

import asyncio
import gc
from asyncio import base_events
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any, cast

import pytest

from agentloupe.runtime.accounting import Account, Timed
from agentloupe.runtime.driver import Slices, Started, measured
from agentloupe.runtime.instruments.threads import instrumentor
from agentloupe.tracer.sampler import Sampler

Handler = Callable[[list[Any]], Awaitable[Any]]
where: ContextVar[str] = ContextVar("where", default="outside")


async def returns(log: list[Any]) -> Any:
    await asyncio.sleep(0)
    return 42


async def raises(log: list[Any]) -> Any:
    await asyncio.sleep(0)
    raise KeyError("gone")


async def waits_too_long(log: list[Any]) -> Any:
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    except TimeoutError:
        log.append("timed out")


async def has_a_deadline(log: list[Any]) -> Any:
    try:
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()
    except TimeoutError:
        log.append("deadline")


async def groups_tasks(log: list[Any]) -> Any:
    async def fail() -> None:
        raise ValueError("one of the group")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.Event().wait())
            await asyncio.Event().wait()
    except* ValueError as errors:
        log.append(repr(errors.exceptions))


async def is_cancelled_and_cleans_up(log: list[Any]) -> Any:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().call_soon(task.cancel, "enough")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as error:
        log.append(error.args)
        await asyncio.sleep(0)
        log.append("cleaned up")
        raise


async def swallows_a_cancel(log: list[Any]) -> Any:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().call_soon(task.cancel)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        log.append(task.uncancel())
    return "went on"


async def sets_context(log: list[Any]) -> Any:
    token = where.set("inside")
    await asyncio.sleep(0)
    log.append(where.get())
    log.append(await asyncio.create_task(child()))
    where.reset(token)
    log.append(where.get())


async def child() -> str:
    return where.get()


async def iterates(log: list[Any]) -> Any:
    async def numbers() -> AsyncIterator[int]:
        try:
            for n in range(9):
                await asyncio.sleep(0)
                yield n
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    stream = numbers()
    async for n in stream:
        log.append(n)
        if n == 2:
            break
    await stream.aclose()


async def throws_into_a_generator(log: list[Any]) -> Any:
    async def catching() -> AsyncIterator[str]:
        try:
            yield "first"
        except KeyError as error:
            yield f"caught {error}"

    stream = catching()
    log.append(await anext(stream))
    log.append(await stream.athrow(KeyError("k")))
    await stream.aclose()


async def awaits_a_future_that_fails(log: list[Any]) -> Any:
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_exception, OSError("no"))
    await future


HANDLERS = [
    returns,
    raises,
    waits_too_long,
    has_a_deadline,
    groups_tasks,
    is_cancelled_and_cleans_up,
    swallows_a_cancel,
    sets_context,
    iterates,
    throws_into_a_generator,
    awaits_a_future_that_fails,
]


async def outcome(
    make: Callable[[list[Any]], Awaitable[Any]], wrap: Callable[[Any], Any] = lambda body: body
) -> tuple[Any, ...]:
    """What a task of it comes to: result, exception, cancel message, and its log."""
    log: list[Any] = []

    async def body() -> Any:
        result = await make(log)
        return result, where.get()

    task = asyncio.create_task(wrap(body()))
    await asyncio.wait([task])
    if task.cancelled():
        try:
            task.result()
        except asyncio.CancelledError as error:
            return "cancelled", error.args, log
    error = task.exception()
    return ("raised", repr(error), log) if error else ("returned", task.result(), log)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda f: f.__name__)
async def test_driven_as_undriven(handler: Handler) -> None:
    sampler = Sampler(lambda reading: None)
    tally = sampler.tallies.tally("a")
    try:
        driven = await outcome(lambda log: Slices(handler(log), sampler, tally))  # type: ignore[arg-type]
        timed = await outcome(lambda log: Timed(handler(log), Account()))  # type: ignore[arg-type]
        both = await outcome(lambda log: Slices(Timed(handler(log), Account()), sampler, tally))  # type: ignore[arg-type]
        assert driven == timed == both == await outcome(handler)
    finally:
        sampler.close()


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("left", [0, 1, 1_000])
async def test_a_measured_task_as_another(handler: Handler, left: int) -> None:
    sampler = Sampler(lambda reading: None)
    sampler.slices_of_a_task = left
    try:
        started = await outcome(
            handler, lambda body: Started(body, sampler, sampler.tallies.tally("a"))
        )
        assert started == await outcome(handler)
    finally:
        sampler.close()


async def test_a_measured_task_shows_the_coroutine_it_runs() -> None:
    sampler = Sampler(lambda reading: None)
    loop = asyncio.get_running_loop()
    undo = instrumentor.install(cast("Any", None), base_events)
    try:
        tally = sampler.tallies.tally("a")
        token = measured.set((sampler, tally))
        task = asyncio.create_task(returns([]), name="mine")
        measured.reset(token)
        assert "coro=<returns()" in repr(task)
        assert task.get_stack()[0].f_code is returns.__code__
        assert await task == 42
        assert tally.slices == 2
        assert type(loop.create_task(other := returns([])).get_coro()) is type(other)
    finally:
        undo()
        sampler.close()
    assert "create_task" not in vars(loop)


async def test_slices_of_others_are_not_counted() -> None:
    """Two handlers that take turns: each is booked what it keeps itself."""
    sampler = Sampler(lambda reading: None)
    kept: dict[str, list[Any]] = {"small": [], "large": []}

    async def keep(name: str, count: int) -> None:
        for _ in range(20):
            kept[name] += [object() for _ in range(count)]
            await asyncio.sleep(0)

    tallies = {name: sampler.tallies.tally(name) for name in kept}
    small = Slices(keep("small", 10), sampler, tallies["small"])
    large = Slices(keep("large", 1_000), sampler, tallies["large"])

    async def run(slices: Slices) -> None:
        await slices

    # What tests before this one left is freed here, not in the middle of a slice.
    gc.collect()
    gc.disable()
    try:
        await asyncio.gather(run(small), run(large))
    finally:
        gc.enable()
    sampler.close()
    # a slice may be a block short: what it is measured by was there before it
    assert 19_980 <= tallies["large"].blocks < 21_000
    assert 180 <= tallies["small"].blocks < 1_200
