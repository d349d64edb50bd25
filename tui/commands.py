"""What may be typed after `:`, and what it means in a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from .findings import Mark
from .keymap import KEYS
from .places import PLACES, named
from .session import Session

WORDS = {"q": "quit", "quit": "quit", "exit": "quit", "help": "help", "h": "help"}
_TIME = re.compile(r"(?:t\s*=?\s*)?(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)\s*s?", re.IGNORECASE)
FORMATS = ("jsonl", "mermaid", "markdown")


@dataclass(frozen=True, slots=True)
class Command:
    """What a line means: a step to go to, a place, an action, or (kind "say") why nothing."""

    kind: Literal["step", "place", "action", "filter", "break", "export", "say"]
    text: str = ""
    step: int = 0


def understood(session: Session, text: str) -> Command:
    """What was meant by a line."""
    wanted = text.strip()
    word, _, rest = wanted.partition(" ")
    if wanted in WORDS:
        return Command("action", WORDS[wanted])
    if word in ("break", "b"):
        return Command("break", rest.strip())
    if word in ("find", "filter", "f"):
        return Command("filter", rest.strip())
    if word in ("export", "x"):
        return _export(rest.strip() or FORMATS[0])
    if word in ("step", "s") and rest:
        wanted = rest.strip()
    found = _position(session, wanted)
    if found is not None:
        return Command("say", found) if isinstance(found, str) else Command("step", step=found)
    place = named(wanted)
    if place:
        return Command("place", place)
    return _action(wanted) or Command("say", _unknown(session, wanted))


def _export(wanted: str) -> Command:
    for name in FORMATS:
        if name.startswith(wanted.casefold()):
            return Command("export", name)
    return Command("say", f"{wanted!r} is no format: {', '.join(FORMATS)}")


def _position(session: Session, wanted: str) -> int | str | None:
    """A step, why there is no such step, or None for what names no position at all."""
    digits = wanted.lstrip("@").replace(",", "")
    if digits.isdecimal():
        return _step(session, int(digits))
    mark: Mark | None = session.findings.named(wanted)
    if mark is not None:
        return mark.first
    time = _TIME.fullmatch(wanted)
    if time is not None and session.total:
        return session.at_time(_nanoseconds(time))
    return None


def _step(session: Session, step: int) -> int | str:
    if not session.total:
        return "this run has no steps"
    if step >= session.total:
        return f"there is no step {step}: the last is {session.total - 1}"
    return step


def _nanoseconds(time: re.Match[str]) -> int:
    first, second, seconds = time.groups()
    hours, minutes = (int(first), int(second)) if second else (0, int(first or 0))
    return round(((hours * 60 + minutes) * 60 + float(seconds)) * 1e9)


def _action(wanted: str) -> Command | None:
    """An action that is called by the words of the keymap, if only one is."""
    words = wanted.casefold().split()
    known = [key for key in KEYS if key.where in ("replay", "board", "run", "everywhere")]
    fits = [key for key in known if words and all(word in key.text.casefold() for word in words)]
    actions = {key.action for key in fits}
    return Command("action", fits[0].action) if len(actions) == 1 else None


def _unknown(session: Session, wanted: str) -> str:
    names = [mark.finding.code for mark in session.findings.marks]
    names += [name for place in PLACES for name in (place.name, *place.aliases)]
    near = get_close_matches(wanted.upper(), names, 1) or get_close_matches(wanted, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else "; try 412, t=83s, #1 or memory"
    return f"{wanted!r} names no step, time, finding or screen{hint}"
