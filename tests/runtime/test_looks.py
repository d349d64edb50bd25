"""Looks at an event loop: one for all runtimes in it, and soon again where somebody is ended."""

from __future__ import annotations

import asyncio
import math
from types import FrameType
from typing import Any

import pytest

from agentloupe.runtime import beat, watch

from .agents import QUICK, Ask, quick, script


class Looks:
    """Is watched, and says each time whether it is urgent."""

    seconds = QUICK
    blocked_after = math.inf

    def __init__(self, *, urgent: bool) -> None:
        self.urgent = urgent

    def look(self, round: beat.Round) -> bool:  # noqa: A002 as the protocol has it
        round.urgent = self.urgent
        return True

    def blocked(self, frame: FrameType, seconds: float) -> None:
        raise AssertionError("nothing blocks")


@pytest.mark.parametrize("urgent", [True, False])
async def test_what_a_look_takes_puts_off_the_next_unless_it_is_urgent(
    urgent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beat, "SHARE", math.inf)
    looked, watched = beat._Loop(asyncio.get_running_loop()), Looks(urgent=urgent)
    looked.add(watched)
    looked._look()
    assert math.isfinite(looked.next) == urgent


async def test_nothing_stays_of_what_is_gone_between_two_looks() -> None:
    """A program that makes a runtime for each run would leak by it until the next beat."""
    looked, kept = beat._Loop(asyncio.get_running_loop()), Looks(urgent=False)
    looked.add(kept)
    for _ in range(100):
        looked.add(Looks(urgent=False))
    assert len(looked._watched) <= 2
    assert looked.watched == [kept]


async def test_all_runtimes_of_a_loop_are_looked_at_by_one_scene(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenes: list[int] = []

    class Counted(watch.Scene):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            scenes.append(len(self.deliveries))

    monkeypatch.setattr(watch, "Scene", Counted)
    goes_on = asyncio.Event()

    async def waits(agent: Any, message: Any, ctx: Any) -> None:
        await goes_on.wait()

    runtimes = [quick(hangs="warn", beat=3600.0) for _ in range(3)]
    sends: list[asyncio.Task[Any]] = []
    for runtime in runtimes:
        to = await script(runtime, "waiter", waits)
        runtime.start()
        sends.append(asyncio.create_task(runtime.send_message(Ask(1), to)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    looked = beat.Round([each._post.watch for each in runtimes])
    for each in looked.watched:
        each.look(looked)
    assert scenes == [3]
    goes_on.set()
    await asyncio.gather(*sends)
    for runtime in runtimes:
        await runtime.stop_when_idle()
