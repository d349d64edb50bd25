"""Waits of the program itself that run out of time: noted when an agent knows what is awaited."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from autogen_core import AgentId, MessageContext, RoutedAgent, message_handler

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.model import GaveUp

SHORT = 0.01  # what the tests themselves wait for in vain


@dataclass
class Work:
    text: str


class Worker(RoutedAgent):
    """Holds what it was given, and does nothing with it."""

    def __init__(self, held: Any) -> None:
        super().__init__("works")
        self.held = held

    @message_handler
    async def work(self, message: Work, ctx: MessageContext) -> None:
        pass


async def waited(folder: Path, held: Any, wait: Callable[[], Awaitable[object]]) -> list[GaveUp]:
    """What is noted when a program waits in vain while an agent holds something."""
    path = folder / "run.loupe"
    with record("waits", path=path):
        runtime = TracedRuntime()
        await Worker.register(runtime, "worker", lambda: Worker(held))
        runtime.start()
        await runtime.send_message(Work("go"), AgentId("worker", "x"))
        with contextlib.suppress(TimeoutError):
            await wait()
        await runtime.stop_when_idle()
    with open_recording(path) as recording:
        return list(recording.info.gave_up)


async def with_timeout(wait: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(SHORT):
        await wait()


@pytest.mark.parametrize("how", ["wait_for", "timeout"])
async def test_an_event_that_an_agent_should_set(tmp_path: Path, how: str) -> None:
    event = asyncio.Event()

    async def wait() -> None:
        if how == "timeout":
            await with_timeout(event.wait)
        await asyncio.wait_for(event.wait(), SHORT)

    [noted] = await waited(tmp_path, {"done": event}, wait)
    assert noted.what == "Event.wait"
    assert noted.where.startswith("test_patience.py:")
    assert noted.times == 1


async def test_a_future(tmp_path: Path) -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    [noted] = await waited(tmp_path, [future], lambda: asyncio.wait_for(future, SHORT))
    assert noted.what == "a future"


async def test_what_no_agent_knows_is_the_programs_own(tmp_path: Path) -> None:
    event = asyncio.Event()
    assert await waited(tmp_path, None, lambda: asyncio.wait_for(event.wait(), SHORT)) == []


async def test_the_next_item_of_a_queue_may_just_not_have_come(tmp_path: Path) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    assert await waited(tmp_path, queue, lambda: asyncio.wait_for(queue.get(), SHORT)) == []


async def test_a_wait_that_ends_in_time(tmp_path: Path) -> None:
    event = asyncio.Event()
    event.set()
    assert await waited(tmp_path, event, lambda: asyncio.wait_for(event.wait(), 60)) == []


async def test_a_place_that_looks_again_and_again_is_told_apart(tmp_path: Path) -> None:
    event = asyncio.Event()

    async def look() -> None:
        for _ in range(3):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), SHORT)

    [noted] = await waited(tmp_path, event, look)
    assert noted.times == 2


def test_asyncio_is_put_back(tmp_path: Path) -> None:
    before = asyncio.tasks._release_waiter, asyncio.timeouts.Timeout._on_timeout  # pyright: ignore[reportAttributeAccessIssue]  asyncio's own
    with record("waits", path=tmp_path / "run.loupe"):
        assert asyncio.tasks._release_waiter is not before[0]  # pyright: ignore[reportAttributeAccessIssue]
    assert (asyncio.tasks._release_waiter, asyncio.timeouts.Timeout._on_timeout) == before  # pyright: ignore[reportAttributeAccessIssue]
