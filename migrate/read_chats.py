"""Reads who starts which conversation with whom, and what is done with its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from .known import CHAT_METHODS, INITIATE
from .model import Chat, Obstacle
from .syntax import dict_items, elements, literal, string

if TYPE_CHECKING:
    from .reader import Reader

_QUEUE_KEYS = frozenset({*INITIATE, "sender", "carryover", "verbose"})


def read_chats(reader: Reader) -> None:
    for call in reader.source.find(cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in CHAT_METHODS:
            _read_chat(reader, call, call.func)
        elif reader.tail(call.func) in CHAT_METHODS:
            _read_queue(reader, call, None)
    if reader.program.groups:
        _read_group_messages(reader)


def _read_chat(reader: Reader, call: cst.Call, func: cst.Attribute) -> None:
    if reader.tail(func) in CHAT_METHODS:
        _read_queue(reader, call, None)
        return
    starter = reader.speaker(func.value)
    if func.attr.value in ("initiate_chats", "a_initiate_chats"):
        _read_queue(reader, call, func)
        return
    chat = Chat(call=call, args={}, is_async=func.attr.value.startswith("a_"))
    chat.starter = starter
    reader.program.chats.append(chat)
    args = reader.arguments(call, INITIATE, chat.obstacles, "MIG030")
    chat.args = {name: arg.value for name, arg in args.items()}
    _read_parties(reader, chat, func.value)
    _read_options(reader, chat)
    _read_result(reader, chat)


def _read_parties(reader: Reader, chat: Chat, starter: cst.BaseExpression | None) -> None:
    if chat.starter is None:
        obstacle = Obstacle("MIG098", chat.call, "who starts this chat is not known in this file")
        chat.obstacles.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
    else:
        reader.claim(starter)
        chat.starter.chats.append(chat)
    recipient = chat.args.get("recipient")
    if recipient is None:
        chat.obstacles.append(Obstacle("MIG030", chat.call, "has no recipient"))
        return
    speaker, group = reader.speaker(recipient), reader.group(recipient)
    chat.partner = speaker or group
    if chat.partner is None:
        text = "with whom this chat is held is not known in this file"
        obstacle = Obstacle("MIG098", chat.call, text)
        chat.obstacles.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
        return
    reader.claim(recipient)
    chat.partner.chats.append(chat)


def _read_options(reader: Reader, chat: Chat) -> None:
    args, call = chat.args, chat.call
    if "max_turns" in args and literal(args["max_turns"]) is not None:
        chat.turns = reader.limit(args["max_turns"])
    if "clear_history" in args:
        value = literal(args["clear_history"])
        chat.clear = value is not False
        if value is ...:
            chat.obstacles.append(Obstacle("MIG036", call, "clear_history is not a literal"))
    if "silent" in args:
        chat.silent = literal(args["silent"]) is True
    if "cache" in args and literal(args["cache"]) is not None:
        chat.obstacles.append(Obstacle("MIG014", call, "give the model client a cache instead"))
    if "summary_method" in args:
        method = string(args["summary_method"])
        if method in ("last_msg", "reflection_with_llm"):
            chat.summary = method
        elif literal(args["summary_method"]) is not None:
            text = "summary_method is a function of v0.2 agents"
            chat.obstacles.append(Obstacle("MIG034", call, text))
    _read_summary_args(reader, chat)
    _read_message(reader, chat)
    for name in args:
        if name not in _QUEUE_KEYS and _is_text(reader, args.get("message")):
            chat.ignored.append(name)
        elif name not in _QUEUE_KEYS:
            text = f"{name} is context for a message function; write it into the message"
            chat.obstacles.append(Obstacle("MIG030", call, text))


def _read_summary_args(reader: Reader, chat: Chat) -> None:
    value = chat.args.get("summary_args")
    if value is None or literal(value) is None:
        return
    items = dict_items(value) if isinstance(value, cst.Dict) else [(None, value)]
    for key, item in items:
        if key == "summary_prompt":
            chat.summary_prompt = reader.source.code(item)
        elif not (key == "summary_role" and string(item) == "system"):
            text = f"summary_args has {key or '**'!r}"
            chat.obstacles.append(Obstacle("MIG034", chat.call, text))


def _read_message(reader: Reader, chat: Chat) -> None:
    message = chat.args.get("message")
    text = ""
    if message is None or literal(message) is None:
        text = "the first message is typed by a human; read it with input() first"
    elif isinstance(message, cst.Lambda):
        text = "the first message is made by a function of v0.2 agents"
    elif isinstance(message, cst.Dict):
        text = "the first message is a dictionary"
    elif isinstance(message, cst.Name):
        target = reader.source.declaration(message)
        bound = reader.source.bound_value(message)
        if isinstance(target, cst.FunctionDef):
            text = "the first message is made by a function of v0.2 agents"
        elif bound is not None and isinstance(bound[1], cst.Dict):
            text = "the first message is a dictionary"
    elif isinstance(message, cst.Attribute) and message.attr.value == "message_generator":
        text = "the first message is made by a retrieval agent"
    if text:
        chat.obstacles.append(Obstacle("MIG030", chat.call, text))


def _is_text(reader: Reader, message: cst.BaseExpression | None) -> bool:
    """Whether a message is certainly text: v0.2 then makes nothing of other keywords."""
    if isinstance(message, cst.Name):
        bound = reader.source.bound_value(message)
        message = bound[1] if bound is not None else None
    texts = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
    if isinstance(message, cst.BinaryOperation):
        return _is_text(reader, message.left) or _is_text(reader, message.right)
    if isinstance(message, cst.Call) and isinstance(message.func, cst.Attribute):
        return message.func.attr.value in ("format", "strip") and _is_text(
            reader, message.func.value
        )
    return isinstance(message, texts)


def _read_result(reader: Reader, chat: Chat) -> None:
    call: cst.CSTNode = chat.call
    parent = reader.source.parent(call)
    if isinstance(parent, cst.Await):
        call, parent = parent, reader.source.parent(parent)
    if isinstance(parent, cst.Attribute) and parent.value is call:
        chat.result_reads.append((parent, parent.attr.value))
        return
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        target = parent.targets[0].target
        if isinstance(target, cst.Name):
            chat.result = target
            _read_result_uses(reader, chat, target)
            return
    if not isinstance(parent, cst.Expr | cst.Return | cst.Attribute):
        return
    if isinstance(parent, cst.Return):
        chat.result_reads.append((call, ""))


def _read_result_uses(reader: Reader, chat: Chat, target: cst.Name) -> None:
    source = reader.source
    scope = source.scope(target)
    if scope is None:
        return
    names = [item.node for item in scope.accesses[target.value] if isinstance(item.node, cst.Name)]
    for node in sorted(names, key=lambda name: source.span(name)):
        seen = source.declaration(node)
        if seen is not target:
            if seen is None and any(item.node is target for item in source.assignments(node)):
                text = f"{target.value} is assigned more than once"
                chat.obstacles.append(Obstacle("MIG033", chat.call, text))
            continue
        parent = source.parent(node)
        if isinstance(parent, cst.Attribute) and parent.value is node:
            chat.result_reads.append((parent, parent.attr.value))
        else:
            chat.result_reads.append((node, ""))


def _read_group_messages(reader: Reader) -> None:
    for node in reader.source.find(cst.Attribute):
        group = reader.group(node.value)
        if group is None or id(node.value) in reader.claimed:
            continue
        outer = reader.source.parent(node)
        if node.attr.value == "messages":
            reader.claim(node.value)
            group.message_reads.append(node)
        elif node.attr.value == "groupchat" and _is_messages(outer):
            reader.claim(node.value)
            group.message_reads.append(outer)


def _is_messages(node: cst.CSTNode | None) -> TypeGuard[cst.Attribute]:
    return isinstance(node, cst.Attribute) and node.attr.value == "messages"


def _read_queue(reader: Reader, call: cst.Call, func: cst.Attribute | None) -> None:
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
    _read_result(reader, chat)


def _read_queued(reader: Reader, chat: Chat, item: cst.Dict) -> None:
    args = dict_items(item)
    if any(key is None for key, _ in args):
        chat.obstacles.append(Obstacle("MIG035", chat.call, "a chat has computed keys"))
        return
    part = Chat(call=chat.call, args={key: value for key, value in args if key}, is_async=False)
    part.starter = chat.starter
    sender = part.args.get("sender")
    if sender is not None:
        part.starter = reader.speaker(sender)
    _read_parties(reader, part, sender)
    _read_options(reader, part)
    chat.queue.append(part)
    chat.obstacles.extend(part.obstacles)
