"""How a speaker of the semantic model answers in 0.7."""

from __future__ import annotations

from typing import Literal

from .model import DEFAULT_LIMIT, Group, Limit, Speaker

Voice = Literal["model", "human", "proxy", "none"]


def voice(speaker: Speaker, faithful: bool = False) -> Voice:
    """``none``: it never says anything, so its part is only to sign the task."""
    if speaker.hosted is not None:
        return "model"
    if speaker.model is not None:
        return "proxy" if does_more(speaker) else "model"
    takes_part = bool(speaker.chats or speaker.runs) and not speaker.groups
    starts_all = all(chat.starter is speaker for chat in speaker.chats)
    if speaker.silent and takes_part and starts_all and not faithful:
        return "none"
    plain = speaker.code is None and not speaker.auto_reply and not speaker.auto_reply_code
    plain = plain and not speaker.nested
    if speaker.human == "ALWAYS" and plain and speaker.ends is None and not speaker.returns:
        return "human"
    return "proxy"


def does_more(speaker: Speaker) -> bool:
    """Runs code or asks a human first and lets its model answer only where neither does."""
    asks = speaker.human == "ALWAYS" or (speaker.human == "TERMINATE" and speaker.ends is not None)
    return (speaker.code is not None or asks or bool(speaker.nested)) and not speaker.tools


def says_nothing_else(speaker: Speaker) -> bool:
    """But for the chats nested in its answers it has nothing to say."""
    silent = speaker.human == "NEVER" and speaker.code is None and not speaker.auto_reply
    return silent and speaker.model is None and not speaker.auto_reply_code


def ends_itself(speaker: Speaker) -> bool:
    """A proxy that stops the chat from its own turn: it asks a human, or sits in a group."""
    return speaker.human != "NEVER" or bool(speaker.groups)


def ends_group(speaker: Speaker) -> bool:
    """An agent with a model that may end its group chats instead of speaking, and has no others."""
    only = all(isinstance(chat.partner, Group) for chat in speaker.chats)
    special = speaker.ends is not None or speaker.limit != Limit(DEFAULT_LIMIT)
    return bool(speaker.groups) and only and special


def hands_back(speaker: Speaker) -> bool:
    """The group chooses who reads the results of its tools: it may be anybody, itself included."""
    only = all(isinstance(chat.partner, Group) for chat in speaker.chats)
    free = all(g.selection in ("auto", "random") and g.repeat for g in speaker.groups)
    followed = any(group.followers is not None for group in speaker.groups)
    return bool(speaker.tools and speaker.groups) and only and free and not followed
