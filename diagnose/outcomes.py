"""Tool calls made comparable: progress is a new outcome, not a new call.

The same call with the same result is a repetition. Errors and empty results repeat even while the
arguments drift; a good result of other arguments is work (paging, a map over files), and so is a
result in which anything but a time stamp or an id has changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile
from typing import Final

from msgspec import Struct

from . import noise
from .failures import content_of, kinds_of, one_thing, same_way, surely
from .likeness import RESTATED, Likeness, Match, matter, nearest, told_again
from .masks import MASK, fresh, mask, moment, numbered
from .nothing import NOTHING, effectless, found_nothing
from .questions import names_another, question, things, values_of
from .results import denies, down, fails, files, opened, refuses
from .sweeps import in_a_row, sweeps, unnamed, works_off
from .synonyms import stem
from .wording import Wording, wording

#: Where in a text an error is: it moves with every edit; and which process or attempt had it.
_POSITION: Final = re.compile(
    r"(?<=[\w.]):\d+(?::\d+)?\b|\b(?:line|column|col|char|position|offset) \d+"
    r"|\b(?:pid|process|thread|connection|session|request|attempt|retry|try|port|worker)\W{1,2}\d+"
)
_PENDING: Final = re.compile(
    r"\b(?:pending|queued|in[_ -]?progress|running|processing|not[_ ]?(?:yet[_ ]?)?ready|building"
    r"|starting|still waiting|try again later|unavailable(?! in )|rate limit|too many requests"
    r"|throttl\w+)\b"
)
_WAITS: Final = (  # one of these is in all of that
    "pending", "queued", "progress", "running", "processing", "ready", "building", "starting",
    "still waiting", "again later", "unavail", "rate limit", "too many", "throttl",
)  # fmt: skip
_POLL: Final = re.compile(
    r"status|progress|poll|health|ready|watch|monitor|heartbeat|ping|await|wait|sleep"
)
#: What is new with each start of the same thing, and says nothing of it: a run's id, a shell's job.
_STARTED: Final = re.compile(
    r'"(?:(?:run|build|session|execution|operation|process)_?id"\s*:\s*(?:"[^"]*"|\d+)'
    r'|pid"\s*:\s*\d+)'
)
_JOB: Final = re.compile(r"^\[\d+\] \d+$")
_STARTS: Final = ("session", "run", "execution", "operation", "process", "request", "transaction")
_CALLED: Final = re.compile(
    rf"\b(?:{'|'.join(_STARTS)})"
    r"(?: (?:id|no\.?|number))?[ :#]{1,3}(?=[0-9a-z-]*\d)[0-9a-z-]{4,}\b"
)
_CALLED_HINTS: Final = tuple(f"{word}{sign}" for word in _STARTS for sign in " :#")
#: Arguments that pass on what was given out for one time, where an earlier result holds it.
_PASSED: Final = re.compile(
    r"(?:\w+_)?(?:code|otp|pin|passcode|token|challenge|run|build|session|execution|pid|process)"
    r"(?:_?id)?"
)
_SHORT: Final = 400  # characters of a result that tells a state
PASSED: Final = 3  # signs of a value that may be known again
OWN_WORDS: Final = 2  # of each of two errors, that make them two
CAUSE: Final = 400  # characters of an error that is one cause
_INFORMATIVE: Final = 12  # words of a result: more than an acknowledgement
_MANY_WORDS: Final = re.compile(rf"(?:\W*+\w++){{{_INFORMATIVE}}}")
_WORD: Final = re.compile(r"\w+")
#: Arguments that comment on the call; the second kind only beside what the call is about.
_WHY: Final = re.compile(
    r'"(?:reason(?:ing)?|rationale|explanation|justification|thoughts?|purpose|intent|why)"'
    r'\s*:\s*"(?:[^"\\]|\\.)*"'
)
_REMARK: Final = re.compile(r'"(?:notes?|comment|remark)"\s*:\s*"(?:[^"\\]|\\.)*"')
_ECHO: Final = re.compile(r"\binput_value=.*?, input_type=\w+")  # pydantic's
#: The effect is elsewhere: the answer only says that it happened.
_DONE: Final = re.compile(
    r"\b(?:edited|created|updated|written|saved|modified|inserted|added|sent|deleted|removed)\b"
)
_SENTENCES: Final = re.compile(r"[^={}<>|$]+")
PAGE: Final = 160  # characters of a result that is the thing itself, not word of it
_PAGES: Final = 400  # ... whatever was asked for
_CODED: Final = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,40}")  # V0417, a name
_ORDER: Final = re.compile(r"^\W*\d{1,3}[.):]\s*", re.MULTILINE)
_SENTENCE: Final = 3  # blanks
_NUMBER: Final = re.compile(r"\d+")
_SWITCH: Final = re.compile(r"(?<=\s)--?[a-zA-Z][\w-]*(?:=\d+)?(?:\s|(?=\"|$))")
#: How much is wanted: of nothing, that changes nothing.
_HOW_MANY: Final = re.compile(r"(?:max_?|num_?)?(?:limit|results?|count|k)|top_?[kn]|per_?page")
_CLICK: Final = re.compile(r'"(?:x|y|left|top)"\s*:\s*-?\d+(?:\.\d+)?')


class Called(Struct, dict=True):
    """A tool call, made comparable. What is dear to find out is found when asked for, once."""

    tool: str
    arguments: str  # times and the request's own ids masked
    asked: str  # as they are
    outcome: str  # masked
    failed: bool
    empty: bool
    told: str  # the head of the outcome, as it is
    pending: bool  # it waits for something: polled by name, or told to be patient
    informative: bool

    @cached_property
    def wording(self) -> Wording:
        """Of the outcome."""
        return wording(self.outcome)

    @cached_property
    def content(self) -> frozenset[str]:
        """Of the outcome, the words that say something."""
        return content_of(self.outcome)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Of the failure."""
        return kinds_of(self.outcome)

    @cached_property
    def speaks(self) -> bool:
        """The outcome is a sentence or a few."""
        if len(self.outcome) >= _PAGES or self.outcome.count(" ") < _SENTENCE:
            return False
        return _SENTENCES.fullmatch(self.outcome) is not None

    @property
    def asks(self) -> bool:
        """There are sentences among its arguments."""
        return self._put[0].count(" ") >= _SENTENCE

    @cached_property
    def question(self) -> Wording:
        """Of the sentences among its arguments."""
        return wording(self._put[0])

    @cached_property
    def named(self) -> str:
        """Its other arguments: paths, names, numbers, code; files and addresses in sentences."""
        text, others = self._put
        return mask(f"{others} {things(text)}")

    @cached_property
    def _put(self) -> tuple[str, list[tuple[str, str]]]:
        """What is asked in its arguments, and the others."""
        values = self.values or {}
        told = {key: str(value) for key, value in values.items() if question(value)}
        others = sorted((key, str(value)) for key, value in values.items() if key not in told)
        return ". ".join(told.values()), others

    @cached_property
    def values(self) -> dict[str, object] | None:
        """Its arguments by name."""
        return values_of(self.asked)

    @cached_property
    def words(self) -> frozenset[str]:
        """Of its arguments."""
        return frozenset(map(stem, _WORD.findall(self.arguments)))

    @cached_property
    def masked(self) -> str:
        """Its arguments without any id."""
        return mask(self.arguments)

    @cached_property
    def plain(self) -> str:
        """Its arguments without switches of a command."""
        return _SWITCH.sub("", self.asked)

    @cached_property
    def frame(self) -> str:
        """Of the outcome, all but its figures."""
        return noise.frame(self.outcome)

    @cached_property
    def blank(self) -> str:
        """Its arguments without their numbers."""
        return _NUMBER.sub("", self.arguments)

    @cached_property
    def on_page(self) -> tuple[str | None, str | None] | None:
        """What was done to a page and what it shows then, without handles of its elements."""
        asked = noise.unmarked(self.tool, self.arguments) if self.informative else None
        return None if asked is None else (asked, noise.unmarked(self.tool, self.outcome))

    @cached_property
    def acknowledges(self) -> bool:
        """Its effect is elsewhere: the answer only says that it happened."""
        return _DONE.search(self.outcome[:_SHORT]) is not None

    @property
    def tells(self) -> bool:
        """It shows how something stands, in some words."""
        return max(self.outcome.count(" "), self.told.count(" ")) >= _SENTENCE

    @property
    def token(self) -> str:
        return f"{self.tool}({self.arguments})={self.outcome}"

    @property
    def fruitless(self) -> bool:
        return self.failed or self.empty


