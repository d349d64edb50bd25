"""Reads functions of the program that make a chat's first message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import MessageMaker

if TYPE_CHECKING:
    from .reader import Reader

# v0.2 calls them with sender, recipient and context, or recipient, messages, sender and config.
_OF_CHAT, _OF_NESTED = 3, 4


def read_maker(
    reader: Reader, read: cst.Name, function: cst.FunctionDef, *, nested: bool = False
) -> MessageMaker | None:
    """The function, when it looks at nothing but the messages (or the context) it is given."""
    params = function.params
    known = _OF_NESTED if nested else _OF_CHAT
    plain = not (params.star_kwarg or params.kwonly_params or params.posonly_params)
    if len(params.params) != known or not plain or function.decorators:
        return None
    if isinstance(params.star_arg, cst.Param) or function.asynchronous is not None:
        return None
    if _reads(reader, function) != [read]:
        return None
    names = [param.name.value for param in params.params]
    kept = names[1] if nested else names[2]
    maker = MessageMaker(function, kept)
    for node in reader.source.find(cst.Name, function.body):
        if node.value not in names or node.value == kept:
            continue
        history = _history(reader, node, names) if nested else None
        if history is None:
            return None
        if history not in maker.histories:
            maker.histories.append(history)
    for node in reader.references:
        if reader.source.inside(node, params):
            reader.claim(node)  # the parameters are written anew
    for call in maker.histories:
        reader.claim(call.func)
    return maker


def _reads(reader: Reader, function: cst.FunctionDef) -> list[cst.Name]:
    return [
        node
        for node in reader.source.named(function.name.value)
        if node is not function.name
        and any(item.node is function for item in reader.source.assignments(node))
    ]


def _history(reader: Reader, node: cst.Name, names: list[str]) -> cst.Call | None:
    """``recipient.chat_messages_for_summary(sender)`` around a name in it."""
    for outer in reader.source.ancestors(node):
        if not isinstance(outer, cst.Call):
            if isinstance(outer, cst.BaseStatement):
                return None
            continue
        func = outer.func
        found = (
            isinstance(func, cst.Attribute)
            and func.attr.value == "chat_messages_for_summary"
            and isinstance(func.value, cst.Name)
            and func.value.value == names[0]
            and len(outer.args) == 1
            and isinstance(outer.args[0].value, cst.Name)
            and outer.args[0].value.value == names[2]
        )
        return outer if found else None
    return None
