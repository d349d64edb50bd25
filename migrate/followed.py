"""Code that is handed agents and knows nothing of AutoGen, in the same program.

`def ask(agent): return agent.generate_reply(…)` in a file of helpers names nothing of v0.2 but its
methods, which other objects may have as well. Such a file stays as it is: the agents of a program
whose files come together with it by imports answer to these names, too, and those that leave the
file they are made in are the project's own.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .classic_names import METHODS
from .handed import IMPORTS_V02, giver, imported
from .insides import asked
from .known import CHAT_METHODS, OWN_MODULE, TOOL_METHODS
from .plan import MARK

# What hardly anything but an agent of v0.2 has.
_UNMISTAKABLE = CHAT_METHODS | TOOL_METHODS | {
    "generate_reply", "a_generate_reply", "register_reply", "register_nested_chats",
    "chat_messages_for_summary",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """What one file's agents come across.

    ``words`` are methods of v0.2 that code calls which stays as it is, ``plain`` names that the
    file imports from code of the program without agents, ``taken`` all that it imports from the
    program; ``handled`` says whether other files surely talk to agents they are handed.
    ``insides`` is what the file itself, which knows no agents, asks them for that only v0.2's
    have. A ``settled`` file gets agents of the project, and nothing of v0.2, from those it imports.
    """

    words: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    handled: bool = False
    insides: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    settled: bool = False


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
    if not agents:
        return {}
    known = {*programs}

    @cache
    def imports(path: Path) -> tuple[tuple[Path, str], ...]:
        return tuple(_imports(path, read(path), known))

    @cache
    def uses(path: Path) -> set[Path]:
        return {other for other, _ in imports(path)}

    def known_to(path: Path) -> Followed:
        named = imports(path)
        plain = (name for other, name in named if not agents & _closure({other}, uses))
        return Followed(plain=frozenset(plain), taken=frozenset(name for _, name in named))

    used = {path: _used(text) for path, text in texts.items() if path not in agents}
    sure = _talking(used, texts, own, apart)
    renamed = CHAT_METHODS - own  # by what starts chats a file is known for one of v0.2
    quiet = {path: names for path, names in used.items() if names and not names & renamed}
    insides = asked(texts, agents)
    if not (sure or quiet or insides):
        return {path: known_to(path) for path in agents}
    used_by: dict[Path, set[Path]] = defaultdict(set)
    for path in programs:
        for other in uses(path):
            used_by[other].add(path)

    def together(files: Iterable[Path]) -> set[Path]:
        """What runs in one program with any of these files."""
        return _closure(_closure(files, used_by.__getitem__), uses)

    handled = together(sure)
    words = {path: together({path}) for path in quiet}
    asking = {*insides} & together(agents) if insides else set[Path]()
    found: dict[Path, Followed] = {}
    for path in {*handled, *agents, *asking}.union(*words.values()):
        named = frozenset[str]().union(*(quiet[o] for o, near in words.items() if path in near))
        asks = insides[path] if path in asking else frozenset[str]()
        found[path] = replace(known_to(path), words=named, handled=path in handled, insides=asks)
    return found


def settled(
    texts: Mapping[Path, str], programs: Sequence[Path], read: Callable[[Path], str]
) -> Iterator[Path]:
    """Files that call v0.2's methods of agents that an earlier run has put on those of a module."""
    known = {*programs}
    modules = {path for path in programs if path.stem == OWN_MODULE}

    @cache
    def uses(path: Path) -> set[Path]:
        return {other for other, _ in _imports(path, read(path), known)}

    for path, text in texts.items() if modules else ():
        if path not in modules and "initiate_chat" in text and MARK not in text:
            near = _closure({path}, uses)
            if near & modules and not any(IMPORTS_V02.search(read(each)) for each in near):
                yield path


def _talking(
    used: Mapping[Path, set[str]], texts: Mapping[Path, str], own: Set[str], apart: Set[str]
) -> set[Path]:
    """Files that surely talk to agents."""
    others = re.compile(rf"\b(?:{'|'.join(sorted(apart))})\b") if apart else None
    return {
        path
        for path, names in used.items()
        if names & (_UNMISTAKABLE - own)
        or (names & CHAT_METHODS and not (others and others.search(texts[path])))
    }


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


def _closure(files: Iterable[Path], next_of: Callable[[Path], Iterable[Path]]) -> set[Path]:
    found: set[Path] = set()
    waiting = [*files]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += next_of(path)
    return found
