"""What the classes and functions of a program are: agents by their bases, or of its own.

A class whose bases lead to one of v0.2 is an agent, in whichever files they stand: its constructor
and what it overrides take v0.2's words. One that has `initiate_chat` or the like without being an
agent has chats of its own, which are none of v0.2's though their names say so.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .classic_names import CLASSES, KEYWORDS, METHODS
from .followed import NOTHING, Followed
from .handed import giver
from .known import CHAT_METHODS, ROOTS
from .owned import members

_KINDS = frozenset(name for name in CLASSES if name.endswith(("Agent", "GroupChat", "Manager")))
_OF_A_MODULE = frozenset(f".{name}" for name in _KINDS)
# What makes a file that never mentions AutoGen worth a look where it mentions an agent.
_WRITTEN_ANEW = re.compile(rf"\b(?:ABC|{'|'.join([*KEYWORDS, *METHODS])})\b")
_ANY = ""  # of a class whose constructor hands nothing on
_ALL, _MODULE = "*", "."  # of an import: whatever the other file has, by itself or behind a dot
_Def = ast.FunctionDef | ast.AsyncFunctionDef
_File = Sequence[ast.stmt]  # imports and definitions
_Files = Mapping[Path, _File]


@dataclass(frozen=True, slots=True)
class Own:
    """What one file knows of the program.

    ``agents`` are its names of classes that are agents, v0.2's own among them; those that a module
    has begin with a dot. Of the whole program are ``apart``, classes with chats of their own,
    ``words``, functions and classes each with a keyword that is called like one of v0.2's,
    ``handing``, functions with `**options`, ``kept``, methods called like v0.2's that classes have
    which are no agents, and ``mixins``, classes that agents have for bases beside agents.
    """

    agents: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    words: frozenset[tuple[str, str]] = frozenset()
    handing: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    mixins: frozenset[str] = frozenset()
    followed: Followed = NOTHING

    def takes(self, name: str, word: str) -> bool:
        """Whether a keyword is the program's own, so that it keeps its name."""
        return (name, word) in self.words or (name, _ANY) in self.words

    @property
    def classes(self) -> frozenset[str]:
        """The agents that are none of v0.2's."""
        return frozenset(name.lstrip(".") for name in self.agents) - _KINDS

    def concerns(self, text: str) -> bool:
        """Whether a file that never mentions AutoGen makes or extends agents of the program, or
        asks those it is handed for what only v0.2's have."""
        if self.followed.insides:
            return True
        names = frozenset(name.lstrip(".") for name in self.agents)
        return bool(names and mentions(names).search(text) and _WRITTEN_ANEW.search(text))


@cache
def mentions(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")


def own_of(texts: Mapping[Path, str]) -> dict[Path, Own]:
    """What each of these files knows of the program."""
    files: dict[Path, list[ast.stmt]] = {}
    for path, text in texts.items():
        with suppress(SyntaxError, ValueError, RecursionError):
            files[path] = [*_statements(ast.parse(text))]
    agents = _agents(files)
    every = {name for names in agents.values() for name in names}
    apart = {name for file in files.values() for name in _with_chats(file)} - every
    words = {word for path, file in files.items() for word in _words(file, agents[path])}
    words |= _inherited(files, words, every)
    handing = {name for file in files.values() for name in _handing(file)}
    mixins = _mixins(files, agents) - every
    kept = {name for file in files.values() for name in _own_methods(file, every | mixins)}
    of_all = Own(
        apart=frozenset(apart),
        words=frozenset(words),
        handing=frozenset(handing),
        kept=frozenset(kept),
        mixins=frozenset(mixins),
    )
    return {path: replace(of_all, agents=frozenset(names)) for path, names in agents.items()}


def own_in(text: str, others: Own | None) -> Own:
    """What a text knows that is read alone, or beside what others are."""
    alone = Path("program.py")
    mine = own_of({alone: text}).get(alone, Own())
    if others is None:
        return mine
    return Own(
        mine.agents,
        others.apart - mine.agents,
        others.words | mine.words,
        others.handing | mine.handing,
        others.kept | mine.kept,
        others.mixins | mine.mixins,
        others.followed,
    )


def _statements(root: ast.Module) -> Iterator[ast.stmt]:
    """Imports and definitions, wherever they stand."""
    waiting: list[ast.AST] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | _Def):
            yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, part, ())


# agents -------------------------------------------------------------------------------------------


def _agents(files: _Files) -> dict[Path, set[str]]:
    """Names of agents in each file, followed through imports and bases until no more are found."""
    agents = {path: {*_of_v02(file)} for path, file in files.items()}
    if not any(agents.values()):
        return agents
    taken = {path: [*_taken(path, files)] for path in files}
    classes = {path: [*_classes(file)] for path, file in files.items()}
    size = -1
    while size < (size := sum(map(len, agents.values()))):
        for path, names in agents.items():
            for other, name, here in taken[path]:
                found = agents[other]
                if name in (_ALL, _MODULE):
                    lead = "." if name == _MODULE else ""
                    names |= {lead + each for each in found if each[0] != "."}
                elif name in found:
                    names.add(here)
            names |= {node.name for node in classes[path] if _bases(node) & names}
    return agents


