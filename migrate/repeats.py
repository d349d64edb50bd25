"""Does a program ask a model the same thing again? v0.2 then answered from its default cache."""

from __future__ import annotations

import libcst as cst

from .model import Chat, Program, Speaker
from .syntax import Source


def asks_again(source: Source, program: Program) -> bool:
    """Whether two chats begin with the same message to the same prompt, or one does in a loop.

    Where in doubt it says yes: the cache that this brings is the one v0.2 had.
    """
    seen: set[tuple[str, str]] = set()
    for chat in program.chats:
        for part in chat.queue or [chat]:
            message = part.args.get("message")
            if message is None or part.partner is None:
                continue
            asked = (source.code(message), _prompts(source, part))
            if asked in seen or _in_loop(source, chat, message):
                return True
            seen.add(asked)
    return False


def _prompts(source: Source, chat: Chat) -> str:
    """What the models of the side that answers are told, as source code."""
    partner = chat.partner
    speakers = [partner] if isinstance(partner, Speaker) else partner.members if partner else []
    texts: list[str] = []
    for speaker in speakers:
        given = speaker.args.get("system_message")
        texts.append(speaker.kind if given is None else source.code(given.value))
    return "\0".join(texts)


def _in_loop(source: Source, chat: Chat, message: cst.BaseExpression) -> bool:
    """Whether the chat is held again and again with a message that the loop does not change."""
    names = {node.value for node in source.find(cst.Name, message)}
    for outer in source.ancestors(chat.call):
        if isinstance(outer, cst.FunctionDef | cst.ClassDef):
            return False
        if isinstance(outer, cst.For | cst.While):
            changed = {
                node.value
                for node in source.find(cst.Name, outer)
                if isinstance(
                    source.parent(node),
                    cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.Element,
                )
            }
            return not names & changed
    return False
