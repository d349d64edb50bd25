"""Imports of v0.2 by a name in quotes: what they give is not followed, so they are marked."""

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
        "unittest.mock.patch", "monkeypatch.setattr",
    }
)  # fmt: skip
_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(name.rpartition('.')[2] for name in _ASKING))})\b")


def named_imports(reader: Reader) -> list[cst.Call]:
    """Calls such as ``import_module("autogen.agentchat")``.

    A name that is computed counts where a text of the file is that of a module of v0.2.
    """
    if not _WORDS.search(reader.source.text):
        return []
    asking = [call for call in reader.source.find(cst.Call) if _asks(reader, call)]
    told = {id(call): [_beginning(arg.value) for arg in call.args] for call in asking}
    texts = reader.source.find(cst.SimpleString)
    loose = any(_is_module(literal(node)) and _is_kept(reader, node) for node in texts)
    return [
        call
        for call in asking
        if any(map(_is_module, told[id(call)])) or (loose and told[id(call)][0] is None)
    ]


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
