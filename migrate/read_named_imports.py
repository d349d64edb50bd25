"""Imports of v0.2 by a name in quotes, or in code in quotes, and modules that are looked up by it.

What they give is not followed, so they are marked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from .known import IN_QUOTES, ROOTS
from .model import Obstacle
from .syntax import literal

if TYPE_CHECKING:
    from .reader import Reader

# What imports a module, asks whether a package is there, or replaces what it has, by its name.
_ASKING = frozenset(
    {
        "__import__", "builtins.__import__", "importlib.import_module", "importlib.util.find_spec",
        "importlib.metadata.version", "pkgutil.resolve_name", "pydoc.locate", "pytest.importorskip",
        "unittest.mock.patch", "monkeypatch.setattr", "runpy.run_module",
    }
)  # fmt: skip
_LOADED = "sys.modules"
_RUNNING = frozenset({"exec", "eval", "compile"})
_NAMES = {_LOADED, *_RUNNING, *_ASKING}
_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(name.rpartition('.')[2] for name in _NAMES))})\b")
_IN_CODE = re.compile(
    rf"\b(?:from|import)\s+(?:{'|'.join(ROOTS)})\b"
    rf"|\b(?:import_module|__import__)\(\s*['\"](?:{'|'.join(ROOTS)})\b"
)


def named_imports(reader: Reader) -> list[cst.CSTNode]:
    """Calls such as ``import_module("autogen.agentchat")``, ``sys.modules["autogen"]``, and texts
    that are run and import it.

    A name that is computed counts where a text of the file is that of a module of v0.2.
    """
    if not _WORDS.search(reader.source.text):
        return []
    return [*_asked(reader), *_run(reader), *_looked_up(reader)]


def _asked(reader: Reader) -> list[cst.Call]:
    asking = [call for call in reader.source.find(cst.Call) if _asks(reader, call)]
    told = {id(call): [_beginning(arg.value) for arg in call.args] for call in asking}
    texts = reader.source.find(cst.SimpleString)
    loose = any(_is_module(literal(node)) and _is_kept(reader, node) for node in texts)
    return [
        call
        for call in asking
        if any(map(_is_module, told[id(call)])) or (loose and told[id(call)][0] is None)
    ]


def _run(reader: Reader) -> list[cst.Call]:
    """Calls that run a text which imports v0.2: ``exec("import autogen")``."""
    names = (name for word in _RUNNING for name in reader.source.named(word))
    calls = ((name, reader.source.parent(name)) for name in names)
    return [
        call
        for name, call in calls
        if isinstance(call, cst.Call) and call.func is name and call.args
        if _IN_CODE.search(_text(reader, call.args[0].value))
    ]


def _text(reader: Reader, node: cst.BaseExpression) -> str:
    """The text that is run, also where it has a name."""
    if isinstance(node, cst.Name):
        bound = reader.source.bound_value(node)
        node = bound[1] if bound is not None else node
    text = literal(node)
    if isinstance(text, str | bytes):
        return text if isinstance(text, str) else text.decode(errors="replace")
    return reader.source.code(node) if isinstance(node, cst.FormattedString) else ""


def _looked_up(reader: Reader) -> list[cst.CSTNode]:
    """Where ``sys.modules`` is asked for a module of v0.2, by index, method or ``in``."""
    return [
        use
        for word in reader.source.named("modules")
        for node in (word, reader.source.parent(word))
        if isinstance(node, cst.BaseExpression) and reader.source.qualified(node) == _LOADED
        for use in [_lookup(reader, node)]
        if use is not None
    ]


def _lookup(reader: Reader, modules: cst.BaseExpression) -> cst.CSTNode | None:
    outer = reader.source.parent(modules)
    keys: list[cst.BaseExpression] = []
    if isinstance(outer, cst.Subscript) and outer.value is modules:
        keys = [each.slice.value for each in outer.slice if isinstance(each.slice, cst.Index)]
    elif isinstance(outer, cst.Attribute):
        outer = reader.source.parent(outer)
        keys = [arg.value for arg in outer.args[:1]] if isinstance(outer, cst.Call) else []
    elif isinstance(outer, cst.ComparisonTarget):
        outer = reader.source.parent(outer)
        keys = [outer.left] if isinstance(outer, cst.Comparison) else []
    return outer if any(_is_module(literal(key)) for key in keys) else None


def read_named_imports(reader: Reader) -> None:
    for call in named_imports(reader):
        reader.program.strays.append(Obstacle("MIG001", call, IN_QUOTES))


def _asks(reader: Reader, call: cst.Call) -> bool:
    name = reader.source.qualified(call.func) or reader.source.code(call.func)
    return bool(call.args) and name in _ASKING


def _is_kept(reader: Reader, text: cst.CSTNode) -> bool:
    """Whether a text gets a name, stands among others, or goes to a function of the file."""
    outer = reader.source.parent(text)
    if isinstance(outer, cst.Arg):
        call = reader.source.parent(outer)
        func = call.func if isinstance(call, cst.Call) else None
        return isinstance(func, cst.Name) and isinstance(
            reader.source.declaration(func), cst.FunctionDef
        )
    kinds = cst.Element | cst.DictElement | cst.Assign | cst.AnnAssign | cst.Param
    return isinstance(outer, kinds)


def _is_module(text: object) -> bool:
    return isinstance(text, str) and re.split(r"[.:]", text)[0] in ROOTS


def _beginning(node: cst.BaseExpression) -> str | None:
    """What a text begins with, or None where that is computed."""
    if isinstance(node, cst.BinaryOperation | cst.ConcatenatedString):
        return _beginning(node.left)
    if isinstance(node, cst.FormattedString):
        first = node.parts[0] if node.parts else None
        return first.value if isinstance(first, cst.FormattedStringText) else None
    text = literal(node)
    return text if isinstance(text, str) else None
