"""Code of other modules that agents are handed to, and may call by the names they have there."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import libcst as cst

from .known import SEND_METHODS, V02_METHODS
from .reader import Reader
from .syntax import Source

_STORES = ("streamlit.session_state", "chainlit.user_session")  # a file takes out what it put in


def strangers(reader: Reader) -> Iterator[tuple[cst.Call, str]]:
    """Calls that hand an agent to a function which is no part of what is migrated, and its name."""
    view = reader.source
    for call in view.find(cst.Call):
        func = call.func
        if wraps_a_method(func) or in_a_store(view, func):
            continue
        if not is_foreign_function(view, reader, func) or _is_of_program(reader, func):
            continue
        if any(is_agent(view, reader, arg.value) for arg in call.args):
            yield call, view.code(func)


def _is_of_program(reader: Reader, func: cst.CSTNode) -> bool:
    while isinstance(func, cst.Attribute | cst.Call):
        func = func.value if isinstance(func, cst.Attribute) else func.func
    return isinstance(func, cst.Name) and func.value in reader.own.followed.taken


def in_a_store(view: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression reads from, or puts into, what a framework keeps for each session."""
    while not isinstance(node, cst.Name):
        if (view.qualified(node) or "").startswith(_STORES):
            return True
        if isinstance(node, cst.Attribute | cst.Subscript):
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        else:
            return False
    return (view.qualified(node) or "").startswith(_STORES)


def is_foreign_function(view: Source, reader: Reader, func: cst.BaseExpression) -> bool:
    """A function of another module that is neither v0.2 nor the standard library.

    What the program has that knows no agents calls them by the names it knows.
    """
    head: cst.CSTNode = func
    while isinstance(head, cst.Attribute | cst.Call):
        head = head.value if isinstance(head, cst.Attribute) else head.func
    if isinstance(head, cst.Name) and head.value in reader.own.followed.plain:
        return False
    dotted = view.qualified(head)
    if dotted is None and isinstance(head, cst.Name):  # of a star import
        return not view.assignments(head) and not hasattr(builtins, head.value)
    if dotted is None or reader.path(head) is not None:
        return False
    return dotted.lstrip(".").partition(".")[0] not in sys.stdlib_module_names


def wraps_a_method(func: cst.BaseExpression) -> bool:
    """``in_thread(user.initiate_chat)(…)``: what another module calls is the agent's own method."""
    return isinstance(func, cst.Call) and any(
        isinstance(arg.value, cst.Attribute) and arg.value.attr.value in V02_METHODS | SEND_METHODS
        for arg in func.args
    )


def is_agent(view: Source, reader: Reader, node: cst.BaseExpression) -> bool:
    """A name bound to an agent or a group of v0.2, or of a class of this file."""
    bound = view.bound_value(node) if isinstance(node, cst.Name) else None
    if bound is None or not isinstance(bound[1], cst.Call):
        return False
    return reader.path(bound[1].func) is not None and (
        (reader.tail(bound[1].func) or "").endswith(("Agent", "GroupChat", "Manager"))
    )
