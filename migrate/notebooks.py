"""Migration of Jupyter notebooks: the code cells are one program, everything else stays.

Lines for IPython (``!pip``, ``%magic``) are hidden from the parser and put back. Outputs, metadata
and the layout of the JSON are kept; a notebook awaits at the top level instead of in ``main()``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, cast

from .own import Own
from .pins import brought, migrate_commands
from .result import MigrationError, MigrationResult, Site
from .source import migrate_text

_MAGIC = re.compile(r"^([ \t]*)([!%?].*)$", re.MULTILINE)
_HIDDEN = re.compile(r"pass  # \ue002(.*)$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_OTHER = set("bash cmd html javascript js latex markdown perl ruby script sh svg writefile".split())
_V02 = re.compile(
    r"\.\s*(?:a_)?(?:initiate_chats?|register_\w+|send|receive|generate_reply|last_message"
    r"|chat_messages|chat_history|reset)\b|\b\w*(?:Agent|GroupChat\w*)\("
)
_CELL = "# \ue003"
_SPLIT = re.compile(r"^# \ue003\n", re.MULTILINE)


@dataclass(slots=True)
class Cell:
    """A code cell: its place in the notebook and its text as Python."""

    index: int
    text: str


def migrate_notebook(
    text: str,
    *,
    filename: str = "<string>",
    faithful: bool = False,
    module: str = "",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    left: Set[int] = frozenset(),
    own: Own | None = None,
) -> MigrationResult:
    """Migrate a notebook given as its JSON text; ``result.code`` is JSON again."""
    try:
        body = json.loads(text)
        cells, unread = _code_cells(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = MigrationError(filename, 1, f"is not a notebook: {error}")
        return MigrationResult(filename, text, text, error=problem)
    if not _all_parse(cells):
        unread += [cell for cell in cells if not parses(cell.text)]
        cells = [cell for cell in cells if cell not in unread]
    program = join(cells)
    result = migrate_text(
        program,
        filename=filename,
        notebook=True,
        faithful=faithful,
        module=module,
        select=select,
        ignore=ignore,
        left=left,
        own=own,
    )
    sites = tuple(_placed(site, cells) for site in result.sites)
    if result.error is not None or not result.changed:
        return replace(result, source=text, code=text, sites=sites)
    talking = [cell for cell in unread if _V02.search(cell.text)]
    if talking:
        return _left(text, filename, talking)
    parts = split_program(result.code)
    if len(parts) != len(cells):
        problem = MigrationError(filename, 1, "its cells could not be told apart afterwards")
        return MigrationResult(filename, text, text, error=problem)
    keep_old = any(site.code == "MIG001" and site.kind == "todo" for site in sites)
    taken = brought([program.encode()])
    for cell, before, part in zip(cells, split_program(program), parts, strict=True):
        installed = _HIDDEN.sub(lambda line: _install(line, keep_old, taken), part)
        if installed != part:
            sites += (Site(1, "MIG002", "migrated", "installs AutoGen 0.7", cell=cell.index),)
        if installed != before:
            _put(body["cells"][cell.index], _shown(installed))
    return replace(result, source=text, code=_dumped(body, text), sites=sites)


def _install(line: re.Match[str], keep_old: bool, taken: Sequence[str]) -> str:
    """A hidden line for IPython, with what its ``pip install`` asks for."""
    return line[0].replace(line[1], migrate_commands(line[1], keep_old, taken))


def as_program(text: str) -> tuple[str, Callable[[int], tuple[int, int]]]:
    """The code cells of a notebook as one program, and where a line of it is: cell and line."""
    cells = [cell for cell in _code_cells(json.loads(text))[0] if parses(cell.text)]

    def place(line: int) -> tuple[int, int]:
        site = _placed(Site(line, "", "caveat", ""), cells)
        return site.cell or 0, site.line

    return join(cells), place


def _left(text: str, filename: str, unread: list[Cell]) -> MigrationResult:
    """A cell that cannot be read talks to agents: migrating the others would break it."""
    sites = [
        Site(
            1,
            "MIG099",
            "todo",
            "this cell uses agents and is no plain Python: the notebook is left on v0.2 as a whole",
            cell=cell.index,
        )
        for cell in unread
    ]
    return MigrationResult(filename, text, text, sites=tuple(sites))


def _code_cells(body: dict[str, Any]) -> tuple[list[Cell], list[Cell]]:
    """Cells to read as one program, and those that are something else."""
    found: list[Cell] = []
    unread: list[Cell] = []
    for index, cell in enumerate(body["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(cast("list[str]", source))
        magic = _CELL_MAGIC.match(text)
        if magic and magic[1] in _OTHER:  # another language, or a file
            continue
        if magic or "\ue002" in text or "\ue003" in text:  # `%%time` and its like await nothing
            unread.append(Cell(index, text))
            continue
        found.append(Cell(index, _MAGIC.sub("\\1pass  # \ue002\\2", text)))
    return found, unread


def join(cells: list[Cell]) -> str:
    return f"\n{_CELL}\n".join(cell.text for cell in cells) + "\n"


def split_program(text: str) -> list[str]:
    """The texts of the cells that were joined."""
    return _SPLIT.split(text)


def parses(text: str) -> bool:
    import libcst as cst

    try:
        cst.parse_module(text)
    except cst.ParserSyntaxError:
        return False
    return True


def _all_parse(cells: list[Cell]) -> bool:
    return parses(join(cells))


def _shown(part: str) -> str:
    """A cell's text as the notebook has it."""
    return _HIDDEN.sub("\\1", part).removesuffix("\n").strip("\n")


def _put(cell: dict[str, Any], text: str) -> None:
    if isinstance(cell["source"], str):
        cell["source"] = text
    else:
        cell["source"] = text.splitlines(keepends=True)


def _placed(site: Site, cells: list[Cell]) -> Site:
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
    ascii_only = like.isascii()
    if found is None and "\n" not in like.strip():  # all on one line
        separators = (", ", ": ") if '": ' in like else (",", ":")
        return json.dumps(body, separators=separators, ensure_ascii=ascii_only)
    space = found.group(1) if found else " "
    indent = space if "\t" in space else len(space)
    text = json.dumps(body, indent=indent, ensure_ascii=ascii_only)
    return text + ("\n" if like.endswith("\n") else "")
