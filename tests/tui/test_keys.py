"""Keys on the real screens, one by one and in bursts."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from agentloupe.tracer.locate import Selection
from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.compare import CompareScreen
from agentloupe.tui.screens.help import HelpScreen
from agentloupe.tui.screens.replay import ReplayScreen
from agentloupe.tui.screens.runs import RunsScreen
from agentloupe.tui.screens.trouble import TroubleScreen

from .grids import text_grid
from .scenes import crowd, nothing, odd, sales

Record = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("told_findings")

BRACKETS = {"]": "right_square_bracket", "[": "left_square_bracket"}
CHARACTERS = {"colon": ":", "enter": "\r"}


def burst(app: LoupeApp, *keys: str) -> None:
    """Press keys faster than the screen can be painted."""
    for key in keys:
        character = CHARACTERS.get(key, key if len(key) == 1 else None)
        app.post_message(events.Key(key, character))


async def until(pilot: Pilot[int], holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what a burst leads to."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never comes to that"
        await pilot.pause(0.02)


def replay(app: LoupeApp) -> ReplayScreen:
    assert isinstance(app.screen, ReplayScreen)
    return app.screen


async def test_arrows_and_vi_keys_step(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("right", "l", "l", "left", "h")
        assert replay(app).session.cursor.step == 1
        await pilot.press("down", "j", "k")
        assert replay(app).session.cursor.step == 4
        await pilot.press("G")
        assert replay(app).session.cursor.step == 36
        await pilot.press("right")
        assert replay(app).session.cursor.step == 36
        await pilot.press("g", "left")
        assert replay(app).session.cursor.step == 0


async def test_no_key_of_a_burst_is_lost(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    numbers = random.Random(5)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        for _ in range(2):
            keys = [numbers.choice("lhjkGgnNzZ][") for _ in range(30)]
            keys = [
                {"]": "right_square_bracket", "[": "left_square_bracket"}.get(k, k) for k in keys
            ]
            session = replay(app).session
            burst(app, *keys)
            await pilot.pause(0.05)
            fast, folded = session.cursor.step, set(session.folding.open)
            burst(app, "g", *(["Z"] if session.folding.open else []))
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
            assert (session.cursor.step, session.folding.open) == (fast, folded)
            burst(app, "g", *(["Z"] if session.folding.open else []))
            await pilot.pause()


async def test_a_burst_reaches_the_prompt_in_order(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        burst(app, "colon", "2", "1", "enter", "l", "l")
        await until(pilot, lambda: replay(app).session.cursor.step == 23)


async def test_a_burst_goes_on_in_the_screen_that_it_opens(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        burst(app, "j", "enter", "l", "l", "question_mark", "escape", "l")
        await until(
            pilot,
            lambda: isinstance(app.screen, ReplayScreen) and app.screen.session.cursor.step == 3,
        )
        assert replay(app).session.info.name.startswith("odd")


async def test_a_range_is_marked_copied_and_exported(
    recorded: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = LoupeApp([recorded(sales)], inline=True)
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        burst(app, "l", "l", "l", "l", "r", "l", "l", "l")
        await until(pilot, lambda: replay(app).session.cursor.step == 7)
        await pilot.pause()
        assert "▌steps 4–7" in text_grid(app)
        assert "▌    4" in text_grid(app)
        await pilot.press("r", "right", "right", "y", "Y", "x")
        assert [line.partition(" ")[0] for line in copied[0].splitlines()] == [
            "#4",
            "#5",
            "#6",
            "#7",
        ]
        assert copied[1].startswith("loupe show ")
        assert copied[1].endswith("--steps 4..7")
        assert "4 steps written to sales-4-7.md" in text_grid(app)
        await pilot.press("colon", *"export jsonl", "enter")
        assert len((tmp_path / "sales-4-7.jsonl").read_text("utf-8").splitlines()) == 4
        await pilot.press("colon", *"export mermaid", "enter")
        assert (tmp_path / "sales-4-7.mmd").read_text("utf-8").startswith("sequenceDiagram")
        await pilot.press("escape", "k")
        assert "▌" not in text_grid(app)
        await pilot.press("G", "r", "k", "r")  # backwards, over the end of a run
        steps = replay(app).session.selection.steps
        assert (steps[0] <= 35, steps[-1]) == (True, 36)


async def test_findings_and_deviations(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        session = replay(app).session
        await pilot.press("n")
        assert session.cursor.step == 8
        await pilot.press("n")
        assert session.cursor.step == 9
        await pilot.press("n")
        assert session.cursor.step == 9
        assert "no finding after this step" in text_grid(app)
        await pilot.press("N")
        assert session.cursor.step == 8
        await pilot.press("right_square_bracket")
        assert session.cursor.step == 33
        await pilot.press("right_square_bracket")
        assert "no broken cycle after here" in text_grid(app)
        await pilot.press("G", "left_square_bracket")
        assert session.cursor.step == 33


async def test_folds_open_and_close_at_the_cursor(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        folding = replay(app).session.folding
        assert folding.rows == 7
        await pilot.press("z")
        assert "no fold at this step" in text_grid(app)
        await pilot.press("n", "z")
        assert folding.rows == 31
        await pilot.press("k")
        assert replay(app).session.cursor.step == 5  # over the headline
        await pilot.press("j")
        assert replay(app).session.cursor.step == 8
        await pilot.press("z")
        assert folding.rows == 7
        await pilot.press("enter")
        assert folding.rows == 31
        await pilot.press("Z")
        assert folding.rows == 7


async def test_stepping_inside_a_closed_fold_says_where(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("n", "l", "l")
        assert replay(app).session.cursor.step == 10
        assert "at 10" in text_grid(app)
        assert "#10 executor → coder" in text_grid(app)


async def test_goto_prompt(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        session = replay(app).session
        await pilot.press("colon", *"loop002", "enter")
        assert session.cursor.step == 9
        await pilot.press("colon", *"99", "enter")
        assert "there is no step 99: the last is 36" in text_grid(app)
        await pilot.press("colon", *"3q", "backspace", "3", "enter")
        assert session.cursor.step == 33
        await pilot.press("colon", "5", "escape", "l")
        assert session.cursor.step == 34
        await pilot.press("colon", "q", "enter")
        await pilot.pause()
    assert app.return_code == 0


async def test_inspector_tabs_and_sizes(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Message Diff" not in text_grid(app)
        await pilot.press("tab")
        assert " Message  Diff" in text_grid(app)
        await pilot.press("tab")
        assert "This is the first GroupChatStart" in text_grid(app)
        await pilot.press("shift+tab", "l", "l", "l", "l")
        assert "GroupChatRequestPublish" in text_grid(app)
        await pilot.press("escape")
        assert "planner" in text_grid(app)
        await pilot.press("enter", "i")
        await pilot.resize_terminal(130, 38)
        await pilot.pause()
        assert "Message Diff" in text_grid(app) or " Message  Diff" in text_grid(app)


async def test_help_lists_only_keys_that_do_something(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 60)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        grid = text_grid(app)
        assert "next finding" in grid
        assert "follow a run" not in grid  # the run has ended
        await pilot.press("q")
        assert isinstance(app.screen, ReplayScreen)
    app = LoupeApp([recorded(crowd)], inline=True)
    async with app.run_test(size=(130, 60)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        assert "next finding" not in text_grid(app)
        assert "open or close" not in text_grid(app)


async def test_every_key_of_the_help_works_on_an_empty_run(recorded: Record) -> None:
    app = LoupeApp([recorded(nothing)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        everything = "right left down up pagedown pageup g G n N z Z J K tab i c F".split()
        await pilot.press(*everything, "enter", "escape", "colon", "1", "enter")
        assert "this run has no steps" in text_grid(app)


async def test_runs_open_and_come_back(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd, crowd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, RunsScreen)
        await pilot.press("G", "k", "enter")
        await pilot.pause()
        assert replay(app).session.info.name.startswith("odd")
        await pilot.press("escape")
        assert isinstance(app.screen, RunsScreen)
        await pilot.press("g", "enter")
        await pilot.pause()
        assert replay(app).session.info.name == "sales-team"
        await pilot.press("colon", *"runs", "enter")
        assert isinstance(app.screen, RunsScreen)
        await pilot.press("escape")  # nothing lies behind it
        assert isinstance(app.screen, RunsScreen)


async def test_runs_are_looked_for_by_words(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd, crowd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, RunsScreen)

        def listed() -> list[str]:
            return [e.run.name.split()[0] for e in screen.runs.entries if e.run is not None]

        await pilot.press("G", "slash", *"loop")  # a finding's code; the list follows each letter
        assert listed() == ["sales-team"]
        assert "/loop" in text_grid(app)
        assert "1 of 3" in text_grid(app)
        await pilot.press("enter", "slash", "ctrl+u", *"!loop worker", "enter")  # an agent's name
        assert listed() == ["crowd"]
        await pilot.press("space", "slash", "ctrl+u", *"sales-team", "enter", "c")
        await pilot.pause()
        assert isinstance(app.screen, CompareScreen)  # what was picked is still so
        await pilot.press("escape", "slash", "ctrl+u", *"nothing like it", "enter", "enter", "j")
        assert listed() == []
        await pilot.press("escape")
        assert listed() == ["sales-team", "odd", "crowd"]


@pytest.mark.parametrize(
    ("selection", "name", "step"),
    [
        ({"run": "1"}, "odd", 0),
        ({"run": "0", "step": 12}, "sales-team", 12),
        ({"run": "0", "finding": "LOOP002"}, "sales-team", 9),
        ({"run": "0", "step": 999}, "sales-team", 36),
    ],
)
async def test_a_selection_opens_at_its_place(
    recorded: Record, selection: dict[str, object], name: str, step: int
) -> None:
    path = recorded(sales, odd)
    app = LoupeApp([path], Selection(path, **selection), inline=True)  # type: ignore[arg-type]
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        assert replay(app).session.info.name.startswith(name)
        assert replay(app).session.cursor.step == step


async def test_a_click_goes_to_the_row_and_to_the_part_of_the_run(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.click("#lanes", offset=(20, 2))
        assert replay(app).session.cursor.step == 5
        await pilot.click("#strip", offset=(128, 1))
        assert replay(app).session.cursor.step == 36


async def test_no_recordings_say_how_to_make_one() -> None:
    app = LoupeApp([], inline=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TroubleScreen)
        grid = text_grid(app)
        assert "No runs have been recorded here yet." in grid
        assert "loupe run app.py" in grid
        await pilot.press("q")
    assert app.return_code == 0


async def test_files_that_cannot_be_read_are_panels(recorded: Record, tmp_path: Path) -> None:
    junk = tmp_path / "junk.loupe"
    junk.write_bytes(b"this is not a recording" * 100)
    app = LoupeApp([junk], inline=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert "junk.loupe" in text_grid(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TroubleScreen)
        assert "LP101" in text_grid(app)
    app = LoupeApp([junk, recorded(sales)], inline=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert "sales-team" in text_grid(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "LP101" in text_grid(app)
        await pilot.press("escape", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReplayScreen)


async def test_an_unknown_run_is_a_panel(recorded: Record) -> None:
    path = recorded(sales)
    app = LoupeApp([path], Selection(path, run="7"), inline=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TroubleScreen)
        assert "LP103" in text_grid(app)


async def test_what_is_left_of_a_cut_recording_is_shown_and_says_so(
    recorded: Record, tmp_path: Path
) -> None:
    whole, cut = recorded(sales), tmp_path / "cut.loupe"
    shutil.copy(whole, cut)
    os.truncate(cut, whole.stat().st_size * 2 // 3)
    app = LoupeApp([cut, recorded(odd)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        assert "✂ ✗ LOOP002" in text_grid(app)
        await pilot.press("enter")
        assert "✂ the file is cut" in text_grid(app)
        assert "✂ of what is left: ✗2 LOOP002" in text_grid(app)
        assert replay(app).session.total == 37


async def test_a_newer_schema_names_both_versions(recorded: Record, tmp_path: Path) -> None:
    newer = tmp_path / "newer.loupe"
    shutil.copy(recorded(sales), newer)
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    app = LoupeApp([newer], Selection(newer, run="0"), inline=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert "has schema 99, this version reads" in " ".join(text_grid(app).split())


async def test_play_and_pause(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("space")
        assert "▶ 1×" in text_grid(app)
        await pilot.press("greater_than_sign", "greater_than_sign")
        deadline = time.monotonic() + 20
        while replay(app).player.playing:
            assert time.monotonic() < deadline
            await pilot.pause(0.02)
        assert replay(app).session.cursor.step == 36
        await pilot.press("less_than_sign", "less_than_sign", "space", "l")
        assert not replay(app).player.playing


async def test_copy_reaches_the_clipboard(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press("n", "l", "y")
        assert app.clipboard.startswith("#9 coder → executor")
        assert "copied: #9 coder" in text_grid(app)
        await pilot.press("Y")
        assert app.clipboard.startswith("loupe view ")


EVERYWHERE = [
    *("l", "h", "j", "k", "G", "g", "n", "N", "z", "Z", "v", "enter", "tab", "shift+tab", "i"),
    *("escape", "2", "3", "4", "5", "6", "7", "8", "shift+down", "pagedown", "w", "r", "c", "f"),
]


@pytest.mark.parametrize(("width", "height", "seed"), [(130, 38, 1), (80, 24, 2), (60, 16, 3)])
async def test_after_any_burst_the_screen_is_what_would_be_painted_anew(
    recorded: Record, width: int, height: int, seed: int
) -> None:
    numbers = random.Random(seed)
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        pressed: list[str] = []
        for _ in range(12):
            keys = [numbers.choice(EVERYWHERE) for _ in range(numbers.randint(2, 9))]
            pressed += keys
            burst(app, *keys)
            await pilot.pause()
            await pilot.pause()  # where a key has opened a screen, the rest went there
            seen = text_grid(app)
            for widget in app.screen.walk_children():
                widget.refresh()
            await pilot.pause()
            assert text_grid(app) == seen, pressed


async def test_what_a_burst_puts_into_a_hidden_inspector_is_painted(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        await pilot.press("right", "right", "right", "right", "enter", "tab", "tab", "escape")
        assert "You are the planner." not in text_grid(app)
        burst(app, "shift+tab", "shift+tab", "l")
        await pilot.pause()
        grid = text_grid(app)
        assert "against #4" not in grid
        assert "This is the first GroupChatAgentResponse" in grid
        assert "You are the planner." not in grid
