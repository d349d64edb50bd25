"""A real program under `loupe run`, held, stepped and answered by keys."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.replay import ReplayScreen

from .grids import text_grid
from .test_live import until

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
PATIENCE = 60.0
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def begin(path: Path, program: str, *options: str) -> subprocess.Popen[str]:
        loupe = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path)]
        it = subprocess.Popen(
            [*loupe, *options, str(APPS / program)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(it)
        return it

    yield begin
    for it in running:
        if it.poll() is None:
            os.killpg(it.pid, signal.SIGKILL)
        it.communicate()


async def begun(path: Path, program: subprocess.Popen[str]) -> None:
    """Wait until its recording is there."""
    there = path.exists
    while not there():
        assert program.poll() is None
        await asyncio.sleep(0.02)


async def said(pilot: Pilot[int], *texts: str) -> None:
    """Wait until all of the texts stand on the screen."""
    await until(pilot, lambda: all(text in text_grid(pilot.app) for text in texts), PATIENCE)


async def steered(pilot: Pilot[int]) -> ReplayScreen:
    """The replay, once the program can be talked to."""
    app = pilot.app
    if not isinstance(app.screen, ReplayScreen):  # its run had not begun yet
        await until(pilot, lambda: "running" in text_grid(app), PATIENCE)
        await pilot.press("enter")
    screen = app.screen
    assert isinstance(screen, ReplayScreen)
    await until(pilot, lambda: screen.steered, PATIENCE)
    return screen


def held_before(replay: ReplayScreen) -> object:
    """The number in the message that the program is held before."""
    message = replay.live.steering.next
    body = message.body if message is not None else None
    return cast("dict[str, object]", body)["n"] if isinstance(body, dict) else None


async def test_a_program_is_held_stepped_and_let_go(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "counting.loupe"
    program = start(path, "counting.py", "--pause-at", "type:Count")
    assert program.stdout is not None
    await begun(path, program)
    app = LoupeApp([path], follow=True, inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        replay = await steered(pilot)
        await pilot.press("9")
        await said(pilot, "before program → counter", "type:Count")
        await pilot.press("s")
        await until(pilot, lambda: replay.session.total == 1, PATIENCE)
        await until(pilot, lambda: held_before(replay) == 1, PATIENCE)
        it = replay.live.steering
        await until(pilot, lambda: it.next in it.queue and bool(it.breakpoints), PATIENCE)
        await pilot.press("G", "k", "delete")  # the row of the queue, above the breakpoint's
        await until(pilot, lambda: held_before(replay) == 2, PATIENCE)
        await pilot.press("colon", *"break type:Count", "enter")
        await until(pilot, lambda: not replay.live.steering.breakpoints, PATIENCE)
        await pilot.press("p")
        await said(pilot, "cannot be steered")
        assert program.stdout.read().split() == ["0", "MessageDroppedException", "2", "3"]


async def test_a_person_is_answered_by_keys(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "asking.loupe"
    program = start(path, "asks_a_person.py", "--live")
    assert program.stdout is not None
    await begun(path, program)
    app = LoupeApp([path], follow=True, inline=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await steered(pilot)
        await said(pilot, "☻ a person is asked")
        await pilot.press("a", *"forty-two", "enter")
        await said(pilot, "ended")
        assert program.stdout.read().strip().endswith("user said forty-two")