def called(
    tool: str,
    arguments: str,
    outcome: str,
    failed: bool,
    before: Sequence[Called] = (),
) -> Called:
    """Read a call. `before` are its agent's own earlier ones, the latest last."""
    asked = arguments
    told, bad = opened(outcome)
    for own in fresh(arguments):
        told = told.replace(own, MASK)
    for own in noise.own_names(arguments, [old.told for old in before]):
        told, arguments = told.replace(own, MASK), arguments.replace(own, MASK)
    result = _unstarted(mask(told))
    still = down(result[:_SHORT])
    failed = failed or bad or still is not None or fails(result[:600]) or refuses(outcome[:600])
    failed = failed or (len(result) < _SHORT and (surely(result) or denies(tool, result)))
    result = still or result
    if failed:
        for value in _passed_on(arguments, _given(tool, before)):
            result = result.replace(value.lower(), MASK)
            arguments = arguments.replace(value, MASK)
        result = _ECHO.sub(MASK, _POSITION.sub(MASK, result) if numbered(result) else result)
        if len(result) < _SHORT:
            result = unnamed(result, (values_of(arguments) or {}).values())
    informative = len(result.split(None, _INFORMATIVE)) >= _INFORMATIVE
    informative = informative or _MANY_WORDS.match(result, 0, 1000) is not None
    if not failed and len(result) < _SHORT:
        result = _unechoed(result, arguments)
    empty = found_nothing(result) and not (failed and "not found" in result)
    failed = failed and not empty  # that there is none may be told as an error
    return Called(
        tool=tool,
        arguments=_plain(moment(arguments)),
        asked=asked,
        outcome=NOTHING if empty else result,
        told=outcome[:_SHORT],
        failed=failed,
        empty=empty or (not failed and effectless(result)),
        pending=_POLL.search(tool.lower()) is not None
        or (len(result) < _SHORT and _awaits(result, arguments)),
        informative=informative,
    )


