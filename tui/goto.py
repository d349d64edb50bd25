"""What may be typed after `:`, and what it means in a run."""

from __future__ import annotations

import re
from difflib import get_close_matches

from .findings import Mark
from .session import Session

COMMANDS = ("runs", "help", "q", "quit")
_TIME = re.compile(r"(?:t\s*=?\s*)?(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)\s*s?", re.IGNORECASE)


def resolve(session: Session, text: str) -> int | str:
    """A step to go to, or a sentence that says why there is none."""
    wanted = text.strip()
    digits = wanted.lstrip("@").replace(",", "")
    if digits.isdigit():
        return _step(session, int(digits))
    mark: Mark | None = session.findings.named(wanted)
    if mark is not None:
        return mark.first
    time = _TIME.fullmatch(wanted)
    if time is not None and session.total:
        return session.at_time(_nanoseconds(time))
    return _unknown(session, wanted)


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


def _unknown(session: Session, wanted: str) -> str:
    names = [mark.finding.code for mark in session.findings.marks]
    near = get_close_matches(wanted.upper(), names, 1) or get_close_matches(wanted, COMMANDS, 1)
    hint = f"; did you mean {near[0]!r}?" if near else "; try 412, t=83s or #1"
    return f"{wanted!r} names no step, time or finding{hint}"
