"""Migration of Jupyter notebooks: the code cells are one program, everything else stays.

Lines for IPython (``!pip``, ``%magic``) are hidden from the parser and put back. Outputs, metadata
and the layout of the JSON are kept; a notebook awaits at the top level instead of in ``main()``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from .result import MigrationError, MigrationResult, Site
from .source import migrate_text

_MAGIC = re.compile(r"^([ \t]*)([!%?].*)$", re.MULTILINE)
_HIDDEN = re.compile(r"pass  # \ue002(.*)$", re.MULTILINE)
_CELL = "# \ue003"
_SPLIT = re.compile(r"^# \ue003\n", re.MULTILINE)


@dataclass(slots=True)
class _Cell:
    """A code cell: its place in the notebook and its text as Python."""

    index: int
    text: str


def migrate_notebook(
    text: str,
    *,
    filename: str = "<string>",
    faithful: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> MigrationResult:
    """Migrate a notebook given as its JSON text; ``result.code`` is JSON again."""
    try:
        body = json.loads(text)
        cells = _code_cells(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = MigrationError(filename, 1, f"is not a notebook: {error}")
        return MigrationResult(filename, text, text, error=problem)
    cells = [cell for cell in cells if _parses(cell.text)] if not _all_parse(cells) else cells
    program = _joined(cells)
    result = migrate_text(
        program, filename=filename, notebook=True, faithful=faithful, select=select, ignore=ignore
    )
    sites = tuple(_placed(site, cells) for site in result.sites)
    if result.error is not None or not result.changed:
        return replace(result, source=text, code=text, sites=sites)
    parts = _SPLIT.split(result.code)
    if len(parts) != len(cells):
        problem = MigrationError(filename, 1, "its cells could not be told apart afterwards")
        return MigrationResult(filename, text, text, error=problem)
    for cell, before, part in zip(cells, _SPLIT.split(program), parts, strict=True):
        if part != before:
            _put(body["cells"][cell.index], _shown(part))
    return replace(result, source=text, code=_dumped(body, text), sites=sites)


def _code_cells(body: dict[str, Any]) -> list[_Cell]:
    found: list[_Cell] = []
    for index, cell in enumerate(body["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(cast("list[str]", source))
        if text.lstrip().startswith("%%") or "\ue002" in text or "\ue003" in text:
            continue
        found.append(_Cell(index, _MAGIC.sub("\\1pass  # \ue002\\2", text)))
    return found


def _joined(cells: list[_Cell]) -> str:
    return f"\n{_CELL}\n".join(cell.text for cell in cells) + "\n"


def _parses(text: str) -> bool:
    import libcst as cst

    try:
        cst.parse_module(text)
    except cst.ParserSyntaxError:
        return False
    return True


def _all_parse(cells: list[_Cell]) -> bool:
    return _parses(_joined(cells))


def _shown(part: str) -> str:
    """A cell's text as the notebook has it."""
    return _HIDDEN.sub("\\1", part).removesuffix("\n").strip("\n")


def _put(cell: dict[str, Any], text: str) -> None:
    if isinstance(cell["source"], str):
        cell["source"] = text
    else:
        cell["source"] = text.splitlines(keepends=True)


def _placed(site: Site, cells: list[_Cell]) -> Site:
    """The line within its cell."""
    line = site.line
    for cell in cells:
        height = cell.text.count("\n") + 1
        if line <= height:
            return replace(site, line=line, cell=cell.index)
        line -= height + 1
    return site


def _dumped(body: dict[str, Any], like: str) -> str:
    """JSON in the layout of the text it came from."""
    found = re.search(r"\n([ \t]+)", like)
    space = found.group(1) if found else " "
    indent = space if "\t" in space else len(space)
    ascii_only = like.isascii()
    text = json.dumps(body, indent=indent, ensure_ascii=ascii_only)
    return text + ("\n" if like.endswith("\n") else "")
