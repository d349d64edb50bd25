"""Writing less: the same picture, with and without."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tui.pieces import changed, fit
from agentloupe.tui.thrift import thrifty

_TOKEN = re.compile(r"\x1b\[([\d;]*)m|\x1b\[(\d+);(\d+)H|(\n)|(.)", re.DOTALL)
_ENDS = {"22": ("1", "2"), "23": ("3",), "24": ("4",), "27": ("7",), "39": ("39",), "49": ("49",)}
_COLOURS = st.sampled_from(["31", "97", "38;5;9", "38;2;1;2;3", "38;2;1;2;30"])
_GROUNDS = st.sampled_from(["41", "107", "48;5;9", "48;2;1;2;3", "48;2;4;2;3"])
_STYLES = st.tuples(
    st.sets(st.sampled_from(["1", "2", "3", "4", "7"])),
    st.lists(_COLOURS, max_size=1),
    st.lists(_GROUNDS, max_size=1),
).map(lambda parts: ";".join([*sorted(parts[0]), *parts[1], *parts[2]]))
_PIECES = st.tuples(_STYLES, st.text("ab ", min_size=0, max_size=4)).map(
    lambda piece: f"\x1b[{piece[0]}m{piece[1]}\x1b[0m" if piece[0] else piece[1]
)
_MOVES = st.tuples(st.integers(1, 4), st.integers(1, 9)).map(lambda at: f"\x1b[{at[0]};{at[1]}H")
_UPDATES = st.lists(st.tuples(_MOVES, st.lists(_PIECES, max_size=5)), max_size=6).map(
    lambda lines: "\n".join(move + "".join(pieces) for move, pieces in lines)
)


def painted(
    stream: str,
) -> tuple[dict[tuple[int, int], tuple[str, frozenset[tuple[str, str]]]], str]:
    """Cells with their styles, and the style that is left at the end."""
    cells: dict[tuple[int, int], tuple[str, frozenset[tuple[str, str]]]] = {}
    style: dict[str, str] = {}
    y = x = 1
    for codes, row, column, line, char in _TOKEN.findall(stream):
        if row:
            y, x = int(row), int(column)
        elif line:
            y, x = y + 1, 1
        elif char:
            cells[y, x] = (char, frozenset(style.items()))
            x += 1
        else:
            _take(style, codes.split(";"))
    return cells, ";".join(style)


def _take(style: dict[str, str], codes: list[str]) -> None:
    while codes:
        code = codes.pop(0)
        if code in ("", "0"):
            style.clear()
        elif code in ("38", "48"):
            size = 4 if codes[0] == "2" else 2
            style[code[0] + "9"] = ";".join([code, *codes[:size]])
            del codes[:size]
        elif code in _ENDS:
            for ended in _ENDS[code]:
                style.pop(ended, None)
        elif len(code) == 1:
            style[code] = code
        else:
            style["39" if code[0] in "39" else "49"] = code


@given(_UPDATES)
def test_the_picture_is_the_same_and_never_larger(stream: str) -> None:
    less = thrifty(stream)
    assert painted(less) == painted(stream)
    assert len(less) <= len(stream)


def test_only_what_differs_is_said() -> None:
    stream = "\x1b[1;1H\x1b[38;2;1;2;3;48;2;4;5;6ma\x1b[0m\x1b[1;38;2;9;9;9;48;2;4;5;6mb\x1b[0m"
    said = "\x1b[1;1H\x1b[38;2;1;2;3;48;2;4;5;6ma\x1b[1;38;2;9;9;9mb\x1b[0m"
    assert thrifty(stream) == said


def test_what_is_no_style_passes() -> None:
    assert thrifty("\x1b[?1049h\x1b[2J\n") == "\x1b[?1049h\x1b[2J\n"


@given(
    st.lists(st.tuples(st.text("ab ", max_size=4), st.sampled_from(["", "dim"])), max_size=4),
    st.lists(st.tuples(st.text("ab ", max_size=4), st.sampled_from(["", "dim"])), max_size=4),
)
def test_lines_are_alike_from_where_they_differ_no_more(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    before, now = fit(old, 12), fit(new, 12)
    cells = [[(char, role) for text, role in line for char in text] for line in (before, now)]
    end = changed(before, now)
    assert cells[0][end:] == cells[1][end:]
