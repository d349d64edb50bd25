"""Tool calls compared: progress is a new outcome, not a new call.

The same call with the same result is a repetition. Errors and empty results repeat even while the
arguments drift; a good result of other arguments is work (paging, a map over files), and so is a
result in which anything but a time stamp or an id has changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from . import noise
from .called import PAGES, SHORT, Called
from .failures import one_thing, same_way
from .likeness import RESTATED, Likeness, Match, matter, nearest, told_again
from .questions import names_another, question, things
from .results import files
from .sweeps import in_a_row, sweeps, works_off
from .wording import Wording

PAGE: Final = 160  # characters of a result that is the thing itself, not word of it
OWN_WORDS: Final = 2  # of each of two errors, that make them two
CAUSE: Final = 400  # characters of an error that is one cause
SHARED: Final = 0.2  # of the words of two calls' arguments: they are one matter
#: How much is wanted: of nothing, that changes nothing.
_HOW_MANY: Final = re.compile(r"(?:max_?|num_?)?(?:limit|results?|count|k)|top_?[kn]|per_?page")


def nearest_call(new: Called, before: Sequence[Called]) -> Match:
    """How a call stands to its agent's own earlier calls, the latest last."""
    drifted = known = -1
    for place in range(len(before) - 1, -1, -1):
        old = before[place]
        if old.tool != new.tool:
            continue
        if old.outcome != new.outcome:
            if drifted < 0 and _no_news(new, old, before):
                drifted = place
            continue
        if old.arguments == new.arguments:
            return Match(Likeness.SAME, place)
        if drifted < 0 and _drifts(new, old, before):
            drifted = place
        if (new.informative or new.empty) and not new.acknowledges:
            known = place
    if drifted < 0:
        drifted = _told_alike(new, before)
    if drifted >= 0:
        swept = new.fruitless and before[drifted].outcome == new.outcome and _sweeps(new, before)
        return Match(Likeness.OPEN) if swept else Match(Likeness.ALIKE, drifted)
    # what another call has told to the letter is no news, nor is it a repetition
    return Match(Likeness.OPEN if known >= 0 else Likeness.NEW)


def _sweeps(new: Called, before: Sequence[Called]) -> bool:
    row = [old.asked for old in before if old.tool == new.tool and old.fruitless]
    return sweeps([*row, new.asked], new.outcome, new.tool)


def _told_alike(new: Called, before: Sequence[Called]) -> int:
    """Where a call was put in other words and answered in other words, or with the same one: as
    agents do that are called as tools. -1 when nowhere.
    """
    if (new.informative and not new.speaks) or not new.asks:
        return -1  # in this order: most results are no sentences, and questions are dear to read
    row = [
        (place, old)
        for place, old in enumerate(before)
        if old.tool == new.tool and old.asks and old.named == new.named
    ]
    if not row or not _again(new.question, [old.question for _, old in row]):
        return -1
    came = new.outcome, files(new.told)
    for place, old in reversed(row):
        if (old.outcome, files(old.told)) == came and _again(new.question, [old.question]):
            return place
    told = [(place, old.wording) for place, old in row if old.speaks]
    if not new.speaks or not told:
        return -1
    return told[-1][0] if _again(new.wording, [sentence for _, sentence in told]) else -1


def _again(words: Wording, before: list[Wording]) -> bool:
    """It says what an earlier one says, or what several together say."""
    if nearest(words, before).likeness >= Likeness.ALIKE:
        return True
    return matter(words, before, frozenset()).share >= RESTATED


