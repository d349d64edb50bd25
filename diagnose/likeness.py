"""Whether what an agent says or does now is what it said or did before.

Words that carry moving state are no repetition: a number that changes and does not merely count,
a slot of a template filled with a value never used before, a text that grows by new content.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from .synonyms import EMPTY_TALK
from .wording import LONG, Wording, stems_of

TELLING: Final = 5  # content words: texts below it may say anything with the words that are known
SHORT: Final = 8  # word pairs: texts below it may be templates
MANY: Final = 100  # word pairs: in texts above it a number or two tell nothing
STATE: Final = 16  # word pairs: texts up to it may be moves with a value from a small pool
RESTATED: Final = 0.7  # of a text that several earlier ones cover together: it says nothing new
BETWEEN: Final = 2  # own messages about something else, between two of one matter
END: Final = 2  # word pairs that a page's foot may have anew
LIKELY: Final = 3  # long messages whose word pairs are compared
LABEL: Final = 3  # words before a colon that a text may begin with
LATE: Final = 3  # own messages in which a move's last value is looked for
TEMPLATE: Final = 2  # earlier fillings of a frame that make it a template
FILLED, FILLING = 3, 0.25  # content words never used before, and their share, that fill a frame
NEWS: Final = 4  # content words never used before, beside sentences that were
_PAIRS_NEW, _PAIRS_NEW_LONG = 0.45, 0.10
_STEMS_NEW: Final = 0.20
_APART: Final = 0.45  # of content words: well above both limits of long texts
_AROUND_VALUES: Final = frozenset("/._\\'\"`:=#@$%[](){}<>|")


class Likeness:
    """How a message stands to those before it. Plain numbers: Python 3.11 takes as long to look up
    a member of an enumeration as four of these, and each act is asked for it dozens of times.
    """

    NEW: Final = 0
    OPEN: Final = 1  # too short to tell a repetition from a template
    ALIKE: Final = 2
    SAME: Final = 3


class Match(Struct, frozen=True, gc=False):
    """The nearest earlier one, as a place in the list that was compared with."""

    likeness: int
    place: int = -1
    moves: bool = False  # the same with another value


NOTHING: Final = Match(Likeness.NEW)
_MOVED: Final = Match(Likeness.NEW, moves=True)


def nearest(new: Wording, before: Sequence[Wording]) -> Match:
    """How `new` stands to an agent's own earlier messages, the latest last.

    The place is that of the latest one alike, even if an older one is the same to the letter: it
    tells the period.
    """
    same = new.key in [old.key for old in before]
    if new.empty_talk and not same:
        return _talked(new, before)
    if new.shown and not same:
        for at in range(len(before) - 1, -1, -1):
            if before[at].shown == new.shown:
                return Match(Likeness.ALIKE, at)
    best, place = 1.0, -1
    if not new.long:
        places = _alike(new, before)
    else:
        places = range(len(before) - 1, -1, -1) if same else _likeliest(new, before)
    for index in places:
        old = before[index]
        share = 0.0 if old.key == new.key else 1.0 if new.numeric else _share_new(new, old)
        if share < best:
            best, place = share, index
            if same:
                state = _state(new, before)
                return Match(Likeness.OPEN if state else Likeness.SAME, place, moves=state)
            if not share:
                break
    if place < 0:
        return NOTHING
    return _judged(new, before, place)


def _alike(new: Wording, before: Sequence[Wording]) -> list[int]:
    """Places of the messages of which a short one may share enough, the latest first: by their
    content words, and by no more than it has room for word pairs.
    """
    stems = new.stems
    core = stems - EMPTY_TALK
    least = len(stems) - max(_STEMS_NEW * len(stems), _PAIRS_NEW * new.count + 1)
    least = max(least, bool(stems))  # with no word in common they are not alike
    places = [
        at for at, old in enumerate(before) if len(stems & old.stems) >= least or core <= old.stems
    ]
    places.reverse()
    return places


def _likeliest(new: Wording, before: Sequence[Wording]) -> list[int]:
    """Places of the few messages that share most of a long one's content words, the latest first:
    only their word pairs are compared. None where it is about something else.
    """
    stems, sketch = new.stems, new.sketch
    most = _APART * len(stems)
    rough = sorted(
        ((sketch ^ drawn).bit_count(), -at)  # no more than the words in which they differ
        for at, old in enumerate(before)
        if (sketch & ~(drawn := old.sketch)).bit_count() <= most
    )
    row: list[tuple[int, int]] = []
    for least in rough:
        if len(row) == LIKELY and least > row[-1]:
            break
        known = before[-least[1]].stems
        both = len(stems) - len(stems - known)
        if both >= (1 - _APART) * len(stems):
            insort(row, (len(stems) + len(known) - 2 * both, least[1]))
            del row[LIKELY:]
    return sorted((-at for _, at in row), reverse=True)


def _talked(new: Wording, before: Sequence[Wording]) -> Match:
    """Empty talk is like any other empty talk, whatever its words."""
    for place in range(len(before) - 1, -1, -1):
        if before[place].empty_talk:
            return Match(Likeness.ALIKE, place)
    return NOTHING


def _state(new: Wording, before: Sequence[Wording]) -> bool:
    """A late message again, with another value in its slot: a move, not a repetition."""
    if new.size > STATE or new.key == before[-1].key:
        return False
    for late in before[: -LATE - 1 : -1]:
        slot = _slot(new, late, labels=False) if new.key != late.key else None
        if slot is not None and (slot.values or new.size < SHORT):
            return True
    return False


def _share_new(new: Wording, old: Wording) -> float:
    """The share of `new` that `old` lacks, 1 when they are not alike at all."""
    stems, known = new.stems, old.stems
    if stems and stems.isdisjoint(known) and not new.long:
        return 1.0
    size, other = new.size, old.size
    if not size or not other or not 0.55 <= size / other <= 1.8:
        return 1.0
    fresh = stems - known
    limit = _PAIRS_NEW if size <= LONG else _PAIRS_NEW_LONG
    few = len(fresh) <= _STEMS_NEW * len(stems)
    if not fresh and new.words == old.words:
        return 0.0
    if few or len(fresh) - 1 <= limit * size:  # each but the last begins a pair that is new
        pairs = new.pairs
        again = len(pairs) - len(pairs - old.pairs) if few else len(pairs & old.pairs)
        share = (len(pairs) - again) / len(pairs)
        if share <= limit:
            return share
        apart = 2 * len(fresh) + len(known) - len(stems)
        if (few and len(stems) >= 4) or (stems and known and apart <= 1):
            return min(share, 0.99)
    if size > STATE or not fresh <= EMPTY_TALK:
        return 1.0
    core = stems - EMPTY_TALK
    return 0.99 if len(core) > 1 and core == known - EMPTY_TALK else 1.0


def _judged(new: Wording, before: Sequence[Wording], place: int) -> Match:
    old = before[place]
    if moved(new, old, before) or _listed(new, old, before) or _quotes_news(new, before):
        return _MOVED
    if grown(new, old) and not new.key.endswith(old.key):  # what stands before it is no growth
        return Match(Likeness.NEW, place)
    if _state(new, before):
        return Match(Likeness.OPEN, place, moves=True)
    if new.size <= LONG and (shrunk(new, old) or _filled_anew(new, old, before)):
        return Match(Likeness.OPEN, place)
    if new.size > SHORT and _frames_news(new, old, before):
        return NOTHING
    words = new.stems - old.stems
    anew = not words or bool(_unsaid(words, before))
    if not anew and new.size >= SHORT:
        return Match(Likeness.ALIKE, place)
    slot = _slot(new, old)
    if slot is None:
        return Match(Likeness.ALIKE, place)
    if anew and (slot.values or _filled(slot.frame, new, before) >= TEMPLATE):
        return _MOVED
    return Match(Likeness.OPEN if new.size < SHORT else Likeness.ALIKE, place)


class Matter(Struct, frozen=True, gc=False):
    """What several earlier messages together have in common with a new one."""

    share: float  # of its content words that they hold
    first: int  # of them, as places in the list that was compared with
    last: int


NO_MATTER: Final = Matter(0.0, -1, -1)


def matter(new: Wording, before: Sequence[Wording], form: frozenset[str]) -> Matter:
    """How much of what `new` is about was the matter of earlier messages.

    No earlier message need be near it: several of them together say what it says. `form` are the
    words of what an agent puts around all of its messages.
    """
    stems = left = new.terms - form
    if len(stems) < TELLING:
        return NO_MATTER
    first = last = -1
    numbers: set[str] = set()
    apart = 0
    for place in range(len(before) - 1, -1, -1):
        old = before[place]
        terms = old.terms - form if form else old.terms
        both = len(stems & terms)
        if both >= 2 and 2 * both >= min(len(stems), len(terms)):
            left = left - terms
            numbers.update(old.numbers)
            first, last = place if apart <= BETWEEN else first, place if last < 0 else last
            apart = 0 if apart <= BETWEEN else apart
        else:
            apart += first >= 0
    if first < 0 or not _stated(new, before, numbers):
        return NO_MATTER
    return Matter(1 - len(left) / len(stems), first, last)


def _stated(new: Wording, before: Sequence[Wording], numbers: set[str]) -> bool:
    """All of its numbers were there before, and in this order when there are several."""
    if not numbers.issuperset(new.numbers):
        return False
    return len(new.numbers) <= 2 or any(old.numbers == new.numbers for old in before)


def moved(new: Wording, old: Wording, before: Sequence[Wording]) -> bool:
    """Numbers say something new: other values, not merely the next count, not seen before."""
    if new.numbers == old.numbers:
        return False
    if len(new.numbers) != len(old.numbers):
        fresh = set(new.numbers) - {number for text in before for number in text.numbers}
        return len(fresh) >= (3 if new.size > LONG else 1)
    telling = _telling(new, old)
    if not telling or any(text.numbers == new.numbers for text in before):
        return False
    return new.size <= LONG or telling >= 3 or telling * 5 >= len(new.numbers)


def _listed(new: Wording, old: Wording, before: Sequence[Wording]) -> bool:
    """It enumerates other things, or in another order, than any message before."""
    if not new.items or not old.items:
        return False
    return all(text.items != new.items for text in before)


def _quotes_news(new: Wording, before: Sequence[Wording]) -> bool:
    """Some of it stands in quotes, as what was quoted before does, and none of that was there."""
    fresh = new.quoted
    return (
        bool(fresh)
        and any(text.quoted for text in before)
        and not any(each in text.key for text in before for each in fresh)
    )


def _frames_news(new: Wording, old: Wording, before: Sequence[Wording]) -> bool:
    """What stands beside sentences that were all said before, such as a signature, has words that
    were never used before, and as many of them as others.
    """
    if len(new.stems - old.stems) < NEWS:
        return False
    unsaid = len(_unsaid(new.stems, before))
    if unsaid < NEWS:
        return False
    rest = new.sentences
    for text in before:
        rest = rest - text.sentences
    if len(rest) == len(new.sentences):
        return False
    own = frozenset[str]()
    for sentence in sorted(rest, key=len, reverse=True):  # a few long ones mostly tell
        own |= stems_of(sentence)
        if len(own) > 2 * unsaid:  # all that was never used is among them: too many others are
            return False
    return 2 * len(_unsaid(own, before)) >= len(own)


def _unsaid(words: frozenset[str], before: Sequence[Wording]) -> frozenset[str]:
    """Those that none of the texts has."""
    for text in reversed(before):
        words = words - text.stems
        if not words:
            break
    return words


def _telling(new: Wording, old: Wording) -> int:
    """How many numbers have another value and are not just counts."""
    if new.numbers == old.numbers:
        return 0
    if len(new.numbers) != len(old.numbers):
        return 1
    pairs = enumerate(zip(new.numbers, old.numbers, strict=True))
    return sum(number != was and not new.counts(at) for at, (number, was) in pairs)


def told_again(new: Wording, old: Wording) -> bool:
    """A long result is another in another order, or with other furniture around it.

    A number that changed is progress, unless it is one of very many; so is what was added, and a
    new end of more than a few words: a log that is read from its tail.
    """
    if min(new.size, old.size) < STATE or len(new.some_pairs - old.pairs) * 5 > len(new.some_pairs):
        return False
    if grown(new, old):
        return False
    fresh = new.pairs - old.pairs
    if len(fresh) > _PAIRS_NEW_LONG * new.size + 2 or len(old.pairs - new.pairs) > 0.3 * old.size:
        return False
    changed = Counter(new.numbers) - Counter(old.numbers)
    if changed and (new.size < MANY or changed.total() > 2):
        return False
    return new.last in old.pairs or len(fresh) <= END


def grown(new: Wording, old: Wording) -> bool:
    """`new` is `old` and more: a list or table that gets longer by new content."""
    gone = len(old.pairs - new.pairs)
    if len(new.key) <= len(old.key) or gone * 20 > old.size:
        return False
    if len(new.pairs - old.pairs) <= 2 * gone:
        return False  # put in the place of something
    fresh = len(new.stems - old.stems)
    more = len(new.numbers) > len(old.numbers) or new.key.startswith(old.key)
    return fresh >= 2 or (fresh == 1 and more)


def shrunk(new: Wording, old: Wording) -> bool:
    """`new` is `old` without some of it: what is left of a list that is worked through."""
    return len(old.stems - new.stems) >= 2 and new.stems < old.stems and len(new.key) < len(old.key)


def _filled_anew(new: Wording, old: Wording, before: Sequence[Wording]) -> bool:
    """A good part of its content words is in no earlier message: a frame, filled with news; or
    fewer, where they are all in which it differs, as in letters to several people.
    """
    unsaid = _unsaid(new.stems, before)
    if len(unsaid) < FILLED:
        return False
    return len(unsaid) >= FILLING * len(new.stems) or (
        unsaid == new.stems - old.stems and _spoken_alike(new, old)
    )


def _spoken_alike(new: Wording, old: Wording) -> bool:
    """The content words that both have stand in one order."""
    both = new.stems & old.stems
    left, right = ([meant for _, meant in text.tokens if meant in both] for text in (new, old))
    return left == right


class _Slot(Struct, frozen=True):
    """Where a text differs from another: one or two words in an equal frame."""

    frame: tuple[str, ...]
    words: frozenset[str]
    values: bool  # they look like values: single letters, paths, quoted names, numbers


def _slot(new: Wording, old: Wording, *, labels: bool = True) -> _Slot | None:
    """The frame, if `new` is `old` with one or two slots filled with other words.

    `labels`: what a text begins with, up to a colon, may be a value.
    """
    fresh, gone = new.stems - old.stems, old.stems - new.stems
    numbers = _telling(new, old) > 0
    if not (fresh or numbers) or max(len(fresh), len(gone)) > 2:
        return None
    frame = _frame(new, old)
    if frame != _frame(old, new):
        return None
    tokens = new.tokens
    start = 0 if labels else _labelled(tokens)
    fills = [at for at, (_, meant) in enumerate(tokens) if meant in fresh and at >= start]
    return _Slot(frame, fresh, numbers or any(_is_value(tokens, at) for at in fills))


def _frame(text: Wording, other: Wording) -> tuple[str, ...]:
    """The tokens of `text` that it shares with `other`, in order."""
    own = text.stems - other.stems
    return tuple([token for token, meant in text.frame if meant not in own])


def _filled(frame: tuple[str, ...], new: Wording, before: Sequence[Wording]) -> int:
    """How many earlier messages fill the same frame with something else."""
    return sum(_frame(text, new) == frame for text in before if text.stems - new.stems)


def _labelled(tokens: list[tuple[str, str]]) -> int:
    """Where a text begins after its label."""
    return next((at for at, (token, _) in enumerate(tokens[: LABEL + 1]) if token == ":"), 0)


def _is_value(tokens: list[tuple[str, str]], at: int) -> bool:
    if len(tokens[at][0]) == 1:
        return True
    after = tokens[at + 1][0] if at + 1 < len(tokens) else ""
    beside = (tokens[at - 1][0] if at else "", after)
    return any(token in _AROUND_VALUES and token != "." for token in beside) or (
        after == "." and len(tokens) > at + 2
    )
