"""Whether a file uses something of v0.2 that the agents a project gets do not have."""

from __future__ import annotations

import re

import libcst as cst

from .classic_names import ABSENT, ADDED, CLASSES, METHODS, SAME, STORES
from .known import ROOTS
from .owned import attributes, constants, members
from .read_logging import read_logging
from .read_named_imports import named_imports
from .read_old_logging import old_logging
from .reader import Reader
from .rules.config_list import FUNCTIONS
from .syntax import Source, is_self_attribute, literal

_RUNS = "execute_code_blocks"
_EXECUTORS = frozenset({"LocalCommandLineCodeExecutor", "DockerCommandLineCodeExecutor"})
# What a server has, where kernels of this machine need none.
_OF_SERVERS = frozenset({"get_client", "connection_info", "GenerateToken"})
# Agents whose insides programs replace: of those the classes have other ones.
_NO_BASES = frozenset(
    {
        "RetrieveUserProxyAgent", "MathUserProxyAgent", "SocietyOfMindAgent", "ChromaVectorDB",
        "Teachability", "TextAnalyzerAgent", "IOStream",
    }
)  # fmt: skip


def lacking(view: Source, reader: Reader) -> bool:
    """Whether the classes lack something that the file uses of v0.2."""
    for line in view.find(cst.ImportFrom):
        if isinstance(line.names, cst.ImportStar) and "autogen" in view.code(line):
            return True
    return (
        bool(named_imports(reader))
        or _through_others(view, reader)
        or _unknown_names(reader)
        or _absent_members(view, reader)
        or _other_bases(view, reader)
        or _takes_a_name(view, reader)
        or _unknown_insides(view, reader)
        or _unknown_to_bases(view, reader)
        or _other_ways(view, reader)
    )


def _through_others(view: Source, reader: Reader) -> bool:
    """Whether v0.2 itself comes from another module: ``from compat import autogen``."""
    for node in view.find(cst.Attribute):
        dotted = view.qualified(node.value) if node.attr.value in CLASSES else None
        if dotted and dotted.rpartition(".")[2] in ROOTS and reader.path(node) is None:
            return True
    return False


def _unknown_names(reader: Reader) -> bool:
    known = {*CLASSES, *SAME, *FUNCTIONS}
    read_logging(reader)
    logging = {entry.call.func for entry in reader.program.logging}
    logging |= {call.func for call in old_logging(reader)}
    for node, path in reader.references.items():
        parts = path.split(".")
        if node in logging or parts == ["__version__"]:
            continue
        if parts[-1] in ABSENT or not any(part in known for part in parts):
            return True
        if _absent_of_a_class(parts):
            return True
    return False


def _absent_of_a_class(parts: list[str]) -> bool:
    """Whether something is read of a class of v0.2 that its counterpart does not have."""
    classes = [i for i, part in enumerate(parts) if part in CLASSES and part[0].isupper()]
    index = classes[0] if classes else len(parts)
    rest = [METHODS.get(part, part) for part in parts[index + 1 : index + 2]]
    return any(not name.startswith("__") and name not in _known_members() for name in rest)


def _known_members() -> frozenset[str]:
    return members() | constants()


def _absent_members(view: Source, reader: Reader) -> bool:
    # agents run blocks as they did; an executor of 0.7 has to be awaited
    called = {id(call.func) for call in run_by_executors(reader)}
    absent = ABSENT if makes_executors(reader) else ABSENT - {_RUNS}
    members = (node for node in view.find(cst.Attribute) if id(node) not in called)
    if any(node.attr.value in absent for node in members):
        return True
    return any(
        node.name.value in ABSENT and not _runs_in_its_own_way(view, reader, node)
        for node in view.find(cst.FunctionDef)
    )


def makes_executors(reader: Reader) -> bool:
    """Whether the file makes executors that 0.7 has."""
    return any(_EXECUTORS & {*path.split(".")} for path in reader.references.values())


def run_by_executors(reader: Reader) -> list[cst.Call]:
    """Calls of `execute_code_blocks` in a file that makes executors."""
    if not makes_executors(reader):
        return []
    return [
        call
        for call in reader.source.find(cst.Call)
        if isinstance(call.func, cst.Attribute)
        and call.func.attr.value == _RUNS
        and len(call.args) == 1
        and "super(" not in reader.source.code(call.func)
    ]


