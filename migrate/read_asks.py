"""Reads questions to a speaker outside of any chat, and orders to forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import DEFAULT_LIMIT, Ask, Group, Obstacle
from .predicates import subscript_key

if TYPE_CHECKING:
    from .reader import Reader

ASKING = frozenset({"generate_reply", "a_generate_reply"})


def read_asks(reader: Reader) -> None:
    for call in reader.source.find(cst.Call):
        func = call.func
        if not isinstance(func, cst.Attribute):
            continue
        if func.attr.value in ASKING:
            _read_question(reader, call, func)
        elif func.attr.value == "reset" and not call.args:
            _read_reset(reader, call, func)


def _read_question(reader: Reader, call: cst.Call, func: cst.Attribute) -> None:
    """``speaker.generate_reply(messages=[…])``: it answers these messages and no others."""
    speaker = reader.speaker(func.value)
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, ("messages", "sender"), obstacles, "MIG037")
    if speaker is None or obstacles or "messages" not in args or {*args} - {"messages", "sender"}:
        return
    sender = args.get("sender")
    if sender is not None and reader.speaker(sender.value) is None:
        return
    reader.claim(func.value, sender and sender.value)
    ask = Ask(call, speaker, "reply", args["messages"].value)
    _read_texts(reader, ask)
    speaker.asks.append(ask)
    reader.program.asks.append(ask)


def _read_texts(reader: Reader, ask: Ask) -> None:
    """Reads of ``["content"]``: some clients of v0.2 answer with a dictionary."""
    source, node = reader.source, ask.call
    parent = source.parent(node)
    parent = source.parent(parent) if isinstance(parent, cst.Await) else parent
    target = parent.targets[0].target if isinstance(parent, cst.Assign) else None
    names = source.named(target.value) if isinstance(target, cst.Name) else []
    reads = [source.parent(name) for name in names if source.declaration(name) is target]
    for read in [parent, *reads]:
        if isinstance(read, cst.Subscript) and subscript_key(read) == "content":
            ask.text_reads.append(read)


def _read_reset(reader: Reader, call: cst.Call, func: cst.Attribute) -> None:
    """``speaker.reset()`` as a statement of its own."""
    parent = reader.source.parent(call)
    if not isinstance(parent, cst.Expr):
        return
    speaker, group = reader.speaker(func.value), reader.group(func.value)
    if speaker is not None:
        reader.claim(func.value)
        speaker.asks.append(Ask(call, speaker, "reset"))
        reader.program.asks.append(speaker.asks[-1])
    elif group is not None:
        reader.claim(func.value)
        group.resets.append(call)


def check_asks(reader: Reader) -> None:
    """What cannot be asked as v0.2 would."""
    for ask in reader.program.asks:
        if ask.kind == "reply":
            text = _refusal(reader, ask)
            if text:
                ask.speaker.obstacles.append(Obstacle("MIG037", ask.call, text))
    for group in reader.program.groups:
        if group.resets and not all(_clears(group)):
            text = "is reset, but a chat of it goes on without clear_history"
            group.obstacles.append(Obstacle("MIG036", group.resets[0], text))


def _clears(group: Group) -> list[bool]:
    return [chat.clear for chat in group.chats if chat.partner is group]


def _refusal(reader: Reader, ask: Ask) -> str:
    speaker = ask.speaker
    questions = sum(ask.kind == "reply" for ask in speaker.asks)
    if speaker.model is None:
        return "is asked for a reply, but has no model"
    if speaker.tools or speaker.code is not None or speaker.nested:
        return "is asked for a reply, which may be a tool call or the output of code"
    if speaker.human == "ALWAYS" or (speaker.human == "TERMINATE" and speaker.ends is not None):
        return "is asked for a reply, which a human may type"
    if (speaker.limit.number or 0) < min(questions, DEFAULT_LIMIT):
        return "may refuse to reply, because of its limit"
    if any(not chat.clear for chat in speaker.chats) and not _before_all(reader, ask):
        return "is asked for a reply in the middle of a chat that goes on"
    return ""


def _before_all(reader: Reader, ask: Ask) -> bool:
    """Whether a question is asked once, before the first chat of its agent."""
    source = reader.source
    if any(isinstance(outer, cst.For | cst.While) for outer in source.ancestors(ask.call)):
        return False
    place, function = source.span(ask.call)[0], source.function(ask.call)
    return all(
        source.function(chat.call) is function and source.span(chat.call)[0] > place
        for chat in ask.speaker.chats
    )
