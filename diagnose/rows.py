"""Rows of acts that repeat: where they began, who is in them, and what was new in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .likeness import Likeness
from .loop import Mark
from .outcomes import one_matter
from .wording import Wording, wording

TRIVIAL: Final = 0.6  # weight of a repetition that says next to nothing
INSISTS: Final = 4  # repetitions of each of two agents amid others
TELLING: Final = 4  # content words of a message that is more than a set phrase
DENSE: Final = 0.7  # share of the acts since its begin that must be repetitions for a cycle
TERSE: Final = 4  # words of an error that tells next to nothing


def agents_of(row: Iterable[Mark]) -> list[str]:
    return list(dict.fromkeys(mark.agent for mark in row))


def slight(row: Iterable[Mark]) -> bool:
    """All of it are a few words each, as in a game."""
    return all(mark.weight <= TRIVIAL for mark in row)


def regular(row: Sequence[Mark]) -> bool:
    """Most of it repeats what lies equally far back, as rounds do."""
    back = [mark.place - mark.match for mark in row]
    return 2 * max(back.count(gap) for gap in set(back)) >= len(back)


def dense(marks: Iterable[Mark], row: Sequence[Mark]) -> bool:
    """Most acts since its begin repeat. Calls that are neither repetitions nor news do not count;
    half of what agents in the row say in known words does.
    """
    acts = opens = 0
    names = {mark.agent for mark in row}
    for mark in marks:
        if mark.place >= row[0].place:
            known = mark.likeness == Likeness.OPEN and not mark.moves
            acts += not (known and mark.kind == "call")
            opens += known and mark.kind == "say" and mark.agent in names
    return len(row) + opens / 2 >= DENSE * acts


def guided(marks: Sequence[Mark], row: Sequence[Mark], drafts: Mapping[int, Wording]) -> bool:
    """What was changed in drafts is what others asked for: they are worked on."""
    heeded = 0
    for mark in row:
        new, old = drafts.get(mark.place), drafts.get(mark.match)
        if new is not None and old is not None:
            changed = new.stems ^ old.stems
            heeded += any(
                _asks_for(wording(heard.text).stems, changed)
                for heard in marks
                if mark.match < heard.place < mark.place and heard.agent != mark.agent
            )
    return heeded * 3 >= len(row)


def _asks_for(words: frozenset[str], changed: frozenset[str]) -> bool:
    """A good part of a remark is about what was changed."""
    return 4 * len(words & changed) >= max(1, len(words))


def has_news(marks: Sequence[Mark], streak: Sequence[Mark], period: int) -> bool:
    """Something new was said in every other round: the rest answers it by a set phrase."""
    start, game = streak[0].place, slight(streak)
    told: dict[str, list[int]] = {}  # new and repeated acts of each agent
    for mark in marks:
        if mark.place > start:
            row = told.setdefault(mark.agent, [0, 0])
            row[0] += mark.likeness == Likeness.NEW or (game and mark.moves)
            row[1] += mark.recurs
    fresh = sum(new for new, again in told.values() if new >= again)
    return fresh * 2 * period >= marks[-1].place + 1 - start


def onset_of(marks: Sequence[Mark], place: int, period: int) -> int:
    """The first of the acts, up to `place`, that are or were repeated, none a round apart."""
    repeated = {at for m in marks if m.recurs for at in (m.match, m.origin)}
    for mark in reversed(marks):
        if place - mark.place > period:
            break
        if mark.place < place and (mark.recurs or mark.place in repeated):
            place = mark.place
    return place


def failed_before(marks: Sequence[Mark], row: Sequence[Mark]) -> int:
    """Where a row of repetitions began: failures just before it that were told otherwise."""
    first, place = row[0], row[0].match
    for mark in reversed(marks):
        if mark.place < place and (mark.agent, mark.target) == (first.agent, first.target):
            if not (mark.failed and first.failed and one_matter(mark.outcome, first.outcome)):
                break
            place = mark.place
    return place


def insists(marks: Sequence[Mark], agent: str) -> list[Mark] | None:
    """The latest messages of an agent when all of them say again what it said before."""
    row: list[Mark] = []
    for mark in reversed(marks):
        if mark.agent == agent and mark.kind == "say":
            if not mark.recurs or mark.terms < TELLING:
                return None
            row.append(mark)
            if len(row) == INSISTS:
                return row[::-1]
    return None


def terse(row: Sequence[Mark]) -> bool:
    """Different calls were answered by a mere code or a few words: things may be worked through."""
    different = sum(mark.likeness == Likeness.ALIKE for mark in row)
    return different * 2 > len(row) and len(row[-1].outcome.split()) < TERSE
