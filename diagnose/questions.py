"""Arguments of a call that are put in words: what they ask for, and what they name."""

from __future__ import annotations

import re
from typing import Final, cast

import msgspec

from .synonyms import stem

_WORD: Final = re.compile(r"\w+")
_THING: Final = re.compile(r"\w[\w-]*[/.:@\\]\w[\w./:@\\-]*")  # a file, an address
_PROSE: Final = re.compile(r"[^\n={}();<>|$]{1,300}")
#: A command by its address, a statement by its verbs.
_COMMAND: Final = re.compile(
    r"\w://|^\s*(?:SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE|DROP|GRANT|WITH)\s"
    r"|\b(?i:(?:alter|create|drop) (?:table|index|view)|insert into|delete from|update \w+ set)\s"
)
_VERBS: Final = (
    "://", "SELECT", "INSERT", "UPDATE", "DELETE", "ALTER", "CREATE", "DROP", "GRANT", "WITH",
)  # fmt: skip
_JOINED: Final = re.compile(r"[/.:@\\]\w")  # in all of them


def question(value: object) -> bool:
    """Words, and no code or command."""
    if not isinstance(value, str) or " " not in value.strip():
        return False
    return _PROSE.fullmatch(value) is not None and not _commands(value)


def _commands(text: str) -> bool:
    """It is a command or has one in it, which is looked for where one of its words is."""
    if text.isascii() and not any(map(text.upper().__contains__, _VERBS)):
        return False
    return _COMMAND.search(text) is not None


def things(value: object) -> list[str]:
    """The files and addresses that a question names."""
    text = str(value)
    return sorted(_THING.findall(text)) if _JOINED.search(text) is not None else []


def names_another(text: str, other: str, seen: frozenset[str]) -> bool:
    """What is new in a question is a name, or it fills the one slot of a template."""
    words = _WORD.findall(text)
    old = {stem(word) for word in _WORD.findall(other.lower())}
    differing = [word for word in words if stem(word.lower()) not in old]
    fresh = [word for word in differing if stem(word.lower()) not in seen]
    if len(differing) == 1 and fresh:
        return True
    return bool(fresh) and all(word[0].isupper() for word in differing)


def values_of(text: str) -> dict[str, object] | None:
    """Arguments by name, None where they have none."""
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return cast(dict[str, object], value) if isinstance(value, dict) else None
