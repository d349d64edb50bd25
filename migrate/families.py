"""Files that import one another hold their conversations on agents of one kind.

Where something of one of them is left by the rules, all of them are carried by the project's own
agents; where one cannot be, none is, and what that one uses or is used by stays on v0.2 with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from os.path import commonpath
from pathlib import Path

from .files import OWN_MODULE, FileResult, own_module, still_old
from .handed import code_of
from .known import ROOTS
from .plan import MARK

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([.\w]*)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]+))",
    re.MULTILINE,
)
# Sites of files that read configurations and make no agents: these belong to no conversation.
_APART = frozenset({"MIG001", "MIG011", "MIG012", "MIG013", "MIG014", "MIG026"})
# on agents of a module, or with every mark; and then with all that talks left or not
Again = Callable[[Path, str | None, bool], FileResult]


@dataclass(slots=True)
class _Family:
    """Files that belong together, and where imports of one by another begin."""

    files: list[FileResult]
    tops: Counter[tuple[Path, str]] = field(default_factory=Counter[tuple[Path, str]])
    uses: dict[Path, set[Path]] = field(default_factory=dict[Path, set[Path]])


def of_one_kind(
    results: Sequence[FileResult], again: Again, *, faithful: bool = False
) -> list[FileResult]:
    """The results, those of each family of which something is left or carried made alike.

    With ``faithful`` all are carried anyway, and families in several folders share the agents.
    """
    found = {file.path: file for file in results}
    for family in _families([file for file in results if file.result is not None]):
        files = family.files
        if len(files) < 2 or not any(file.todos or _is_carried(file) for file in files):
            continue
        home, modules = _home(family, [file.path for file in files])
        if not modules:
            home, modules = _home(family, [f.path for f in files if not _needs_nothing(f)])
        marked = any(map(_is_marked, files))  # it was found that not all can be carried
        whole = [
            replace(again(file.path, modules.get(file.path, OWN_MODULE), False), home=home)
            for file in files
            if (file.path in modules or _needs_nothing(file)) and not marked
        ]
        if (faithful and whole) or (len(whole) == len(files) and all(map(_is_done, whole))):
            found |= {file.path: file for file in whole}
        elif marked or not faithful:
            carried = [file.path for file in files if _is_carried(file)]
            found |= {path: again(path, None, False) for path in carried}
        _leave_others(family, found, again)
    return [found[file.path] for file in results]


def _leave_others(family: _Family, found: dict[Path, FileResult], again: Again) -> None:
    """Who uses agents of a file that stays on v0.2 stays there, and so do agents whose every user
    does: half of a conversation is none."""
    used_by: dict[Path, set[Path]] = {}
    for user, used in family.uses.items():
        for path in used:
            used_by.setdefault(path, set()).add(user)
    left = {file.path for file in family.files if still_old(found[file.path])}
    more = left
    while more:
        more = set[Path]().union(*(used_by.get(path, ()) for path in left)) - left
        more |= {
            path
            for path, users in used_by.items()
            if users <= left and not _starts_chats(found[path])
        } - left
        left |= more
    found |= {path: again(path, None, True) for path in left}


def _starts_chats(file: FileResult) -> bool:
    return file.result is not None and file.result.chat_sites_total > 0


def _is_carried(file: FileResult) -> bool:
    return any(site.code == "MIG091" for site in file.sites)


def _is_marked(file: FileResult) -> bool:
    """Whether somebody is at work on what a run before left."""
    return file.result is not None and MARK in file.result.source


def _is_done(file: FileResult) -> bool:
    """Whether a file is on agents of the project, or needs none."""
    return not file.todos and (_is_carried(file) or not _has_agents(file))


def _has_agents(file: FileResult) -> bool:
    # an import that stays may be all that is told: others take it, or the rest was marked before
    return any(
        site.code not in _APART or (site.code == "MIG001" and site.kind == "todo")
        for site in file.sites
    )


def _needs_nothing(file: FileResult) -> bool:
    """Whether a file holds chats of agents that others make, and takes none from a module."""
    return _is_carried(file) and file.result is not None and not file.result.needs


def _home(family: _Family, paths: Sequence[Path]) -> tuple[Path | None, dict[Path, str]]:
    """The folder of the agents the family shares, and the module each file takes them from."""
    if not paths:
        return None, {}
    if len({path.parent for path in paths}) == 1:
        modules = {path: own_module(path) for path in paths}
        if "" not in modules.values():
            return None, modules
        if not family.tops:  # scripts of a folder find what lies beside them by its plain name
            return None, dict.fromkeys(paths, OWN_MODULE)
    if family.tops:  # what is imported from there by its full name is found by all
        (base, top), _ = family.tops.most_common(1)[0]
        package = (base / top).is_dir()
        module = f"{top}.{OWN_MODULE}" if package else OWN_MODULE
        return (base / top if package else base), dict.fromkeys(paths, module)
    folder = Path(commonpath([path.parent for path in paths]))
    if not (folder / "__init__.py").exists():
        return None, {}
    depths = {path: len(path.parent.relative_to(folder).parts) for path in paths}
    return folder, {path: f"{'.' * (depths[path] + 1)}{OWN_MODULE}" for path in paths}


def _families(files: Sequence[FileResult]) -> Iterator[_Family]:
    """Files connected by imports of each other's agents, in either direction."""
    known = _Known(files)
    family = {file.path: _Family([file]) for file in files}
    for file in files:
        for other, top in known.imported(file):
            family[file.path].uses.setdefault(file.path, set()).add(other.path)
            one, two = family[file.path], family[other.path]
            if one is not two:
                one.files += two.files
                one.tops += two.tops
                one.uses |= two.uses
                family |= {member.path: one for member in two.files}
            if top is not None:
                one.tops[top] += 1
    yield from {id(each): each for each in family.values()}.values()


