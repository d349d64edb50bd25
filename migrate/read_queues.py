"""Reads chats that are listed: one after another, and nested in the answer of a speaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Chat, Nested, Obstacle, Speaker
from .read_chats import read_options, read_parties, read_result
from .syntax import dict_items, elements

if TYPE_CHECKING:
    from .reader import Reader


def read_queue(reader: Reader, call: cst.Call, func: cst.Attribute | None) -> None:
    """``initiate_chats([{…}, …])``: several chats, each told how the ones before ended."""
    name = func.attr.value if func is not None else (reader.tail(call.func) or "")
    chat = Chat(call=call, args={}, is_async=name.startswith("a_"))
    reader.program.chats.append(chat)
    reader.claim(call.func)
    if func is not None:
        chat.starter = reader.speaker(func.value)
        if chat.starter is not None:
            reader.claim(func.value)
            chat.starter.chats.append(chat)
    value: cst.BaseExpression | None = call.args[0].value if len(call.args) == 1 else None
    if isinstance(value, cst.Name):
        bound = reader.source.bound_value(value)
        value = bound[1] if bound else None
    found = elements(value) if value is not None else None
    if not found or not all(isinstance(item, cst.Dict) for item in found):
        obstacle = Obstacle("MIG035", call, "the chats are not a list of literal dictionaries")
        chat.obstacles.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
        return
    for item in found:
        if isinstance(item, cst.Dict):
            _read_queued(reader, chat, item)
    read_result(reader, chat)


def read_nested(reader: Reader) -> None:
    """``speaker.register_nested_chats([{…}], trigger=other)`` as a statement."""
    for call in reader.source.find(cst.Call):
        func = call.func
        if isinstance(func, cst.Attribute) and func.attr.value == "register_nested_chats":
            speaker = reader.speaker(func.value)
            if speaker is not None and isinstance(reader.source.parent(call), cst.Expr):
                _read_registration(reader, call, func, speaker)


def _read_registration(
    reader: Reader, call: cst.Call, func: cst.Attribute, speaker: Speaker
) -> None:
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, ("chat_queue", "trigger"), obstacles, "MIG055")
    if obstacles or set(args) != {"chat_queue", "trigger"}:
        return
    trigger = args["trigger"].value
    listed = elements(trigger)
    nodes = [trigger] if listed is None else listed
    triggers = [found for node in nodes if (found := reader.speaker(node)) is not None]
    queue, listed = args["chat_queue"].value, None
    if isinstance(queue, cst.Name):
        bound = reader.source.bound_value(queue)
        if bound is not None and len(reader.source.named(queue.value)) == 2:
            listed, queue = bound
    items = elements(queue) or ()
    if len(triggers) != len(nodes) or not items:
        return
    chat = Chat(call=call, args={}, is_async=False, starter=speaker, nested=True)
    for item in items:
        if not isinstance(item, cst.Dict):
            return
    for item in items:
        if isinstance(item, cst.Dict):
            _read_queued(reader, chat, item)
    reader.claim(func.value, *nodes)
    speaker.obstacles.extend(chat.obstacles)
    speaker.nested.append(Nested(call, speaker, chat.queue, triggers, listed))


def _read_queued(reader: Reader, chat: Chat, item: cst.Dict) -> None:
    args = dict_items(item)
    if any(key is None for key, _ in args):
        chat.obstacles.append(Obstacle("MIG035", chat.call, "a chat has computed keys"))
        return
    given = {key: value for key, value in args if key}
    part = Chat(call=chat.call, args=given, is_async=chat.is_async)
    part.starter, part.nested = chat.starter, chat.nested
    sender = part.args.get("sender")
    if sender is not None:
        part.starter = reader.speaker(sender)
    read_parties(reader, part, sender)
    read_options(reader, part)
    chat.queue.append(part)
    chat.obstacles.extend(part.obstacles)
