"""Reads look-ups in what two agents said: last_message() and chat_messages[…]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst

from .model import Chat, Group, HistoryRead, Speaker
from .predicates import subscript_key

if TYPE_CHECKING:
    from .reader import Reader

Kind = Literal["all", "last", "last_text"]


def read_history(reader: Reader) -> None:
    for node in reader.source.find(cst.Attribute):
        speaker = reader.speaker(node.value)
        if speaker is None or id(node.value) in reader.claimed:
            continue
        outer = reader.source.parent(node)
        other: cst.BaseExpression | None = None
        whole: cst.BaseExpression
        kind: Kind
        if node.attr.value == "last_message" and isinstance(outer, cst.Call):
            if len(outer.args) > 1:
                continue
            other = outer.args[0].value if outer.args else None
            whole, kind = _text_of(reader, outer)
        elif node.attr.value in ("chat_messages", "_oai_messages") and (
            isinstance(outer, cst.Subscript) and outer.value is node
        ):
            other, whole, kind = _index(outer), outer, "all"
        else:
            continue
        partner = reader.speaker(other) or reader.group(other) if other is not None else None
        chats = _chats(reader, whole, speaker, partner) if partner or other is None else []
        if chats and (kind != "all" or chats[0].clear):
            reader.claim(node.value, other)
            reader.program.history.append(HistoryRead(whole, speaker, chats, kind))


def _index(node: cst.Subscript) -> cst.BaseExpression | None:
    first = node.slice[0].slice
    return first.value if isinstance(first, cst.Index) else None


def _text_of(reader: Reader, call: cst.Call) -> tuple[cst.BaseExpression, Kind]:
    """``last_message(…)["content"]`` as a whole, or the call alone."""
    outer = reader.source.parent(call)
    if not isinstance(outer, cst.Subscript) or outer.value is not call:
        return call, "last"
    return (outer, "last_text") if subscript_key(outer) == "content" else (call, "last")


def _chats(
    reader: Reader, node: cst.CSTNode, speaker: Speaker, partner: Speaker | Group | None
) -> list[Chat]:
    """The chat a read certainly sees, the last before it on the same path, and what it goes on."""
    source = reader.source
    chats = [chat for chat in reader.program.chats if _between(chat, speaker, partner)]
    if any(chat.queue for chat in reader.program.chats if speaker in _parties(chat)):
        return []
    function = source.function(node)
    if any(source.function(chat.call) is not function for chat in chats):
        return []
    if partner is None and any(chat.partner is not chats[0].partner for chat in chats):
        return []
    place = source.span(node)[0]
    before = [chat for chat in chats if source.span(chat.call)[0] < place]
    if not before or not all(_held(reader, chat, node) for chat in before):
        return []
    fresh = max((at for at, chat in enumerate(before) if chat.clear), default=0)
    return before[fresh:]


def _held(reader: Reader, chat: Chat, node: cst.CSTNode) -> bool:
    """Whether a variable can hold the result of a chat until a read."""
    source = reader.source
    blocks = {id(outer) for outer in source.ancestors(node)}
    outer = source.parent(chat.call)
    outer = source.parent(outer) if isinstance(outer, cst.Await) else outer
    held = isinstance(outer, cst.Expr) or chat.result is not None
    return held and id(source.block(chat.call)) in blocks


def _parties(chat: Chat) -> list[object]:
    found: list[object] = []
    for part in (chat, *chat.queue):
        found += [part.starter, part.partner]
        found += part.partner.members if isinstance(part.partner, Group) else []
    return found


def _between(chat: Chat, speaker: Speaker, partner: Speaker | Group | None) -> bool:
    parties = [chat.starter, chat.partner]
    if speaker not in parties:
        return False
    return partner is None or (partner is not speaker and partner in parties)
