"""What a person may leave on v0.2: whole conversations, because half of one is none."""

from __future__ import annotations

from collections.abc import Sequence

from .model import DECLINED, Chat, Group, Obstacle, Speaker
from .standing import Conversation
from .syntax import Source


def decline(conversations: Sequence[Conversation]) -> None:
    """Keep these on v0.2 without a mark: nothing is left to do about them."""
    for parts in conversations:
        for part in parts:
            part.obstacles.append(Obstacle("MIG098", part.call, DECLINED))


def described(source: Source, parts: Conversation) -> tuple[int, str]:
    """The line a conversation begins at, and who is part of it."""
    line = min(source.line(part.call) for part in parts)
    names = [
        part.variable or part.name or "an agent" for part in parts if isinstance(part, Speaker)
    ]
    chats = sum(isinstance(part, Chat) for part in parts)
    groups = any(isinstance(part, Group) for part in parts)
    what = "a group chat" if groups else "a chat" if chats else "no chat here"
    if chats > 1:
        what = f"{chats} chats"
    return line, f"{', '.join(names) or 'agents made elsewhere'}: {what}"