def _of_v02(file: _File) -> Iterator[str]:
    """v0.2's agents that a file can name: those it imports, or all where it imports a module."""
    for node in file:
        if isinstance(node, ast.ImportFrom):
            names = {alias.name: alias.asname or alias.name for alias in node.names}
            parts = {*(node.module or "").split("."), *names} if not node.level else set[str]()
            modules = any(name.islower() for name in names)
            if ROOTS & parts:
                yield from (names[name] for name in _KINDS & {*names})
                yield from _OF_A_MODULE if modules else ()
                yield from _KINDS if "*" in names else ()
        elif isinstance(node, ast.Import) and any(
            ROOTS & {*alias.name.split(".")} for alias in node.names
        ):
            yield from _OF_A_MODULE


def _taken(path: Path, files: _Files) -> Iterator[tuple[Path, str, str]]:
    """Imports of other files of the program: the file, the name there and the name here."""
    for node in files[path]:
        if isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                # a name of the module, or a module of the package
                for names, name in ((parts, alias.name), ([*parts, alias.name], _MODULE)):
                    other = giver(path, node.level, names, files) if names else None
                    if other is not None:
                        yield other, name, alias.asname or alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                other = giver(path, 0, alias.name.split("."), files)
                if other is not None:
                    yield other, _MODULE, ""


def _classes(file: _File) -> Iterator[ast.ClassDef]:
    return (node for node in file if isinstance(node, ast.ClassDef))


def _bases(node: ast.ClassDef) -> set[str]:
    """The last names of what a class is derived from, behind a dot where a module has them."""
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    names = {base.id for base in bases if isinstance(base, ast.Name)}
    return names | {f".{base.attr}" for base in bases if isinstance(base, ast.Attribute)}


# what is the program's own ------------------------------------------------------------------------


def _with_chats(file: _File) -> Iterator[str]:
    """Classes that define a method called like one of v0.2's that start chats."""
    for node in _classes(file):
        if any(method.name in CHAT_METHODS for method in _methods(node)):
            yield node.name


def _own_methods(file: _File, agents: set[str]) -> Iterator[str]:
    """Methods called like v0.2's of classes that are no agents."""
    for node in _classes(file):
        if node.name not in agents:
            yield from (method.name for method in _methods(node) if method.name in METHODS)


def _mixins(files: _Files, agents: Mapping[Path, set[str]]) -> set[str]:
    """Classes that agents are derived from beside those that make them agents."""
    bases = {node.name: _bases(node) for file in files.values() for node in _classes(file)}
    found: set[str] = set()
    waiting = [name for names in agents.values() for name in names]
    while waiting:
        new = {base.lstrip(".") for base in bases.get(waiting.pop().lstrip("."), ())} - found
        found |= new
        waiting += new
    return found


def _methods(node: ast.ClassDef) -> list[_Def]:
    return [item for item in node.body if isinstance(item, _Def)]


def _words(file: _File, agents: set[str]) -> Iterator[tuple[str, str]]:
    """Keywords of v0.2's names that functions, and classes that are no agents, have themselves."""
    of_classes: set[_Def] = set()
    for node in _classes(file):
        methods = _methods(node)
        of_classes |= {*methods}
        if node.name not in agents:
            yield from ((node.name, word) for word in _fields(node, methods))
        for method in methods:
            if not method.name.startswith("__") and not (
                node.name in agents and is_overriding(method.name)
            ):
                yield from ((method.name, word) for word in _parameters([method]))
    for node in file:
        if isinstance(node, _Def) and node not in of_classes:
            yield from ((node.name, word) for word in _parameters([node]))


def _fields(node: ast.ClassDef, methods: Iterable[_Def]) -> Iterator[str]:
    """What the constructor of a class takes of these words."""
    made = [method for method in methods if method.name in ("__init__", "__new__")]
    if not (made or node.bases) or any(method.args.kwarg is None for method in made):
        yield _ANY
    yield from _parameters(made)
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id


def _inherited(
    files: _Files, words: set[tuple[str, str]], agents: set[str]
) -> set[tuple[str, str]]:
    """What classes take that have their constructor from another class of the program."""
    heirs = {
        node.name: {base.lstrip(".") for base in _bases(node)}
        for file in files.values()
        for node in _classes(file)
        if node.name not in agents
        and not {"__init__", "__new__"} & {m.name for m in _methods(node)}
    }
    taken: dict[str, set[str]] = defaultdict(set)
    for name, word in words:
        taken[name].add(word)
    size = -1
    while heirs and size < (size := sum(len(taken[name]) for name in heirs)):
        for name, bases in heirs.items():
            taken[name].update(*(taken[base] for base in bases))
    return {(name, word) for name in heirs for word in taken[name]}


def _handing(file: _File) -> Iterator[str]:
    for node in file:
        if isinstance(node, _Def) and node.args.kwarg is not None:
            yield node.name


def _parameters(functions: Iterable[_Def]) -> Iterator[str]:
    for function in functions:
        given = function.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
            if argument.arg in KEYWORDS:
                yield argument.arg


def is_overriding(method: str) -> bool:
    """Whether a method of an agent is one that v0.2 has, or makes the agent."""
    return method in ("__init__", "__new__") or METHODS.get(method, method) in members()
