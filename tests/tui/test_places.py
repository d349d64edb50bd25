"""The screens beside the replay, filters, palette, marks and exports, by keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentloupe.tui.app import LoupeApp
from agentloupe.tui.boards.overview import Overview
from agentloupe.tui.screens.board import BoardScreen
from agentloupe.tui.screens.compare import CompareScreen
from agentloupe.tui.screens.replay import ReplayScreen
from agentloupe.tui.screens.runs import RunsScreen
from agentloupe.tui.screens.trouble import TroubleScreen

from .grids import text_grid
from .scenes import crowd, odd, sales, society
from .test_keys import burst, replay
from .test_live import until

Record = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("told_findings")


async def test_places_share_the_cursor(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("enter", "n", "2")
        board = app.screen
        assert isinstance(board, BoardScreen)
        await pilot.press("right", "right")
        assert "step 10/36" in text_grid(app)
        await pilot.press("7")
        assert "at step 10" in text_grid(app)
        await pilot.press("left")
        assert "at step 9" in text_grid(app)
        await pilot.press("3")
        assert replay(app).session.cursor.step == 9
        await pilot.press("5", "1")
        assert isinstance(app.screen, RunsScreen)


async def test_a_row_leads_to_its_step(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("8", "enter")
        assert replay(app).session.cursor.step == 9
        await pilot.press("6", "down", "enter")
        assert replay(app).session.cursor.step == 8
        await pilot.press("5", "G", "enter")
        assert replay(app).session.cursor.step == 30
        await pilot.press("1")
        assert "only this run is open" in text_grid(app)


async def test_a_burst_crosses_the_places(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        session = replay(app).session
        burst(app, *"lll2j8", "enter", *"ll4", *"3", *"h")
        await until(
            pilot, lambda: isinstance(app.screen, ReplayScreen) and session.cursor.step == 10
        )


async def test_scope_and_detail(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("enter", "5")
        assert "whole program" in text_grid(app)
        await pilot.press("w")
        assert "this run" in text_grid(app)
        await pilot.press("4", "w")
        assert " step 0  1 span" in text_grid(app)
        await pilot.press("i")
        assert "■ process" not in text_grid(app)


async def test_a_filter_shows_what_it_means(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"from:coder type:Tool*", "enter")
        session = replay(app).session
        assert session.rows == 8
        await pilot.press("down")
        assert session.cursor.step == 9
        await pilot.press("down", "G", "k")
        assert session.cursor.step == 30
        await pilot.press("slash", "ctrl+u", *"form:x", "enter")
        assert "did you mean 'from'" in text_grid(app)
        assert session.rows == 8
        await pilot.press("escape")
        assert session.rows == 7
        await pilot.press("asterisk")
        assert "/from:" in text_grid(app)
        await pilot.press("slash", "ctrl+u", *"text:nowhere", "enter")
        assert "no step is meant" in text_grid(app)
        await pilot.press("right", "left", "j", "k", "z")


async def test_an_inner_conversation_is_opened_by_keys_and_by_mouse(recorded: Record) -> None:
    app = LoupeApp([recorded(society)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        session = replay(app).session
        assert session.folding.rows == 7
        await pilot.press("down", "down")
        assert session.cursor.step == 3
        assert "▸6  writer, reader  3–8" in text_grid(app)
        assert "v inner" in text_grid(app)
        await pilot.press("enter")
        assert session.rows == 10
        await pilot.press("down")
        assert session.cursor.step == 6
        assert "GroupChatRequestPublish  inner talk" in text_grid(app)
        await pilot.press("v", "down")
        assert session.cursor.step == 9
        await pilot.press("v")
        assert "no inner conversation at this step" in text_grid(app)
        await pilot.click("#lanes", offset=(30, 2))
        assert (session.cursor.step, session.rows) == (3, 7)
        await pilot.click("#lanes", offset=(30, 2))
        assert session.rows == 10
        await pilot.click("#lanes", offset=(30, 2))
        assert session.rows == 7


async def test_the_palette_does_what_is_chosen(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p", *"last step", "enter")
        await pilot.pause()
        assert replay(app).session.cursor.step == 36
        await pilot.press("ctrl+p", *"memory of", "enter")
        await pilot.pause()
        assert isinstance(app.screen, BoardScreen)
        await pilot.press("ctrl+p", "escape", "colon", *"replay", "enter")
        assert isinstance(app.screen, ReplayScreen)


async def test_bookmarks_and_jumps(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        session = replay(app).session
        await pilot.press("l", "l", "m", "a", "G", "apostrophe", "a")
        assert session.cursor.step == 2
        await pilot.press("apostrophe", "b")
        assert "no step is marked 'b'" in text_grid(app)
        await pilot.press("f", "f")
        assert session.cursor.step == 8
        await pilot.press("f", "escape", "l")
        assert session.cursor.step == 9


async def test_playing_stops_at_a_breakpoint(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        screen = replay(app)
        await pilot.press("colon", *"break err", "enter", "space")
        screen.player.beat(60_000_000_000)
        assert screen.session.cursor.step == 9
        assert not screen.player.playing
        await pilot.press("b")
        assert len(screen.player.breaks) == 2
        await pilot.press("b", "colon", *"break", "enter")
        assert screen.player.breaks == []


async def test_exports_are_files(
    recorded: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press(
            "n", "x", "colon", *"export jsonl", "enter", "colon", *"export me", "enter"
        )
        await pilot.press("S")
    report = (tmp_path / "sales-8-31.md").read_text("utf-8")
    assert "# sales\\-team" in report or "# sales-team" in report
    assert "LOOP002" in report
    rows = [json.loads(line) for line in (tmp_path / "sales-8-31.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(8, 32))
    assert rows[1]["body"]["content"] == "read_csv('sales.csv')"
    diagram = (tmp_path / "sales-8-31.mmd").read_text("utf-8")
    assert diagram.startswith("sequenceDiagram")
    assert "sales-team" in (tmp_path / "loupe-replay.txt").read_text("utf-8")
    assert "<svg" in (tmp_path / "loupe-replay.svg").read_text("utf-8")


async def test_the_inspector_opens_in_the_users_own_pager(
    recorded: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentloupe.tui.pager import opened_in

    seen = tmp_path / "seen"
    monkeypatch.setenv("PAGER", f"cp --target-directory={tmp_path}")
    assert opened_in("PAGER", "the text\n") == ""
    assert (tmp_path / "step.txt").read_text("utf-8") == "the text\n"
    monkeypatch.setenv("EDITOR", "/nowhere/ed")
    assert "/nowhere/ed" in opened_in("EDITOR", "x")
    assert not seen.exists()


async def test_two_runs_are_compared(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd, crowd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("space", "j", "c")
        await pilot.pause()
        assert isinstance(app.screen, CompareScreen)
        grid = text_grid(app)
        assert "they part at step 0" in grid
        assert "findings" in grid
        await pilot.press("j", "G", "g", "pagedown", "Y", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_a_failure_is_a_panel_and_no_end(
    recorded: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    app.raising = False
    monkeypatch.setattr(Overview, "renew", lambda self: 1 / 0)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        assert isinstance(app.screen, TroubleScreen)
        assert "ZeroDivisionError" in text_grid(app)
        await pilot.press("escape", "l")
        assert replay(app).session.cursor.step == 1


async def test_the_mouse_goes_where_it_clicks(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.click("#lanes", offset=(20, 3))
        assert replay(app).session.cursor.step == 8
        await pilot.click("#places", offset=(12, 0))
        await pilot.pause()
        assert isinstance(app.screen, BoardScreen)
        await pilot.click("#rows", offset=(10, 2))
        await pilot.click("#rows", offset=(10, 2))
        await pilot.pause()
        assert isinstance(app.screen, ReplayScreen)
