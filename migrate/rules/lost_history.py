"""What v0.2's histories have and the messages of a run have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..model import Chat, Group, Limit, Program, Speaker
from ..syntax import Source, literal
from ..voices import voice
from .reply_limit import partner_replies

SHOWN = ("print", "pprint", "pprint.pprint", "rich.print", "display")


def lost(chat: Chat, results: int = 1) -> str:
    """Why the whole history of a chat is another one now, or "".

    ``results`` says how many runs, one after the other, it is read of.
    """
    starter, partner = chat.starter, chat.partner
    members = partner.members if isinstance(partner, Group) else [partner]
    if any(speaker is not None and speaker.tools for speaker in (starter, *members)):
        return "calls of tools and their results are no chat messages in 0.7"
    if not chat.clear and results == 1:
        return "it went on from the chat before"
    if starter is None or not isinstance(partner, Speaker) or voice(starter) != "none":
        return ""
    if partner_replies(chat, starter, partner) == Limit(1):
        return ""
    return "it had an empty reply between those of the partner"


def lost_of_several(
    source: Source, program: Program, chat: Chat
) -> Iterator[tuple[cst.Attribute, str]]:
    """Reads of histories that may be of chats held one after another, and why they are others."""
    single = {
        id(node) for other in program.chats if not other.queue for node, _ in other.result_reads
    }
    for node in source.find(cst.Attribute) if chat.result_reads else ():
        if node.attr.value == "chat_history" and id(node) not in single:
            text = next((text for part in _read_parts(chat, node) if (text := lost(part))), "")
            if text and not is_one_message(source, node):
                yield node, text


def _read_parts(chat: Chat, node: cst.Attribute) -> Sequence[Chat]:
    """The one chat that `results[0].chat_history` means, else all."""
    read = node.value
    if isinstance(read, cst.Subscript) and isinstance(chat.result, cst.Name):
        index = read.slice[0].slice
        number = literal(index.value) if isinstance(index, cst.Index) else ...
        named = isinstance(read.value, cst.Name) and read.value.value == chat.result.value
        if named and isinstance(number, int) and -len(chat.queue) <= number < len(chat.queue):
            return [chat.queue[number]]
    return chat.queue


def is_one_message(source: Source, node: cst.CSTNode) -> bool:
    """`history[0]` and `history[-1]`, which are the same."""
    outer = source.parent(node)
    if not isinstance(outer, cst.Subscript) or outer.value is not node:
        return False
    index = outer.slice[0].slice
    return isinstance(index, cst.Index) and literal(index.value) in (0, -1)


def is_shown(source: Source, node: cst.CSTNode) -> bool:
    """Whether a value is only printed, so that nothing of the program depends on its form."""
    for outer in source.ancestors(node):
        if isinstance(outer, cst.Call):
            name = source.code(outer.func)
            return name in SHOWN or name.startswith(("logging.", "logger.", "st.write"))
        if isinstance(outer, cst.BaseStatement | cst.BaseSmallStatement):
            return isinstance(outer, cst.Expr)  # the last line of a cell
    return False