def _unstarted(result: str) -> str:
    """A result without the names of what was started, which are looked for where they may be."""
    named = 'id"' in result
    if not (named or result[:1] == "[" or len(result) < _SHORT):
        return result
    if named:
        result = _STARTED.sub(MASK, result)
    if result[:1] == "[":
        result = _JOB.sub(MASK, result)
    if any(map(result.__contains__, _CALLED_HINTS)):
        result = _CALLED.sub(MASK, result)
    return result


def _given(tool: str, before: Sequence[Called]) -> str:
    """What other tools have told since this one was called last, or as far as is known."""
    return "\n".join(old.told for old in takewhile(lambda old: old.tool != tool, reversed(before)))


def _passed_on(arguments: str, given: str) -> list[str]:
    """Values that were given out for this one call, such as a code that is asked for anew."""
    values = (values_of(arguments) or {}) if given else {}
    passed = (str(value) for key, value in values.items() if _PASSED.fullmatch(key.lower()))
    return [value for value in passed if len(value) > PASSED and value in given]


def _awaits(result: str, arguments: str) -> bool:
    """It says that something is under way, and not merely what it was given."""
    found = _PENDING.search(result) if any(map(result.__contains__, _WAITS)) else None
    return found is not None and found.group() not in arguments.lower()


def _unechoed(result: str, arguments: str) -> str:
    """An answer that quotes the question, or a number given to it, without that."""
    asked = values_of(arguments)
    for value in asked.values() if asked else ():
        if isinstance(value, str) and (value.count(" ") > 1 or _CODED.fullmatch(value)):
            result = result.replace(value.lower(), MASK)
    return result


