"""Migration of Markdown pages: their Python blocks are one program, everything else stays.

A page with one block has a script; several are read like the cells of a notebook, which await at
the top level. ``pip install`` lines in blocks of shells ask for 0.7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from .notebooks import Cell, join, parses, split_program
from .own import Own
from .pins import migrate_commands
from .result import MigrationResult, Site
from .source import migrate_text

_BLOCK = re.compile(
    r"^(?P<lead>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>\w+)?[^\n]*\n"
    r"(?P<body>.*?)^(?P=lead)(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = frozenset({"python", "py", "python3"})
_SHELLS = frozenset({"bash", "sh", "shell", "console", "zsh"})


def migrate_markdown(
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
    """Migrate the code blocks of a page; a block that does not parse is left as it is."""
    blocks = [match for match in _BLOCK.finditer(text) if match["language"]]
    python = [each for each in blocks if (each["language"] or "").lower() in _PYTHON]
    cells = [Cell(number, _bare(each)) for number, each in enumerate(python)]
    read = [cell for cell in cells if parses(cell.text)]
    program = join(read)
    found = migrate_text(
        program,
        filename=filename,
        notebook=len(read) > 1,
        faithful=faithful,
        module=module,
        select=select,
        ignore=ignore,
        left=left,
        own=own,
    )
    parts = split_program(found.code)
    new: dict[int, str] = {}
    if found.error is None and found.changed and len(parts) == len(read):
        for cell, before, part in zip(read, split_program(program), parts, strict=True):
            if part != before:
                new[python[cell.index].start("body")] = _led(part.strip("\n"), python[cell.index])
    sites = list(_placed(found.sites, text, [python[cell.index] for cell in read]))
    keep_old = any(site.code == "MIG001" and site.kind == "todo" for site in sites)
    for each in blocks:
        if (each["language"] or "").lower() in _SHELLS:
            lines = each["body"].splitlines(keepends=True)
            body = "".join(migrate_commands(line, keep_old) for line in lines)
            if body != each["body"]:
                new[each.start("body")] = body
                line = text.count("\n", 0, each.start("body")) + 1
                sites.append(Site(line, "MIG002", "migrated", "installs AutoGen 0.7"))
    code = _with(text, blocks, new)
    return replace(found, source=text, code=code, sites=tuple(sorted(sites)), error=None)


def _bare(block: re.Match[str]) -> str:
    """The code of a block without the indentation of its fence."""
    lead = block["lead"]
    lines = block["body"].splitlines(keepends=True)
    return "".join(line.removeprefix(lead) for line in lines).removesuffix("\n")


def _led(code: str, block: re.Match[str]) -> str:
    lines = (code + "\n").splitlines(keepends=True)
    return "".join(block["lead"] + line if line.strip() else line for line in lines)


def _placed(sites: Sequence[Site], text: str, blocks: Sequence[re.Match[str]]) -> list[Site]:
    """Sites with the lines they have in the page."""
    placed: list[Site] = []
    for site in sites:
        line = site.line
        for block in blocks:
            height = block["body"].count("\n") or 1
            if line <= height:
                placed.append(replace(site, line=text.count("\n", 0, block.start("body")) + line))
                break
            line -= height + 1
    return placed


def _with(text: str, blocks: Sequence[re.Match[str]], new: dict[int, str]) -> str:
    """The page with new bodies, by where the old ones begin."""
    parts: list[str] = []
    at = 0
    for block in blocks:
        start, end = block.span("body")
        parts += [text[at:start], new.get(start, block["body"])]
        at = end
    return "".join([*parts, text[at:]])
