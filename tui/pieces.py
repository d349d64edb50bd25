"""Styled text without a terminal: the view models speak in pieces, the widgets paint them.

A piece is a text and the name of its role ("dim", "error", "agent3"); what a role looks like is
the palette's affair. `plain` drops the roles, so that a screen can be printed and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from rich.cells import cell_len, set_cell_size, split_text

Piece = tuple[str, str]
Line = list[Piece]
T = TypeVar("T")

ELLIPSIS = "…"


def cells(text: str) -> int:
    """How many terminal cells `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """`text`, shortened with an ellipsis to at most `width` cells."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    return clip(text, width - 1) + ELLIPSIS


def clip(text: str, width: int) -> str:
    """The start of `text` that fits `width` cells (a wide character is never halved)."""
    if text.isascii():
        return text[:width]
    return set_cell_size(text, width) if cell_len(text) > width else text


def pad(text: str, width: int) -> str:
    """`text` cut or filled with blanks to exactly `width` cells."""
    text = cut(text, width)
    return text + " " * (width - cells(text))


def right(text: str, width: int) -> str:
    """`text` cut or set to the right of exactly `width` cells."""
    text = cut(text, width)
    return " " * (width - cells(text)) + text


def length(line: Iterable[Piece]) -> int:
    """How many cells a line takes."""
    return sum(cells(text) for text, _ in line)


def fit(line: Iterable[Piece], width: int, role: str = "") -> Line:
    """The line cut or filled (with `role`) to exactly `width` cells."""
    out: Line = []
    left = width
    for text, style in line:
        size = cells(text)
        if size > left:
            if left:
                out.append((cut(text, left), style))
            left -= cells(out[-1][0]) if left else 0
            break
        out.append((text, style))
        left -= size
    if left > 0:
        out.append((" " * left, role))
    return out


def changed(old: Line, new: Line) -> int:
    """Up to which cell two lines of the same length differ."""
    end = length(new)
    for before, now in zip(reversed(old), reversed(new), strict=False):
        if before != now:
            blank = len(now[0]) - len(now[0].rstrip()) if before[1] == now[1] else 0
            return end - min(blank, len(before[0]) - len(before[0].rstrip()))
        end -= cells(now[0])
    return end


def plain(line: Iterable[Piece]) -> str:
    """The text of a line."""
    return "".join(text for text, _ in line)


def wrap(line: Line, width: int, indent: str = "") -> list[Line]:
    """The line broken at blanks into lines of at most `width` cells, later ones indented."""
    if length(line) <= width:
        return [line]
    out: list[Line] = []
    now: Line = []
    used = 0
    for word, role in _words(line):
        size = cells(word)
        if used + size > width and used > len(indent):
            out.append(now)
            now, used = _fresh(indent)
            word = word.lstrip(" ")
            size = cells(word)
        while used + size > width:
            head, word = split_text(word, max(1, width - used))
            if not head:
                break
            out.append([*now, (head, role)])
            now, used = _fresh(indent)
            size = cells(word)
        if word:
            now.append((word, role))
            used += size
    if now:
        out.append(now)
    return out


def guarded(make: Callable[[], T], instead: Callable[[Line], T]) -> T:
    """What `make` makes; when it fails, what `instead` makes of a line that says so.

    A defect in one row or panel must not take the whole screen away from whoever needs it.
    """
    try:
        return make()
    except Exception as error:
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = "" if where is None else f" ({where.tb_frame.f_code.co_name}:{where.tb_lineno})"
        text = " ".join(f"{type(error).__name__}: {error}{place}".split())
        return instead([("✗ cannot be shown: ", "error bold"), (text, "error")])


def _fresh(indent: str) -> tuple[Line, int]:
    return ([(indent, "")] if indent else []), len(indent)


def _words(line: Line) -> Iterable[Piece]:
    for text, role in line:
        start = 0
        while start < len(text):
            at = text.find(" ", start)
            end = len(text) if at < 0 else at + 1
            while end < len(text) and text[end] == " ":
                end += 1
            yield text[start:end], role
            start = end
