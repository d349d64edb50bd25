"""Whether what an agent says or does now is what it said or did before.

Words that carry moving state are no repetition: a number that changes and does not merely count,
a slot of a template filled with a value never used before, a text that grows by new content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from .wording import Wording, stem

LONG: Final = 40  # word pairs: texts above it count as long
_PAIRS_NEW, _PAIRS_NEW_LONG = 0.45, 0.10
_STEMS_NEW: Final = 0.20
_AROUND_VALUES: Final = frozenset("/._\\'\"`:=#@$%[](){}<>|")


class Likeness(IntEnum):
    """How a message stands to those before it."""

    NEW = 0
    OPEN = 1  # too short to tell a repetition from a template
    ALIKE = 2
    SAME = 3


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest earlier one, as a place in the list that was compared with."""

    likeness: Likeness
    place: int = -1


_NOTHING: Final = Match(Likeness.NEW)


def nearest(new: Wording, before: Sequence[Wording]) -> Match:
    """How `new` stands to an agent's own earlier messages, the latest last."""
    for place in range(len(before) - 1, -1, -1):
        if before[place].key == new.key:
            return Match(Likeness.SAME, place)
    if new.numeric:
        return _NOTHING
    best, place = 1.0, -1
    for index in range(len(before) - 1, -1, -1):
        share = _share_new(new, before[index])
        if share < best:
            best, place = share, index
    if place < 0 or best > 1.0 - 1e-9:
        return _NOTHING
    return _judged(new, before, place)


def _share_new(new: Wording, old: Wording) -> float:
    """The share of `new` that `old` lacks, 1 when they are not alike at all."""
    size, other = new.size, old.size
    if not size or not other or not 0.55 <= size / other <= 1.8:
        return 1.0
    limit = _PAIRS_NEW_LONG if size > LONG else _PAIRS_NEW
    share = 1.0 - len(new.pairs & old.pairs) / size
    if share <= limit:
        return share
    stems = new.stems
    if len(stems) >= 4 and len(stems - old.stems) <= _STEMS_NEW * len(stems):
        return min(share, 0.99)
    return 1.0


def _judged(new: Wording, before: Sequence[Wording], place: int) -> Match:
    old = before[place]
    if moved(new, old, before) or grown(new, old):
        return _NOTHING
    filled = _fillers(new, old, before)
    if filled is not None:
        plain, short = filled, new.size < 8
        if not plain:
            return _NOTHING
        if short:
            return Match(Likeness.OPEN, place)
    return Match(Likeness.ALIKE, place)


def moved(new: Wording, old: Wording, before: Sequence[Wording]) -> bool:
    """Numbers say something new: other values, not merely the next count, not seen before."""
    if new.numbers == old.numbers:
        return False
    if len(new.numbers) != len(old.numbers):
        fresh = set(new.numbers) - {number for text in before for number in text.numbers}
        return len(fresh) >= (3 if new.size > LONG else 1)
    changed = [
        (number, counts)
        for number, was, counts in zip(new.numbers, old.numbers, new.ordinals, strict=True)
        if number != was
    ]
    telling = sum(not counts for _, counts in changed)
    if not telling or any(text.numbers == new.numbers for text in before):
        return False
    return new.size <= LONG or telling >= 3 or telling * 5 >= len(new.numbers)


def grown(new: Wording, old: Wording) -> bool:
    """`new` is `old` and more: a list or table that gets longer by new content."""
    added, gone = len(new.pairs - old.pairs), len(old.pairs - new.pairs)
    if added <= 2 or gone * 20 > old.size:
        return False
    return len(new.stems - old.stems) >= 2


def _fillers(new: Wording, old: Wording, before: Sequence[Wording]) -> bool | None:
    """None unless `new` is `old` with at most two slots filled with words never used before.

    True when the words are plain, False when they look like values (letters, paths, quoted).
    """
    fresh = new.stems - old.stems
    if not 1 <= len(fresh) <= 2 or len(old.stems - new.stems) > 2:
        return None
    if any(fresh & text.stems for text in before):
        return None
    gone = old.stems - new.stems
    frame = [token for token in new.tokens if stem(token) not in fresh]
    if frame != [token for token in old.tokens if stem(token) not in gone]:
        return None
    return not any(_is_value(new.tokens, at) for at, t in enumerate(new.tokens) if stem(t) in fresh)


def _is_value(tokens: tuple[str, ...], at: int) -> bool:
    if len(tokens[at]) == 1:
        return True
    beside = tokens[max(0, at - 1) : at] + tokens[at + 1 : at + 2]
    return any(token in _AROUND_VALUES and token != "." for token in beside) or (
        tokens[at + 1 : at + 2] == (".",) and len(tokens) > at + 2
    )