def _no_news(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """Another outcome to the letter, and yet the same."""
    if new.failed != old.failed:
        return False
    if new.failed:
        return _one_cause(new, old) or _one_kind(new, old, before) or _wavers(new, before)
    if new.on_page is not None and new.on_page == old.on_page:
        return True
    asked = new.arguments == old.arguments or new.masked == old.masked or new.place == old.place
    if not asked and not (new.put_in_words and old.put_in_words) and new.values != old.values:
        return False
    if not _reshuffled(new, old):
        if min(len(new.outcome), len(old.outcome)) < PAGE:
            return False
        if not (noise.overlaps(new.outcome, old.outcome) and told_again(new.wording, old.wording)):
            return False
    return asked or _rephrased(new, old, before)


def _wavers(new: Called, before: Sequence[Called]) -> bool:
    """A short failure with other figures."""
    if len(new.outcome) >= SHORT:
        return False
    row = [call.figures for call in before if call.tool == new.tool and call.failed]
    return noise.wavers(new.figures, row)


def _reshuffled(new: Called, old: Called) -> bool:
    """The same lines in another order: hits, whose numbers tell the order alone."""
    if not new.informative or len(new.outcome) != len(old.outcome):
        return False
    return len(new.lines) > 1 and new.lines == old.lines


def _drifts(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The arguments changed and it made no difference."""
    if new.failed:
        return _overlap(new, old) >= SHARED
    if new.plain == old.plain:
        return True
    if new.informative and new.masked == old.masked:
        return True  # the same payload under a fresh id
    if _reordered(new, old) or noise.reordered(new.arguments, old.arguments):
        return True
    if noise.precise(new.outcome) and _overlap(new, old) >= SHARED:
        return True  # the same is computed in another way
    if new.empty and new.unclicked == old.unclicked:
        return True
    if new.informative and _same_page(new, old):
        return True
    if not (new.empty or new.informative) or new.acknowledges:
        return False
    return _rephrased(new, old, before)


def _overlap(new: Called, old: Called) -> float:
    """The share of the words of two calls' arguments that both have."""
    both = len(new.terms | old.terms)
    return len(new.terms & old.terms) / both if both else 1.0


def _reordered(new: Called, old: Called) -> bool:
    """The same words of a question in another order."""
    changed = _changed(new, old) or {}
    return len(changed) == 1 and all(
        question(a) and sorted(str(a).lower().split()) == sorted(str(b).lower().split())
        for a, b in changed.values()
    )


def _same_page(new: Called, old: Called) -> bool:
    """Another page or place was asked for and shows the very same."""
    if len(new.outcome) < PAGE or new.acknowledges:
        return False
    if len(new.outcome) >= PAGES:
        return True
    return new.blank == old.blank


def _one_cause(new: Called, old: Called) -> bool:
    """Two error texts of one cause: the words of the shorter are in the longer, and nothing in
    which they differ is what the calls were about. Outputs of many lines tell more than a cause.
    """
    if max(len(new.outcome), len(old.outcome)) > CAUSE:
        return False
    now, then = new.content, old.content
    if min(len(now - then), len(then - now)) >= OWN_WORDS:
        return False
    few, many, text = now, then, old.outcome
    if len(now) > len(then):
        few, many, text = then, now, new.outcome
    # also as part of ConnectionRefusedError
    both = [word for word in few if word in many or word in text]
    if len(both) < 3 or len(both) < 0.6 * len(few):
        return False
    numbers = new.wording.numbers, old.wording.numbers
    if not noise.counted_alike(*numbers) or works_off(new.told, old.told):
        return False
    if any("_" in word for word in now - then) and any("_" in word for word in then - now):
        return False  # each names a thing of its own
    return not (now ^ then) & (new.words ^ old.words)


def _one_kind(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """Two failures of one kind, and no row of things of which each has it."""
    both = new.kinds & old.kinds
    if not both:
        return False
    if same_way(both, new.arguments, old.arguments):
        return True
    if not one_thing(both, (new.outcome, new.asked), (old.outcome, old.asked)):
        return False
    row = [call.asked for call in before if call.tool == new.tool and call.failed]
    return not in_a_row([*row, new.asked])


def _changed(new: Called, old: Called) -> dict[str, tuple[object, object]] | None:
    """The arguments whose values differ; None where these are not the same arguments."""
    left, right = new.values, old.values
    if left is None or right is None or left.keys() != right.keys():
        return None
    return {key: (left[key], right[key]) for key in left if left[key] != right[key]}


def _rephrased(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The same question in other words; another path, id, number or name is another question."""
    changed = _changed(new, old)
    if changed is None:
        return False
    told = [
        pair
        for key, pair in changed.items()
        if not (new.empty and _HOW_MANY.fullmatch(key.lower()))
    ]
    if not all(question(a) and question(b) and things(a) == things(b) for a, b in told):
        return False
    seen = frozenset[str]().union(*(call.words for call in before if call.tool == new.tool))
    return not any(names_another(str(a), str(b), seen) for a, b in told)
