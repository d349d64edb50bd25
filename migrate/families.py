"""Files that import one another hold their conversations on agents of one kind.

Where one of them is carried by the project's own agents, all of them are; where one cannot be, none
is, and what the rules do not translate is marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .files import FileResult

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]+))", re.MULTILINE
)
Again = Callable[[Path, bool], FileResult]  # faithful, or with every mark


def of_one_kind(results: Sequence[FileResult], again: Again) -> list[FileResult]:
    """The results, those of each family that is carried in part made alike."""
    found = {file.path: file for file in results}
    for family in _families([file for file in results if file.result is not None]):
        if len(family) < 2 or not any(_is_carried(file) for file in family):
            continue
        whole = [again(file.path, True) for file in family]
        if len({file.path.parent for file in family}) > 1 or any(
            file.todos or not (_is_carried(file) or file.status == "unchanged") for file in whole
        ):
            whole = [again(file.path, False) if _is_carried(file) else file for file in family]
        found |= {file.path: file for file in whole}
    return [found[file.path] for file in results]


def _is_carried(file: FileResult) -> bool:
    return any(site.code == "MIG091" for site in file.sites)


def _families(files: Sequence[FileResult]) -> Iterator[list[FileResult]]:
    """Files connected by imports of each other, in either direction."""
    modules: dict[str, list[FileResult]] = {}
    for file in files:
        if file.path.suffix == ".py":
            modules.setdefault(file.path.stem, []).append(file)
            # a package that is imported may hand on what any of its files has
            modules.setdefault(file.path.parent.name, []).append(file)
    family = {file.path: [file] for file in files}
    for file in files:
        if file.path.suffix != ".py" or file.result is None:
            continue
        for name in _imported(file.result.source):
            for other in modules.get(name, ()):
                one, two = family[file.path], family[other.path]
                if one is not two:
                    one += two
                    family |= {member.path: one for member in two}
    yield from {id(members): members for members in family.values()}.values()


def _imported(source: str) -> set[str]:
    """Last parts of the modules that a text imports, and the names it takes from them."""
    found: set[str] = set()
    for module, names, plain in _IMPORT.findall(source.encode()):
        for each in re.split(rb"[\s,()]+", plain or module + b" " + names):
            found.add(each.rpartition(b".")[2].decode())
    return found
