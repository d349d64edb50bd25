"""Signs that a repetition is a loop sooner than it would be told by itself.

What is said again in other words may still be another thing; what a whole round says without one
word that nobody has used lately cannot be. In the third round of a talk it is enough, whatever the
second one brought beside it. And a failure that does not pass by itself is no reason to try the
very same again: who does so twice, and says so or varies it with nothing else done in between, is
told at the third try, while a silent third try of the same is common practice. So is who gets the
same page to the letter three times and comments on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .likeness import Likeness
from .loop import Mark
from .rows import ample
from .wording import Wording

SOON: Final = 3.0  # score that will do
CLOSED: Final = 2  # rounds in which nobody has used a new word
BACK_AGAIN: Final = 2  # messages in a row that come to the letter
APART: Final = 2  # own messages between them and what they repeat
FULL: Final = 3  # content words of each
TRIES: Final = 2  # after the first
_NAME: Final = re.compile(r"[^\W\d_]{3,}")
_PASSES: Final = re.compile(
    r"time(?:d )?.?out|\b(?:408|425|429|50[0234])\b|unavailable|try again|retry|temporar|refused"
    r"|reset|unreachable|busy|locked|throttl|rate.?limit|too many requests|connection|network"
    r"|overload|flak|starting|not (?:yet )?ready|pending|in progress",
    re.IGNORECASE,
)


def nothing_new(marks: Iterable[Mark], since: int) -> bool:
    """All acts after that place repeat, without a word or number that was not in use, and none of
    them waits for something."""
    return all(
        mark.likeness > Likeness.NEW and not (mark.fresh or mark.moves or _may_pass(mark))
        for mark in marks
        if mark.place > since
    )


def all_again(marks: Iterable[Mark], since: int) -> bool:
    """All acts after that place repeat, none of them only because it says so little."""
    return all(mark.recurs for mark in marks if mark.place > since)


def comes_back(marks: Sequence[Mark]) -> list[Mark]:
    """The latest messages, when they come to the letter after others that lay between: who speaks
    of its own accord uses the very words of some rounds ago only when all ways to say it are
    through. Not where anything was done meanwhile, or a value changes. Empty when they do not.
    """
    row = [marks[-at] for at in range(min(BACK_AGAIN, len(marks)), 0, -1)]
    if len(row) < BACK_AGAIN or not all(map(_in_full, row)):
        return []
    names = {mark.agent for mark in row}
    since = min(mark.match for mark in row)
    between = [mark for mark in marks if mark.place >= since]
    for mark in row:
        own = [m for m in between if m.agent == mark.agent and m.match < m.place]
        if sum(mark.match < m.place < mark.place and m.kind == "say" for m in own) < APART:
            return []
    if any(m.moves and m.agent in names for m in marks):
        return []
    if any(m.kind == "call" and not m.recurs and not m.fruitless for m in between):
        return []
    return row


def since(
    marks: Sequence[Mark], row: Sequence[Mark], said: Mapping[int, tuple[str, Wording]]
) -> tuple[int, list[str]]:
    """Where a talk began whose words come back, and who takes part: back from the first message
    that was repeated as far as its agents say little but what is said from there on.
    """
    onset = min(mark.match for mark in row)
    told = [mark.agent for mark in marks if mark.place >= onset and mark.kind == "say"]
    agents = [name for name in dict.fromkeys(told) if told.count(name) >= APART]
    known = frozenset[str]().union(*(said[at][1].stems for at in said if at >= onset))
    for mark in reversed(marks):
        if mark.place < onset and mark.kind == "say":
            stems = said[mark.place][1].stems if mark.place in said else frozenset[str]()
            if mark.agent not in agents or 2 * len(stems & known) < len(stems) or not stems:
                break
            onset, known = mark.place, known | stems
    return onset, agents


def _in_full(mark: Mark) -> bool:
    return (
        mark.kind == "say"
        and mark.likeness == Likeness.SAME
        and not mark.fresh
        and mark.terms >= FULL
    )


def in_vain(marks: Sequence[Mark], row: Sequence[Mark]) -> bool:
    """Calls that go on failing for a cause that stays, or that get the same page to the letter,
    with words around them or put otherwise each time, and no other work.
    """
    again = all(mark.likeness == Likeness.SAME for mark in row) and ample(row)
    if not again and not all(mark.failed and not _may_pass(mark) for mark in row):
        return False
    between = [mark for mark in marks if mark.place > row[0].match]
    works = any(m.kind == "call" and m.agent == row[0].agent and not m.recurs for m in between)
    varied = any(mark.likeness == Likeness.ALIKE for mark in row)
    return not works and (varied or any(mark.kind == "say" for mark in between))


def spared(marks: Iterable[Mark], row: Sequence[Mark], times: int) -> int:
    """How many times longer than usual a row may go on, where its pace allows for `times`."""
    if each_waits(row):
        return 1
    return 2 if times == 1 and moves_on(marks, row) else times


def each_waits(row: Iterable[Mark]) -> bool:
    """Calls that are put off take turns, and each is told to wait for what another one asks for:
    none of them will come.
    """
    told: dict[str, str] = {mark.asks: mark.outcome.lower() for mark in row if mark.pending}
    asked = {asks: set(_NAME.findall(asks.partition("(")[2].lower())) for asks in told}
    common = set[str].intersection(*asked.values()) if asked else set[str]()
    return len(told) > 1 and all(
        any(
            name in outcome
            for other, names in asked.items()
            if other != asks
            for name in names - common - asked[asks]
        )
        for asks, outcome in told.items()
    )


def moves_on(marks: Iterable[Mark], row: Sequence[Mark]) -> bool:
    """One and the same call, which came to another good result before, and to that more than once:
    what it looks at changes by itself, and stands still for a while in between.
    """
    asks = {mark.asks for mark in row if mark.kind == "call"}
    if len(asks) != 1 or any(mark.fruitless for mark in row):
        return False
    now = {mark.token for mark in row if mark.kind == "call"}
    return any(
        m.asks in asks and m.token not in now and m.recurs and not m.fruitless for m in marks
    )


def _may_pass(mark: Mark) -> bool:
    return mark.pending or (mark.fruitless and _PASSES.search(mark.outcome) is not None)
