"""Names that files take from one another: an import that its own file does not use may be one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*)([.\w]*)[ \t]+import[ \t]+(\([^)]*\)|[^#\n]+)", re.MULTILINE
)
_PLAIN = re.compile(r"^[ \t]*import[ \t]+([^#\n]+)", re.MULTILINE)
_NAME = re.compile(r"(\w+)(?:\s+as\s+\w+)?")
_ALIASED = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")
IMPORTS_V02 = re.compile(r"^[ \t]*(?:from|import)[ \t]+(?:py)?autogen\b", re.MULTILINE)


def handed_on(texts: Mapping[Path, str]) -> dict[Path, frozenset[str]]:
    """What each file that imports v0.2 is asked for by others."""
    givers = {path for path, text in texts.items() if IMPORTS_V02.search(text)}
    found: dict[Path, set[str]] = defaultdict(set)
    for path, text in texts.items() if givers else ():
        for dots, module, names in _FROM.findall(text):
            other = giver(path, len(dots), module.split("."), givers) if module else None
            if other is None or other == path:
                continue
            star = names.strip() == "*"
            found[other] |= _used(text) if star else {*_NAME.findall(re.sub(r"#.*", "", names))}
        for other, name in _modules(path, text, givers):
            read = rf"(?<![.\w]){re.escape(name)}\s*\.\s*(\w+)"
            found[other] |= {*re.findall(read, text)}
    return {path: frozenset(names) for path, names in found.items()}


def _modules(path: Path, text: str, givers: Container[Path]) -> Iterator[tuple[Path, str]]:
    """Files that a file imports as a whole, and what stands before the dot of what they have."""
    for level, parts, name, here in imported(text):
        other = giver(path, level, [*parts, name] if name else parts, givers)
        if other is not None and other != path:
            yield other, here if name or here != parts[0] else ".".join(parts)


def imported(text: str) -> Iterator[tuple[int, list[str], str, str]]:
    """Imports of a file: how many dots, the module's parts, the name and the name here."""
    for dots, module, names in _FROM.findall(text):
        parts: list[str] = module.split(".") if module else []
        for name, here in _ALIASED.findall(re.sub(r"#.*", "", names)):
            yield len(dots), parts, name, here or name
    for names in _PLAIN.findall(text):
        for each in names.split(","):
            module, _, here = each.strip().partition(" as ")
            parts = module.strip().split(".")
            yield 0, parts, "", here.strip() or parts[0]


def code_of(path: Path, text: str) -> str:
    """The code of a file; of a notebook, that of its cells."""
    if path.suffix != ".ipynb":
        return text
    try:
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError):
        return ""


def _used(text: str) -> set[str]:
    """Words of a file that its own imports do not bind."""
    lines = [*_PLAIN.findall(text), *(names for _, _, names in _FROM.findall(text))]
    return {*re.findall(r"(?<![.\w])\w+", text)} - {*re.findall(r"\w+", " ".join(lines))}


def giver(path: Path, level: int, parts: list[str], givers: Container[Path]) -> Path | None:
    """The file that an import names, from the importing file's folder or one above it."""
    bases: Iterable[Path] = path.parents
    if level:
        bases = [path.parents[min(level, len(path.parents)) - 1]]
    for base in bases:
        place = base.joinpath(*parts)
        for each in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if each in givers:
                return each
    return None