def _runs_in_its_own_way(view: Source, reader: Reader, node: cst.FunctionDef) -> bool:
    """A function of no class, or ``execute_code_blocks`` of an executor that is none of v0.2's."""
    owner = view.class_of(node)
    if owner is None:
        return True
    if node.name.value != _RUNS:
        return False
    return not any(reader.tail(base.value) in {*_EXECUTORS, *CLASSES} - {"CodeExecutor"}
                   for base in owner.bases)  # fmt: skip


def _other_bases(view: Source, reader: Reader) -> bool:
    return any(
        reader.tail(base.value) in _NO_BASES
        for node in view.find(cst.ClassDef)
        for base in node.bases
    )


def _takes_a_name(view: Source, reader: Reader) -> bool:
    """Whether an agent of the program calls something of its own as the classes do of theirs."""
    for node in filter(reader.is_agent, view.find(cst.ClassDef)):
        names = [item.name.value for item in view.find(cst.FunctionDef, node)]
        targets = [item.target for item in view.find(cst.AssignTarget, node)]
        names += [
            target.attr.value
            for target in targets
            if isinstance(target, cst.Attribute) and is_self_attribute(target)
        ]
        if ADDED & {*names}:
            return True
    return False


def _unknown_insides(view: Source, reader: Reader) -> bool:
    """Whether something that v0.2 kept to itself is read or set of an agent made here."""
    known = {*_known_members(), *attributes(), *METHODS}
    for node in view.find(cst.Attribute):
        name = node.attr.value
        if name in known or not re.match("_[^_]", name) or not isinstance(node.value, cst.Name):
            continue
        for item in view.assignments(node.value):
            bound = view.assigned(item.node)
            made = bound[1] if bound is not None else None
            if isinstance(made, cst.Call) and reader.tail(made.func) in CLASSES:
                return True
    return False


def _unknown_to_bases(view: Source, reader: Reader) -> bool:
    """Whether an agent, or a subclass by `super()`, is asked for what the classes do not have."""
    for node in view.find(cst.Attribute):
        asked, owner = node.value, view.class_of(node)
        if isinstance(asked, cst.Call) and asked.func in reader.references:
            parts = [*reader.references[asked.func].split("."), node.attr.value]
            if parts[-2] in CLASSES and _absent_of_a_class(parts):
                return True
        ours = owner is not None and any(reader.is_agent(base.value) for base in owner.bases)
        if owner is None or not isinstance(asked, cst.Call) or view.code(asked.func) != "super":
            continue
        name = METHODS.get(node.attr.value, node.attr.value)
        if ours and not name.startswith("__") and name not in members():
            return True
    return False


def _makes_store(reader: Reader, node: cst.BaseExpression) -> bool:
    """Whether an expression is a place for documents that is made in this file."""
    bound = reader.source.bound_value(node) if isinstance(node, cst.Name) else None
    made = bound[1] if bound is not None else node
    if not isinstance(made, cst.Call):
        return False
    if isinstance(made.func, cst.Name):
        found = reader.source.declaration(made.func)
        if isinstance(found, cst.ClassDef):
            return True
    return reader.tail(made.func) in ("ChromaVectorDB", "QdrantVectorDB", "PGVectorDB")


def _other_ways(view: Source, reader: Reader) -> bool:
    """A database that the classes do not know, Wolfram Alpha, or completions that are no chat."""
    names = {path.rpartition(".")[2] for path in reader.references.values()}
    for entry in view.find(cst.DictElement) if "RetrieveUserProxyAgent" in names else ():
        name = literal(entry.value)
        known = name in (*STORES, "chroma", "chromadb", None) or _makes_store(reader, entry.value)
        if literal(entry.key) == "vector_db" and not known:
            return True
    if "MathUserProxyAgent" in names and "two_tools" in view.text:
        return True
    read = {node.attr.value for node in view.find(cst.Attribute)}
    if "LocalJupyterServer" in names and read & _OF_SERVERS:
        return True
    if "DockerJupyterServer" in names and "get_client" in read:
        return True
    asks = [
        call
        for call in view.find(cst.Call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "create"
    ]
    return "OpenAIWrapper" in names and any(
        arg.keyword is not None and arg.keyword.value == "prompt"
        for call in asks
        for arg in call.args
    )
