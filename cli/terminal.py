"""What goes to the terminal and how: results on stdout, everything else on stderr.

Text from a recording is safe already (the reader's names, `headline`) or passes `visible` where it
is printed; nothing else steers the terminal.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Sequence

import click

LONG_WORK = 50  # items


def say(text: str = "") -> None:
    """A line of the result."""
    click.echo(text)


def paint(text: str, *, color: str | None = None, bold: bool = False, dim: bool = False) -> str:
    """`text` in a colour; taken off again by `say` where no colours are wanted."""
    return click.style(text, fg=color, bold=bold or None, dim=dim or None)


def colors_wanted() -> bool | None:
    """False to never use colours, None to use them on a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return None


def progress(what: str) -> Callable[[int, int], None] | None:
    """A line on stderr that counts; nothing unless that is a terminal, or for small amounts."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        if of >= LONG_WORK:
            end = "\r\x1b[K" if done == of else ""
            click.echo(f"\r{what}: {done:,} of {of:,}{end}", err=True, nl=False)

    return show


def interactive() -> bool:
    """Whether a person sits at both ends: input and output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def columns() -> int | None:
    """The terminal's width; None when the output goes elsewhere and nothing should be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def document(value: object) -> None:
    """A JSON document on stdout. All of it is ASCII, so that no recorded text can do harm."""
    import msgspec

    plain: object = msgspec.to_builtins(value)
    say(json.dumps(plain, indent=2).replace("\x7f", "\\u007f"))


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int | None) -> str:
    """`text` in at most `width` cells, with an ellipsis where it was cut."""
    if width is None or cells(text) <= width:
        return text
    used = 0
    for place, char in enumerate(text):
        used += _cells(char)
        if used > width - 1:
            return f"{text[:place]}…"
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled up with blanks to `width` cells; `right` puts them before it."""
    blanks = " " * max(0, width - cells(text))
    return blanks + text if right else text + blanks


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: str = "") -> list[str]:
    """Lines of a table; columns whose heading is a word of `numbers` are set to the right."""
    right = [name in numbers.split() for name in head]
    widths = [max(cells(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines: list[str] = []
    for row in (head, *rows):
        fields = [pad(row[i], widths[i], right=right[i]) for i in range(len(head))]
        lines.append("  ".join(fields).rstrip())
    lines[0] = paint(lines[0], dim=True)
    return lines
