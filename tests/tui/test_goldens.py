"""Whole screens, compared with the text files in fixtures/tui.

`LOUPE_UPDATE_GOLDENS=1 pytest tests/tui/test_goldens.py` writes them anew; read the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentloupe.tracer import control
from agentloupe.tui import steering
from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.replay import ReplayScreen

from .grids import assert_golden, text_grid, weight_grid
from .scenes import Scene, choosing, crowd, nothing, odd, overheard, sales, society
from .test_steering import QUEUED, WAIT

SIZES = [(130, 38), (80, 24)]
EXTREMES = [(60, 16), (200, 60)]
Record = Callable[..., Path]

#: Name, scenes, keys that are pressed first.
SCREENS: dict[str, tuple[tuple[Scene, ...], list[str]]] = {
    "start": ((sales,), []),
    "finding": ((sales,), ["n", "tab", "tab", "tab", "tab"]),
    "unfolded": ((sales,), ["n", "z", "right", "tab"]),
    "whole": ((sales,), ["right", "right", "right", "right", "enter", "tab", "tab"]),
    "compact": ((sales,), ["c", "right", "right"]),
    "odd": ((odd,), ["G"]),
    "crowd": ((crowd,), ["right", "right"]),
    "nothing": ((nothing,), []),
    "runs": ((sales, odd, crowd, nothing), ["down"]),
    "help": ((sales,), ["question_mark"]),
    "typing": ((sales,), ["colon", "4"]),
    "inner": ((society,), ["down", "down", "down"]),
    "inner-open": ((society,), ["V", "down", "down", "down"]),
    "choosing": ((choosing,), ["V"]),
    "overheard": ((overheard,), ["down", "down", "v"]),
    "compare": ((sales, odd), ["space", "down", "c"]),
}


def app_of(recorded: Record, name: str) -> LoupeApp:
    scenes, _ = SCREENS[name]
    return LoupeApp([recorded(*scenes)], inline=True, when=lambda ns: "2025-10-09 08:53")


#: Screens beside the replay: all of a scene in one app, with the keys from each to the next.
BOARDS: dict[Scene, dict[str, list[str]]] = {
    sales: {
        "overview": ["2"],
        "memory": ["5"],
        "loops": ["6", "down"],
        "tools": ["8"],
        "spans": ["n", "4"],
        "palette": ["3", "ctrl+p", "b", "r"],
        "jump": ["escape", "g", "f"],
        "filter": ["escape", "slash", *"err", "enter", "down"],
    },
    odd: {"waits": ["G", "7"]},
}
CASES = [(name, *size) for name in SCREENS for size in SIZES]
CASES += [
    (name, *size)
    for name in ("finding", "odd", "runs", "inner-open", "overheard")
    for size in EXTREMES
]

pytestmark = pytest.mark.usefixtures("told_findings")


@pytest.mark.parametrize(("name", "width", "height"), CASES)
async def test_screen(
    recorded: Record, update_goldens: bool, name: str, width: int, height: int
) -> None:
    app = app_of(recorded, name)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        await pilot.press(*SCREENS[name][1])
        await pilot.pause()
        grid = text_grid(app)
    assert_golden(f"{name}-{width}x{height}", grid, update=update_goldens)


@pytest.mark.parametrize("name", ["finding", "odd", "runs", "crowd", "compare", "choosing"])
async def test_without_colour(
    recorded: Record, update_goldens: bool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(recorded, name)
    async with app.run_test(size=(130, 38)) as pilot:
        await pilot.pause()
        await pilot.press(*SCREENS[name][1])
        await pilot.pause()
        grid = text_grid(app) + "\n" + weight_grid(app)
    assert_golden(f"{name}-no-color", grid, update=update_goldens)


@pytest.mark.parametrize("scene", BOARDS)
@pytest.mark.parametrize(
    ("width", "height", "grey"),
    [(130, 38, False), (80, 24, False), (60, 16, False), (130, 38, True)],
)
async def test_boards(
    recorded: Record,
    update_goldens: bool,
    monkeypatch: pytest.MonkeyPatch,
    scene: Scene,
    width: int,
    height: int,
    grey: bool,
) -> None:
    if grey:
        monkeypatch.setenv("NO_COLOR", "1")
    app = LoupeApp([recorded(scene)], inline=True)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        for name, keys in BOARDS[scene].items():
            await pilot.press(*keys)
            await pilot.pause()
            grid = text_grid(app) + (f"\n{weight_grid(app)}" if grey else "")
            size = "no-color" if grey else f"{width}x{height}"
            assert_golden(f"{name}-{size}", grid, update=update_goldens)


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
        grid = text_grid(app) + (f"\n{weight_grid(app)}" if grey else "")
        it.connected = False
        it.queue = ()
    size = "no-color" if grey else f"{width}x{height}"
    assert_golden(f"live-{size}", grid, update=update_goldens)


@pytest.mark.parametrize("width", [1, 20, 39])
async def test_too_narrow_says_so_and_comes_back(recorded: Record, width: int) -> None:
    app = app_of(recorded, "start")
    async with app.run_test(size=(width, 20)) as pilot:
        await pilot.pause()
        words = "".join(text_grid(app).split())
        assert "Toonarrow:atleast40columns,please."[:width] in words
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "sales-team" in text_grid(app)


@pytest.mark.parametrize(("width", "height"), [(40, 3), (40, 10), (59, 15), (250, 70)])
async def test_no_size_breaks_it(recorded: Record, width: int, height: int) -> None:
    app = app_of(recorded, "start")
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
