"""Reads reply functions that only look: they return (False, None) on every way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Obstacle, Watcher
from .syntax import elements, literal

if TYPE_CHECKING:
    from .reader import Reader

_ANYBODY = frozenset({"Agent", "ConversableAgent"})


def read_watchers(reader: Reader) -> None:
    """``speaker.register_reply([Agent, None], look)`` as a statement."""
    for call in reader.source.find(cst.Call):
        func = call.func
        if not isinstance(func, cst.Attribute) or func.attr.value != "register_reply":
            continue
        speaker = reader.speaker(func.value)
        obstacles: list[Obstacle] = []
        names = ("trigger", "reply_func", "position", "config")
        args = reader.arguments(call, names, obstacles, "MIG056")
        if speaker is None or obstacles or {*args} - {"trigger", "reply_func", "config"}:
            continue
        if not {"trigger", "reply_func"} <= {*args} or not _anybody(reader, args["trigger"].value):
            continue
        function = args["reply_func"].value
        if not isinstance(reader.source.parent(call), cst.Expr) or not _looks(reader, function):
            continue
        reader.claim(func.value)
        config = args["config"].value if "config" in args else None
        speaker.watchers.append(Watcher(call, function, config))
        for node in reader.references:
            if reader.source.inside(node, args["trigger"]):
                reader.claim(node)


def _anybody(reader: Reader, trigger: cst.BaseExpression) -> bool:
    """Whether a trigger takes messages of every agent."""
    found = elements(trigger)
    nodes = [trigger] if found is None else list(found)
    classes = [node for node in nodes if reader.tail(node) in _ANYBODY]
    return bool(classes) and all(node in classes or literal(node) is None for node in nodes)


def _looks(reader: Reader, node: cst.BaseExpression) -> bool:
    """Whether a function of the file never answers, and of the agents reads only the names."""
    function = reader.source.declaration(node) if isinstance(node, cst.Name) else None
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is not None:
        return False
    params = [param.name.value for param in function.params.params]
    if len(params) != 4 or function.decorators:
        return False
    for found in reader.source.find(cst.Return, function.body):
        values = elements(found.value) if found.value is not None else None
        if values is None or [literal(value) for value in values] != [False, None]:
            return False
    for name in reader.source.find(cst.Name, function.body):
        parent = reader.source.parent(name)
        if name.value not in (params[0], params[2]):
            continue
        if not (isinstance(parent, cst.Attribute) and parent.attr.value == "name"):
            return False
    for reference in reader.references:
        if reader.source.inside(reference, function.params):
            return False  # its annotations name agents of v0.2
    returns = reader.source.find(cst.Return, function.body)
    return bool(returns)
