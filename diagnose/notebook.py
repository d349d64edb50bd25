"""A notebook's code as one script: its cells in order, without what only a notebook understands."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, cast

MAGIC: Final = ("%", "!", "?")
ASKS: Final = re.compile(r"[\w.]+\?\??\s*")  # for help
#: Cell magics after which a cell is still Python.
HARMLESS: Final = ("%%time", "%%timeit", "%%capture", "%%prun")


def script(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The code, and for each code cell the line at which it begins and its number in the notebook.

    Both are counted from 1. Lines that are for the notebook become `pass`, so that the lines of the
    script are those of the cells.

    Raises:
        ValueError: it is no notebook.
    """
    read: object = json.loads(text)
    cells: object = cast("dict[str, object]", read).get("cells") if isinstance(read, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no cells")
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, source in _sources(cast("list[object]", cells)):
        starts.append((len(lines) + 1, number))
        lines += _plain(source)
    return "\n".join([*lines, ""]), tuple(starts)


def _sources(cells: Iterable[object]) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict):
            continue
        made = cast("dict[str, object]", cell)
        source = made.get("source", "")
        if made.get("cell_type") == "code":
            parts = cast("list[object]", source) if isinstance(source, list) else [source]
            yield number, "".join(map(str, parts))


def _plain(source: str) -> list[str]:
    """The cell's lines; all of them `pass` when they are no Python, as of a shell command."""
    lines = source.splitlines()
    for tried in (lines, list(_without_magic(lines))):
        try:
            ast.parse("\n".join(tried))
        except (SyntaxError, ValueError, RecursionError):
            continue
        return tried
    return ["pass"] * len(lines)


def _without_magic(lines: list[str]) -> Iterator[str]:
    first = next((line.strip() for line in lines if line.strip()), "")
    other = first.startswith("%%") and not first.startswith(HARMLESS)
    goes_on: str | None = None  # the indentation of a line that the one before goes on with
    for line in lines:
        bare = line.lstrip()
        space = line[: len(line) - len(bare)] if goes_on is None else goes_on
        if other or goes_on is not None or bare.startswith(MAGIC) or ASKS.fullmatch(bare):
            yield "pass" if other else f"{space}pass"
            goes_on = space if not other and bare.endswith("\\") else None
        else:
            yield line
