"""A tool call made comparable: what it asked for and what came of it, without what is fresh."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile
from typing import Final

from msgspec import Struct

from . import noise
from .failures import content_of, kinds_of, surely
from .masks import MASK, fresh, mask, moment, numbered
from .nothing import NOTHING, effectless, found_nothing
from .questions import question, things, values_of
from .results import denies, down, fails, opened, refuses
from .sweeps import unnamed
from .synonyms import stem
from .wording import Wording, wording

#: Where in a text an error is: it moves with every edit; and which process or attempt had it.
_POSITION: Final = re.compile(r":(?<=[\w.\x01]:)\d+(?::\d+)?\b")
_PLACES: Final = ("line", "column", "col", "char", "position", "offset")
_WHICH: Final = (
    "pid", "process", "thread", "connection", "session", "request", "attempt", "retry", "try",
    "port", "worker",
)  # fmt: skip
#: By their words, with which they begin: such an expression is looked for as fast as a word.
_COUNTED: Final = {
    word: re.compile(rf"{word}(?<=\b{word}){between}\d+")
    for words, between in ((_PLACES, " "), (_WHICH, r"\W{1,2}"))
    for word in words
}
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
_LOGGED: Final = re.compile(r"\[(?<=\w\[)\d{1,7}\]:")  # a process in a system's log
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
SHORT: Final = 400  # characters of a result that tells a state
PASSED: Final = 3  # signs of a value that may be known again
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
PAGES: Final = 400  # characters of a result that is a page, whatever was asked for
_CODED: Final = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,40}")  # V0417, a name
_ORDER: Final = re.compile(r"^\W*\d{1,3}[.):]\s*", re.MULTILINE)
_SENTENCE: Final = 3  # blanks
_NUMBER: Final = re.compile(r"\d+")
_SWITCH: Final = re.compile(r"(?<=\s)--?[a-zA-Z][\w-]*(?:=\d+)?(?:\s|(?=\"|$))")
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
        if len(self.outcome) >= PAGES or self.outcome.count(" ") < _SENTENCE:
            return False
        return _SENTENCES.fullmatch(self.outcome) is not None

    @property
    def asks(self) -> bool:
        """There are sentences among its arguments."""
        return self._put[0].count(" ") >= _SENTENCE

    @property
    def put_in_words(self) -> bool:
        """There are questions among its arguments."""
        return bool(self._put[0])

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
        return frozenset(map(stem, self.terms))

    @cached_property
    def masked(self) -> str:
        """Its arguments without any id."""
        return mask(self.arguments)

    @cached_property
    def plain(self) -> str:
        """Its arguments without switches of a command."""
        return _SWITCH.sub("", self.asked)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words of its arguments as they stand there."""
        return frozenset(_WORD.findall(self.arguments))

    @cached_property
    def place(self) -> str:
        """Its arguments without where in an address, and how, it is to be shown."""
        return noise.placed(self.arguments)

    @cached_property
    def unclicked(self) -> str:
        """Its arguments without where on the screen."""
        return _CLICK.sub(MASK, self.arguments)

    @cached_property
    def figures(self) -> noise.Figures:
        """Of the outcome."""
        return noise.figures(self.outcome)

    @cached_property
    def lines(self) -> list[str]:
        """Of the outcome's head in the order of the alphabet, without their numbers."""
        return sorted(_ORDER.sub("", self.told).splitlines())

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
        return _DONE.search(self.outcome[:SHORT]) is not None

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
    still = down(result[:SHORT])
    failed = failed or bad or still is not None or fails(result[:600]) or refuses(outcome[:600])
    failed = failed or (len(result) < SHORT and (surely(result) or denies(tool, result)))
    result = still or result
    if failed:
        for value in _passed_on(arguments, _given(tool, before)):
            result = result.replace(value.lower(), MASK)
            arguments = arguments.replace(value, MASK)
        result = _unplaced(result) if numbered(result) else result
        result = _ECHO.sub(MASK, result) if "input_value=" in result else result
        if len(result) < SHORT:
            result = unnamed(result, (values_of(arguments) or {}).values())
    informative = len(result.split(None, _INFORMATIVE)) >= _INFORMATIVE
    informative = informative or _MANY_WORDS.match(result, 0, 1000) is not None
    if not failed and len(result) < SHORT:
        result = _unechoed(result, arguments)
    empty = found_nothing(result) and not (failed and "not found" in result)
    failed = failed and not empty  # that there is none may be told as an error
    return Called(
        tool=tool,
        arguments=_plain(moment(arguments)),
        asked=asked,
        outcome=NOTHING if empty else result,
        told=outcome[:SHORT],
        failed=failed,
        empty=empty or (not failed and effectless(result)),
        pending=_POLL.search(tool.lower()) is not None
        or (len(result) < SHORT and _awaits(result, arguments)),
        informative=informative,
    )


def _unstarted(result: str) -> str:
    """A result without the names of what was started, which are looked for where they may be."""
    named = 'id"' in result
    if "]:" in result:
        result = _LOGGED.sub(MASK, result)
    if not (named or result[:1] == "[" or len(result) < SHORT):
        return result
    if named:
        result = _STARTED.sub(MASK, result)
    if result[:1] == "[":
        result = _JOB.sub(MASK, result)
    if any(map(result.__contains__, _CALLED_HINTS)):
        result = _CALLED.sub(MASK, result)
    return result


def _unplaced(failure: str) -> str:
    for word, counted in _COUNTED.items():
        if word in failure:
            failure = counted.sub(MASK, failure)
    return _POSITION.sub(MASK, failure)


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
