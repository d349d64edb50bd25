"""Code that is handed agents and knows nothing of AutoGen, in the same program.

`def ask(agent): return agent.generate_reply(…)` in a file of helpers names nothing of v0.2 but its
methods, which other objects may have as well. Such a file stays as it is: the agents of a program
whose files come together with it by imports answer to these names, too, and those that leave the
file they are made in are the project's own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .classic_names import METHODS
from .handed import giver, imported
from .known import CHAT_METHODS, TOOL_METHODS

# What hardly anything but an agent of v0.2 has.
_UNMISTAKABLE = CHAT_METHODS | TOOL_METHODS | {
    "generate_reply", "a_generate_reply", "register_reply", "register_nested_chats",
    "chat_messages_for_summary",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """What one file's agents come across.

    ``words`` are methods of v0.2 that code calls which stays as it is, ``plain`` names that the
    file imports from code of the program without agents; ``handled`` says whether other files
    surely talk to agents they are handed.
    """

    words: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    handled: bool = False


NOTHING = Followed()


def followed(
    texts: Mapping[Path, str],
    agents: Set[Path],
    own: Set[str],
    apart: Set[str],
    programs: Sequence[Path],
    read: Callable[[Path], str],
) -> dict[Path, Followed]:
    """What there is to follow from each file, as far as there is.

    ``texts`` are files that mention methods of v0.2, ``agents`` those that make or extend agents,
    ``own`` methods that classes of the program have without being agents, ``apart`` those of these
    classes that have chats, ``programs`` all files.
    """
    used = {path: _used(text) for path, text in texts.items() if path not in agents}
    others = re.compile(rf"\b(?:{'|'.join(sorted(apart))})\b") if apart else None
    sure = {
        path
        for path, names in used.items()
        if names & (_UNMISTAKABLE - own)
        or (names & CHAT_METHODS and not (others and others.search(texts[path])))
    }
    renamed = CHAT_METHODS - own  # by what starts chats a file is known for one of v0.2
    quiet = {path: names for path, names in used.items() if names and not names & renamed}
    if not agents or not (sure or quiet):
        return {}
    imports = {path: [*_imports(path, read(path), {*programs})] for path in programs}
    uses = {path: {other for other, _ in found} for path, found in imports.items()}
    with_agents = _upwards(agents, uses)
    found: dict[Path, Followed] = {}
    handled = _together(sure, uses)
    words = {path: _together({path}, uses) for path in quiet}
    for path in {*handled, *agents}.union(*words.values()):
        named = frozenset[str]().union(
            *(quiet[other] for other, near in words.items() if path in near)
        )
        plain = frozenset(name for other, name in imports.get(path, ()) if other not in with_agents)
        found[path] = Followed(named, plain, path in handled)
    return found


def _used(text: str) -> set[str]:
    """Methods of v0.2 that a file calls or names."""
    with suppress(SyntaxError, ValueError, RecursionError):
        nodes = [*ast.walk(ast.parse(text))]
        named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        return named & {*METHODS}
    return set[str]()


def _imports(path: Path, text: str, programs: Set[Path]) -> Iterator[tuple[Path, str]]:
    """Files of the program that a file imports, with the name it has for them or theirs."""
    for level, parts, name, here in imported(text):
        for names in ([*parts, name], parts) if name else (parts,):
            other = giver(path, level, names, programs) if names else None
            if other is not None and other != path:
                yield other, here
                break


def _upwards(files: Iterable[Path], uses: Mapping[Path, set[Path]]) -> set[Path]:
    """These files and all that import them."""
    used_by: dict[Path, set[Path]] = {}
    for path, others in uses.items():
        for other in others:
            used_by.setdefault(other, set()).add(path)
    return _closure(files, used_by)


def _together(files: Iterable[Path], uses: Mapping[Path, set[Path]]) -> set[Path]:
    """What runs in one program with any of these files."""
    return _closure(_upwards(files, uses), uses)


def _closure(files: Iterable[Path], next_of: Mapping[Path, set[Path]]) -> set[Path]:
    found: set[Path] = set()
    waiting = [*files]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += next_of.get(path, ())
    return found
