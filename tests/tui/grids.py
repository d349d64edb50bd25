"""Screens as text: one line a row, and for greyscale a second grid with the weight of each cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style
from textual.app import App

GOLDENS = Path(__file__).parents[2] / "fixtures" / "tui"


def text_grid(app: App[int]) -> str:
    """What stands on the screen; blanks at the ends of lines are dropped."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


def weight_grid(app: App[int]) -> str:
    """How strong each cell is where colour is gone: b bold, r reversed, u underlined, . plain.

    Fails on a segment without a style, and on one whose colours are no greys.
    """
    lines: list[str] = []
    for strip in app.screen._compositor.render_strips():
        line = ""
        for segment in strip:
            style = segment.style
            assert style is not None, segment
            _assert_grey(style)
            mark = "r" if style.reverse else "b" if style.bold else "u" if style.underline else "."
            line += "".join(" " if char == " " and mark != "r" else mark for char in segment.text)
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def _assert_grey(style: Style) -> None:
    for colour in (style.color, style.bgcolor):
        if colour is not None and colour.triplet is not None:
            red, green, blue = colour.triplet
            assert red == green == blue, f"{style} is not grey"


def assert_golden(name: str, grid: str, *, update: bool) -> None:
    """Compare with the golden of that name, or write it when asked to."""
    path = GOLDENS / f"{name}.txt"
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(grid, encoding="utf-8")
        return
    if not path.exists():
        pytest.fail(f"no golden {path.name}: write it with LOUPE_UPDATE_GOLDENS=1")
    assert grid == path.read_text(encoding="utf-8")
