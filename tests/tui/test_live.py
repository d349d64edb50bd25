"""Threads, child processes and runs that are still written: not inline, polled with deadlines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agentloupe.tracer.recorder import Recorder
from agentloupe.tui import session as session_module
from agentloupe.tui.app import LoupeApp
from agentloupe.tui.checking import Checker
from agentloupe.tui.findings import Findings
from agentloupe.tui.screens.replay import ReplayScreen

from .grids import text_grid
from .scenes import CODER, EXECUTOR, Stage, odd, play, sales, text

Record = Callable[..., Path]


async def until(pilot: Pilot[int], holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, text_grid(pilot.app)
        await asyncio.sleep(0.02)
    await pilot.pause()


async def test_a_run_is_checked_in_the_background(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)])
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await until(pilot, lambda: "LOOP002" in text_grid(app))


async def test_a_list_is_read_and_checked_in_the_background(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd)])
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: "LOOP002" in text_grid(app))


async def test_what_was_checked_in_the_list_is_not_checked_again(
    recorded: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = LoupeApp([recorded(sales, odd)])
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: "LOOP002" in text_grid(app))
        monkeypatch.setattr(Checker, "judge", lambda *_: pytest.fail("checked again"))
        await pilot.press("enter", "n")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        assert screen.session.cursor.step == screen.session.findings.marks[0].first


async def test_a_long_run_is_indexed_while_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "AT_ONCE", 20)
    monkeypatch.setattr(session_module, "CHUNK", 7)
    app = LoupeApp([play(tmp_path / "long.loupe", sales)])
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        await pilot.press("G")
        assert screen.session.cursor.step == 36
        await until(pilot, lambda: screen.session.indexed)
        await until(pilot, lambda: screen.session.folding.rows == 7)
        assert screen.session.cursor.step == 36
        assert "×8" in text_grid(app)
        await pilot.press("tab")
        assert "against #4, 32 steps earlier" in text_grid(app)


async def test_a_run_that_is_written_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "live.loupe"
    with Recorder(path, program="live", argv=("live",)) as recorder:
        stage = Stage(recorder)
        stage.run("live")

        def more(count: int) -> None:
            for number in range(count):
                stage.message(CODER, EXECUTOR, "Note", text(f"{stage.delivered} {number}", "coder"))
            recorder.flush()

        more(5)
        app = LoupeApp([path], follow=True, inline=True)
        async with app.run_test(size=(130, 38)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
            screen = app.screen
            assert isinstance(screen, ReplayScreen)
            await until(pilot, lambda: screen.session.cursor.step == 4)
            assert "following" in text_grid(app)
            more(40)
            await until(pilot, lambda: screen.session.cursor.step == 44)
            await pilot.press("k")
            assert "following paused" in text_grid(app)
            more(10)
            await until(pilot, lambda: screen.session.total == 55)
            assert screen.session.cursor.step == 43
            await pilot.press("F")
            assert screen.session.cursor.step == 54
            stage.end()
            recorder.flush()
            await until(pilot, lambda: "✓ ended" in text_grid(app))


def test_a_checker_judges_runs_one_after_the_other(recorded: Record) -> None:
    checker = Checker()
    try:
        for _ in range(2):
            findings = Findings()
            checker.judge(recorded(sales), 0, findings)
            assert findings.state == "done"
            assert findings.named("LOOP002") is not None
        findings = Findings()
        checker.judge(recorded(sales), 9, findings)
        assert findings.state == "unavailable"
        assert "no run 9" in findings.why
        findings = Findings()
        checker.judge(Path("nowhere.loupe"), 0, findings)
        assert findings.state == "unavailable"
    finally:
        checker.close()


def test_a_closed_checker_starts_no_child(recorded: Record) -> None:
    checker = Checker()
    checker.close()
    findings = Findings()
    checker.judge(recorded(sales), 0, findings)
    assert (findings.state, findings.why) == ("unavailable", "interrupted")


async def test_a_run_that_begins_later_comes_into_the_list(tmp_path: Path) -> None:
    path = tmp_path / "later.loupe"
    with Recorder(path, program="live", argv=("live",)) as recorder:
        stage = Stage(recorder)
        recorder.flush()
        app = LoupeApp([path], follow=True, inline=True)
        async with app.run_test(size=(130, 38)) as pilot:
            await until(pilot, lambda: "holds no run" in text_grid(app))
            stage.run("later")
            stage.message(CODER, EXECUTOR, "Note", text("at last", "coder"))
            recorder.flush()
            await until(pilot, lambda: "later  " in text_grid(app) and "running" in text_grid(app))