def _plain(arguments: str) -> str:
    """Arguments without what merely comments on the call."""
    if '"' not in arguments:
        return arguments
    arguments = _WHY.sub(MASK, arguments)
    return _REMARK.sub(MASK, arguments) if arguments.count('":') > 2 else arguments


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
    if not _reshuffled(new, old):
        if min(len(new.outcome), len(old.outcome)) < PAGE:
            return False
        if not (noise.overlaps(new.outcome, old.outcome) and told_again(new.wording, old.wording)):
            return False
    asked = (
        new.arguments == old.arguments
        or new.masked == old.masked
        or noise.one_page(new.arguments, old.arguments)
    )
    return asked or _rephrased(new, old, before)


def _wavers(new: Called, before: Sequence[Called]) -> bool:
    """A short failure with other figures."""
    if len(new.outcome) >= _SHORT:
        return False
    row = [
        call.outcome
        for call in before
        if call.tool == new.tool and call.failed and call.frame == new.frame
    ]
    return noise.wavers(new.outcome, row)


def _reshuffled(new: Called, old: Called) -> bool:
    """The same lines in another order: hits, whose numbers tell the order alone."""
    if not new.informative or len(new.outcome) != len(old.outcome):
        return False
    left, right = (sorted(_ORDER.sub("", call.told).splitlines()) for call in (new, old))
    return len(left) > 1 and left == right


def _drifts(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The arguments changed and it made no difference."""
    if new.failed:
        return noise.overlap(new.arguments, old.arguments) >= 0.2
    if new.plain == old.plain:
        return True
    if new.informative and new.masked == old.masked:
        return True  # the same payload under a fresh id
    if _reordered(new, old) or noise.reordered(new.arguments, old.arguments):
        return True
    if noise.precise(new.outcome) and noise.overlap(new.arguments, old.arguments) >= 0.2:
        return True  # the same is computed in another way
    if new.empty and _CLICK.sub(MASK, new.arguments) == _CLICK.sub(MASK, old.arguments):
        return True
    if new.informative and _same_page(new, old):
        return True
    if not (new.empty or new.informative) or new.acknowledges:
        return False
    return _rephrased(new, old, before)


def _reordered(new: Called, old: Called) -> bool:
    """The same words of a question in another order."""
    left, right = new.values, old.values
    if left is None or right is None or left.keys() != right.keys():
        return False
    changed = [(left[key], right[key]) for key in left if left[key] != right[key]]
    return len(changed) == 1 and all(
        question(a) and sorted(str(a).lower().split()) == sorted(str(b).lower().split())
        for a, b in changed
    )


def _same_page(new: Called, old: Called) -> bool:
    """Another page or place was asked for and shows the very same."""
    if len(new.outcome) < PAGE or new.acknowledges:
        return False
    if len(new.outcome) >= _PAGES:
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


def _rephrased(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The same question in other words; another path, id, number or name is another question."""
    left, right = new.values, old.values
    if left is None or right is None or left.keys() != right.keys():
        return False
    changed = [
        (left[key], right[key])
        for key in left
        if left[key] != right[key] and not (new.empty and _HOW_MANY.fullmatch(key.lower()))
    ]
    if not all(question(a) and question(b) and things(a) == things(b) for a, b in changed):
        return False
    seen = frozenset[str]().union(*(call.words for call in before if call.tool == new.tool))
    return not any(names_another(str(a), str(b), seen) for a, b in changed)
