"""Tool calls made comparable: progress is a new outcome, not a new call.

The same call with the same result is a repetition. Errors and empty results repeat even while the
arguments drift; a good result of other arguments is work (paging, a map over files), and so is a
result in which anything but a time stamp or an id has changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from .likeness import Likeness, Match
from .wording import mask

_FAILED: Final = re.compile(
    r"^\W*(?:error|exception|traceback|fatal|failed|failure|denied|invalid)\b"
    r'|"(?:error|exception)"\s*:\s*(?!null|false|""|\[\])'
    r"|\b\w+(?:error|exception)\b\s*:"
    r'|"?(?:status|code|exit_?code)"?\s*[:=]\s*"?(?:[45]\d\d|error|failed)\b'
)
_FAILING: Final = (
    "error", "exception", "traceback", "fatal", "fail", "denied", "invalid", "status", "code"
)  # fmt: skip
_EMPTY: Final = re.compile(
    r'^(?:\[\s*\]|\{\s*\}|null|none|""|)$'
    r'|^.{0,40}"(?:results?|items|rows|hits|matches|data|documents)"\s*:\s*\[\s*\].{0,40}$'
    r"|^.{0,20}\b(?:no|0|zero) (?:\w+ )?(?:results?|matches|records|rows|data|entries|hits|files"
    r"|items|documents|match)\b.{0,60}$|^.{0,40}\b(?:nothing|not) (?:was )?found\b.{0,40}$"
)
_PENDING: Final = re.compile(
    r"\b(?:pending|queued|in[_ -]?progress|running|processing|not[_ ]?(?:yet[_ ]?)?ready|building"
    r"|starting|still waiting|try again later|unavailable|rate limit|too many requests"
    r"|throttl\w+)\b"
)
_POLL: Final = re.compile(
    r"status|progress|poll|health|ready|watch|monitor|heartbeat|ping|await|wait|sleep"
)
_INFORMATIVE: Final = 12  # words of a result: more than an acknowledgement
_WORD: Final = re.compile(r"\w+")


@dataclass(slots=True)  # not frozen: made for every step
class Called:
    """A tool call, made comparable."""

    tool: str
    arguments: str  # masked
    outcome: str  # masked
    failed: bool
    empty: bool
    pending: bool  # it waits for something: polled by name, or told to be patient
    informative: bool

    @property
    def fruitless(self) -> bool:
        return self.failed or self.empty


def _fails(head: str) -> bool:
    """The words come first: the pattern is dear, and most results hold none of them."""
    return any(word in head for word in _FAILING) and _FAILED.search(head) is not None


def called(tool: str, arguments: str, outcome: str, *, failed: bool) -> Called:
    """Read a call."""
    result = mask(outcome)
    failed = failed or _fails(result[:600])
    return Called(
        tool=tool,
        arguments=mask(arguments),
        outcome=result,
        failed=failed,
        empty=not failed and len(result) < 200 and _EMPTY.search(result) is not None,
        pending=_POLL.search(tool.lower()) is not None or _PENDING.search(result[:300]) is not None,
        informative=len(result.split(None, _INFORMATIVE)) >= _INFORMATIVE
        or len(_WORD.findall(result[:1000])) >= _INFORMATIVE,
    )


def nearest_call(new: Called, before: Sequence[Called]) -> Match:
    """How a call stands to its agent's own earlier calls, the latest last."""
    drifted = -1
    for place in range(len(before) - 1, -1, -1):
        old = before[place]
        if old.tool != new.tool or old.outcome != new.outcome:
            continue
        if old.arguments == new.arguments:
            return Match(Likeness.SAME, place)
        if drifted < 0 and _drifts(new, old):
            drifted = place
    return Match(Likeness.ALIKE, drifted) if drifted >= 0 else Match(Likeness.NEW)


def _drifts(new: Called, old: Called) -> bool:
    """The arguments changed and it made no difference."""
    if new.failed:
        return _overlap(new.arguments, old.arguments) >= 0.2
    if not (new.empty or new.informative):
        return False
    return _rephrased(new.arguments, old.arguments)


def _overlap(one: str, other: str) -> float:
    left, right = set(_WORD.findall(one)), set(_WORD.findall(other))
    both = left | right
    return len(left & right) / len(both) if both else 1.0


def _rephrased(one: str, other: str) -> bool:
    """The same question in other words; another path, id or number is another question."""
    left, right = _values(one), _values(other)
    if left is None or right is None or left.keys() != right.keys():
        return False
    changed = [(left[key], right[key]) for key in left if left[key] != right[key]]
    return all(isinstance(a, str) and isinstance(b, str) and " " in a.strip() for a, b in changed)


def _values(text: str) -> dict[str, object] | None:
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return cast(dict[str, object], value) if isinstance(value, dict) else None