class _Known:
    """Where the modules are that files may import from each other."""

    def __init__(self, files: Sequence[FileResult]) -> None:
        self._files = {file.path: file for file in files if _has_agents(file)}
        self._folders: dict[Path, list[FileResult]] = {}
        for file in self._files.values():
            self._folders.setdefault(file.path.parent, []).append(file)

    def imported(self, file: FileResult) -> Iterator[tuple[FileResult, tuple[Path, str] | None]]:
        """Files with agents that a file imports, each with where its full name begins."""
        code = code_of(file.path, file.result.source if file.result is not None else "")
        for dots, module, names, plain in _IMPORT.findall(code):
            for name in (module,) if module or dots else re.split(r"[\s,]+", plain):
                parts = name.split(".") if name else []
                taken = re.findall(r"\w+", names)
                if dots:
                    start = file.path.parents[min(len(dots), len(file.path.parents)) - 1]
                    found, top = self._at(start, parts, taken), None
                else:
                    found, top = self._by_full_name(file.path, parts, taken)
                yield from ((other, top) for other in found if other is not file)

    def _by_full_name(
        self, path: Path, parts: list[str], taken: list[str]
    ) -> tuple[list[FileResult], tuple[Path, str] | None]:
        """From the folder of a file, or one above it that programs may be started in."""
        for base in path.parents if parts and parts[0] not in ROOTS else ():
            found = self._at(base, parts, taken)
            if found:
                near = base == path.parent and len(parts) == 1
                return found, None if near else (base, parts[0])
            alone = len(parts) == 1 and (base / f"{parts[0]}.py").exists()
            if alone or (base / parts[0]).exists():
                break  # it is there, and has no agents
        return [], None

    def _at(self, base: Path, parts: list[str], taken: list[str]) -> list[FileResult]:
        place = base.joinpath(*parts)
        file = self._files.get(place.with_name(f"{place.name}.py")) if parts else None
        if file is not None:
            return [file]
        inside = [place / f"{name}.py" for name in taken]
        found = [self._files[each] for each in inside if each in self._files]
        # a package that is imported may hand on what any of its files has
        handed = self._folders.get(place, []) if parts else []
        return found or handed
