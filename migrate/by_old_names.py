"""Whether agents of a file have to answer to the names that v0.2 had for methods and options."""

from __future__ import annotations

import libcst as cst

from .classic_names import CLASSES, METHODS
from .reader import Reader

_ASKING = frozenset({"isinstance", "issubclass", "register_reply", "TypeVar", "cast"})


def called_by_old_names(reader: Reader) -> bool:
    """A class of agents goes where it cannot be followed, as `partial(AssistantAgent, …)` makes it
    go, or a method is called that others of the program have, too, or by its name in quotes."""
    source = reader.source
    if reader.calls_by_text():
        return True
    for node in source.walk():
        if isinstance(node, cst.Attribute) and node.attr.value in METHODS and reader.is_kept(node):
            return True
        if isinstance(node, cst.ClassDef) and node.decorators and reader.is_agent(node):
            return True  # what decorates it may keep it
        named = isinstance(node, cst.Name | cst.Attribute) and _is_class(reader, node)
        if named and _goes_elsewhere(reader, node):
            return True
    return False


def _is_class(reader: Reader, node: cst.Name | cst.Attribute) -> bool:
    name = reader.tail(node) or ""
    return (name in CLASSES and name[:1].isupper()) or reader.is_agent(node)


def _goes_elsewhere(reader: Reader, node: cst.CSTNode) -> bool:
    """Whether an expression is a value that is kept or handed on."""
    parent = reader.source.parent(node)
    while isinstance(parent, cst.Element | cst.List | cst.Tuple | cst.Set | cst.IfExp):
        parent = reader.source.parent(parent)
    if isinstance(parent, cst.Arg):
        call = reader.source.parent(parent)
        func = call.func if isinstance(call, cst.Call) else None
        last = func.attr if isinstance(func, cst.Attribute) else func
        return isinstance(last, cst.Name) and last.value not in _ASKING
    if isinstance(parent, cst.Param):
        return parent.default is node
    kinds = cst.DictElement | cst.Assign | cst.AnnAssign | cst.Return | cst.Lambda | cst.Yield
    return isinstance(parent, kinds)
