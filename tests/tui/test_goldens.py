"""Whole screens, compared with the text files in fixtures/tui.

`LOUPE_UPDATE_GOLDENS=1 pytest tests/tui/test_goldens.py` writes them anew; read the difference.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentloupe.tracer import control
from agentloupe.tracer.locate import Selection
from agentloupe.tui import steering
from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.replay import ReplayScreen

from .grids import assert_golden, text_grid, weight_grid
from .scenes import Scene, choosing, crowd, nothing, odd, overheard, sales, society
from .test_steering import QUEUED, WAIT

SIZES = [(130, 38), (80, 24)]
EXTREMES = [(60, 16), (200, 60)]
Record = Callable[..., Path]

#: What is shown, and by name the keys that are pressed for each picture, one after the other.
SCREENS: dict[str, tuple[tuple[Scene, ...], dict[str, list[str]]]] = {
    "sales": (
        (sales,),
        {
            "start": [],
            "typing": ["colon", "4"],
            "help": ["escape", "question_mark"],
            "palette": ["escape", "ctrl+p", "b", "r"],
            "jump": ["escape", "f"],
            "compact": ["escape", "c", "right", "right"],
            "range": ["c", "r", "right", "right", "right"],
            "whole": ["r", "escape", "g", *["right"] * 4, "enter", "tab", "tab"],
            "filter": ["escape", "shift+tab", "shift+tab", "slash", *"err", "enter", "down"],
            "finding": ["escape", "g", "n", "tab", "tab", "tab", "tab"],
            "knows": ["n", "tab"],
            "raw": ["tab"],
            "unfolded": ["N", "z", "right", "tab", "tab"],
            "overview": ["2"],
            "memory": ["5"],
            "loops": ["6", "down"],
            "tools": ["8"],
            "spans": ["4"],
            "spans-filter": ["slash", *"tool:read_csv", "enter"],
            "spans-whole": ["escape", "w", "w"],
        },
    ),
    "odd": ((odd,), {"odd": ["G"], "waits": ["7"], "odd-overview": ["2"]}),
    "crowd": ((crowd,), {"crowd": ["right", "right"], "crowd-memory": ["5"]}),
    "nothing": ((nothing,), {"nothing": [], **{f"nothing-{n}": [str(n)] for n in (2, 4, 5, 7)}}),
    "runs": (
        (sales, odd, crowd, nothing),
        {
            "runs": ["down"],
            "runs-filter": ["slash", "w", "o", "r"],
            "compare": ["ctrl+u", "escape", "g", "space", "down", "c"],
        },
    ),
    "society": (
        (society,),
        {"inner": ["down", "down", "down"], "inner-open": ["g", "V", "down", "down", "down"]},
    ),
    "choosing": ((choosing,), {"choosing": ["V"]}),
    "overheard": ((overheard,), {"overheard": ["down", "down", "v"]}),
}
SMALLEST = ("sales", "odd", "runs", "society", "overheard")


def app_of(recorded: Record, name: str) -> LoupeApp:
    scenes, _ = SCREENS[name]
    return LoupeApp([recorded(*scenes)], inline=True, when=lambda ns: "2025-10-09 08:53")


CASES = [(name, *size, False) for name in SCREENS for size in SIZES]
CASES += [(name, *size, False) for name in SMALLEST for size in EXTREMES]
CASES += [(name, 130, 38, True) for name in SCREENS]

pytestmark = pytest.mark.usefixtures("told_findings")


def assert_shown(app: LoupeApp, name: str, *, update: bool) -> None:
    """Compare the screen with its golden, and without colours the weight of its cells as well."""
    grid = text_grid(app) + (f"\n{weight_grid(app)}" if app.no_color else "")
    size = "no-color" if app.no_color else f"{app.size.width}x{app.size.height}"
    assert_golden(f"{name}-{size}", grid, update=update)


@pytest.mark.parametrize(("name", "width", "height", "grey"), CASES)
async def test_screens(
    recorded: Record,
    update_goldens: bool,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    width: int,
    height: int,
    grey: bool,
) -> None:
    if grey:
        monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(recorded, name)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        for picture, keys in SCREENS[name][1].items():
            await pilot.press(*keys)
            await pilot.pause()
            assert_shown(app, picture, update=update_goldens)


def troubled(recording: Path) -> tuple[Path, Path, Path]:
    """In this folder: no recording, one of a version to come, and one that can be read."""
    junk, newer, good = Path("junk.loupe"), Path("newer.loupe"), Path("good.loupe")
    junk.write_bytes(b"this is not a recording" * 100)
    for copy in (newer, good):
        shutil.copy(recording, copy)
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    return junk, newer, good


@pytest.mark.parametrize(
    ("width", "height", "grey"), [*[(*s, False) for s in SIZES], (130, 38, True)]
)
async def test_trouble(
    recorded: Record,
    update_goldens: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    width: int,
    height: int,
    grey: bool,
) -> None:
    """Nothing recorded, no recording, one of another version, an unknown run."""
    if grey:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    junk, newer, good = troubled(recorded(sales))
    for name, paths, selection in (
        ("empty", [], None),
        ("junk", [junk], Selection(junk, "0")),
        ("newer", [newer], Selection(newer, "0")),
        ("unknown-run", [good], Selection(good, "7")),
        ("broken-among-others", [junk, good], None),
    ):
        app = LoupeApp(paths, selection, inline=True, when=lambda ns: "2025-10-09 08:53")
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            assert_shown(app, name, update=update_goldens)


NOW = 1_760_000_100_000_000_000


class Clock:
    """The clock of whoever looks at a program in progress."""

    def time_ns(self) -> int:
        return NOW


@pytest.mark.parametrize(
    ("width", "height", "grey"),
    [(130, 38, False), (80, 24, False), (60, 16, False), (130, 38, True)],
)
async def test_live(
    recorded: Record,
    update_goldens: bool,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    height: int,
    grey: bool,
) -> None:
    """A program that is held, asks a person and waits: as it was told by the control protocol."""
    if grey:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(steering, "time", Clock())
    app = LoupeApp([recorded(sales)], inline=True)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, ReplayScreen)
        it = app.screen.live.steering
        it.connected = it.paused = True
        it.program, it.pid = "sales.py", 4242
        queued = QUEUED.model_copy(update={"posted_ns": NOW - 3_000_000_000})
        it.queue, it.next = (queued,), queued
        it.waits = (replace(WAIT, since_ns=NOW - 42_000_000_000),)
        asks = control.WaitingHuman(wait_id="h1", agent="user/default", question="Go on?")
        it.asked = {asks.wait_id: asks}
        it.breakpoints = (control.Breakpoint(id=1, where="from:coder err", hits=2),)
        it.found = ["hang.deadlock coder and executor wait for each other"]
        await pilot.press("9")
        await pilot.pause()
        assert_shown(app, "live", update=update_goldens)
        await pilot.press("3")
        await pilot.pause()
        assert_shown(app, "held", update=update_goldens)
        it.connected = False
        it.queue = ()


@pytest.mark.parametrize("width", [1, 20, 39])
async def test_too_narrow_says_so_and_comes_back(recorded: Record, width: int) -> None:
    app = app_of(recorded, "sales")
    async with app.run_test(size=(width, 20)) as pilot:
        await pilot.pause()
        words = "".join(text_grid(app).split())
        assert "Toonarrow:atleast40columns,please."[:width] in words
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "sales-team" in text_grid(app)


@pytest.mark.parametrize(("width", "height"), [(40, 3), (40, 10), (59, 15), (250, 70)])
async def test_no_size_breaks_it(recorded: Record, width: int, height: int) -> None:
    app = app_of(recorded, "sales")
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        await pilot.press("n", "enter", "enter", "tab", "i", "G", "g", "question_mark", "escape")
        await pilot.pause()
        assert text_grid(app).strip()


async def test_light_theme(recorded: Record) -> None:
    app = LoupeApp([recorded(sales)], inline=True, theme="loupe-light")
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        assert "sales-team" in text_grid(app)
