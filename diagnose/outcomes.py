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

from .likeness import Likeness, Match, told_again
from .synonyms import stem
from .wording import MASK, Wording, mask, moment, wording

_FAILED: Final = re.compile(
    r"^\W*(?:error|exception|traceback|fatal|failed|failure|denied|invalid)\b"
    r'|"(?:error|exception)"\s*:\s*(?!null|false|""|\[\])'
    r"|\b\w*(?:error|exception)\b\s*:"
    r'|"?(?:status|code|exit_?code)"?\s*[:=]\s*"?(?:[45]\d\d|error|failed|rejected|refused)\b'
    r'|"(?:ok|success|succeeded|successful)"\s*:\s*false'
)
_FAILING: Final = (
    "error", "exception", "traceback", "fatal", "fail", "denied", "invalid", "status", "code",
    "false",
)  # fmt: skip
_EMPTY: Final = re.compile(
    r'^(?:\[\s*\]|\{\s*\}|null|none|""|)$'
    r'|"(?:changed|modified|updated|opened|moved|applied|matched|has_?changed)"\s*:\s*false'
    r'|^.{0,40}"(?:results?|items|rows|hits|matches|data|documents)"\s*:\s*\[\s*\].{0,40}$'
    r"|^.{0,20}\b(?:no|0|zero) (?:\w+ )?(?:results?|matches|records|rows|data|entries|hits|files"
    r"|items|documents|match)\b.{0,60}$|^.{0,40}\b(?:nothing|not) (?:was )?found\b.{0,40}$"
)
#: Where in a text an error is: it moves with every edit.
_POSITION: Final = re.compile(
    r"(?<=[\w.]):\d+(?::\d+)?\b|\b(?:line|column|col|char|position|offset) \d+"
)
_PENDING: Final = re.compile(
    r"\b(?:pending|queued|in[_ -]?progress|running|processing|not[_ ]?(?:yet[_ ]?)?ready|building"
    r"|starting|still waiting|try again later|unavailable(?! in )|rate limit|too many requests"
    r"|throttl\w+)\b"
)
_POLL: Final = re.compile(
    r"status|progress|poll|health|ready|watch|monitor|heartbeat|ping|await|wait|sleep"
)
_SHORT: Final = 400  # characters of a result that tells a state
CAUSE: Final = 400  # characters of an error that is one cause
_GLUE: Final = frozenset(
    "the and for with that this was not are has had but from into could can".split()
)
_INFORMATIVE: Final = 12  # words of a result: more than an acknowledgement
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
_PROSE: Final = re.compile(r"[^\n={}();<>|$]{1,300}")
_PAGE: Final = 160  # characters of a result that is the thing itself, not word of it
_PAGES: Final = 400  # ... whatever was asked for
_PIECE: Final = 24  # characters
_NUMBER: Final = re.compile(r"\d+")
_CLICK: Final = re.compile(r'"(?:x|y|left|top)"\s*:\s*-?\d+(?:\.\d+)?')


@dataclass(slots=True)  # not frozen: made for every step
class Called:
    """A tool call, made comparable."""

    tool: str
    arguments: str  # times and the request's own ids masked
    asked: str  # as they are
    outcome: str  # masked
    failed: bool
    empty: bool
    pending: bool  # it waits for something: polled by name, or told to be patient
    informative: bool
    _wording: Wording | None = None
    _words: frozenset[str] | None = None

    @property
    def wording(self) -> Wording:
        """Of the outcome; made when asked for."""
        if self._wording is None:
            self._wording = wording(self.outcome)
        return self._wording

    @property
    def words(self) -> frozenset[str]:
        """Of its arguments."""
        if self._words is None:
            self._words = frozenset(map(stem, _WORD.findall(self.arguments)))
        return self._words

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
    if failed:
        result = _ECHO.sub(MASK, _POSITION.sub(MASK, result))
    elif len(result) < _SHORT:
        result = _unechoed(result, arguments)
    return Called(
        tool=tool,
        arguments=_plain(moment(arguments)),
        asked=arguments,
        outcome=result,
        failed=failed,
        empty=not failed and len(result) < 200 and _EMPTY.search(result) is not None,
        pending=_POLL.search(tool.lower()) is not None
        or (len(result) < _SHORT and _PENDING.search(result) is not None),
        informative=len(result.split(None, _INFORMATIVE)) >= _INFORMATIVE
        or len(_WORD.findall(result[:1000])) >= _INFORMATIVE,
    )


def _unechoed(result: str, arguments: str) -> str:
    """An answer that quotes the question, without it."""
    asked = _values(arguments)
    for value in asked.values() if asked else ():
        if isinstance(value, str) and value.count(" ") > 1:
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
    drifted = -1
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
    return Match(Likeness.ALIKE, drifted) if drifted >= 0 else Match(Likeness.NEW)


def _no_news(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """Another outcome to the letter, and yet the same."""
    if new.failed or old.failed:
        return new.failed and old.failed and _one_cause(new, old)
    if min(len(new.outcome), len(old.outcome)) < _PAGE:
        return False
    if not (_overlaps(new.outcome, old.outcome) and told_again(new.wording, old.wording)):
        return False
    asked = new.arguments == old.arguments or mask(new.arguments) == mask(old.arguments)
    return asked or _rephrased(new, old, before)


def _overlaps(new: str, old: str) -> bool:
    """Two of three pieces of a long text are in the other: worth a closer look."""
    size = len(new)
    found = sum(new[at : at + _PIECE] in old for at in (0, size // 2, size - _PIECE))
    return found >= 2 or (found == 1 and new[size // 4 : size // 4 + _PIECE] in old)


def _drifts(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The arguments changed and it made no difference."""
    if new.failed:
        return _overlap(new.arguments, old.arguments) >= 0.2
    if new.informative and mask(new.arguments) == mask(old.arguments):
        return True  # the same payload under a fresh id
    if new.empty and _CLICK.sub(MASK, new.arguments) == _CLICK.sub(MASK, old.arguments):
        return True
    if new.informative and _same_page(new, old):
        return True
    if not (new.empty or new.informative) or _DONE.search(new.outcome[:_SHORT]) is not None:
        return False
    return _rephrased(new, old, before)


def _same_page(new: Called, old: Called) -> bool:
    """Another page or place was asked for and shows the very same."""
    if len(new.outcome) < _PAGE or _DONE.search(new.outcome[:_SHORT]) is not None:
        return False
    if len(new.outcome) >= _PAGES:
        return True
    return _NUMBER.sub("", new.arguments) == _NUMBER.sub("", old.arguments)


def _one_cause(new: Called, old: Called) -> bool:
    """Two error texts of one cause: the words of the shorter are in the longer, and nothing in
    which they differ is what the calls were about. Outputs of many lines tell more than a cause.
    """
    if max(len(new.outcome), len(old.outcome)) > CAUSE:
        return False
    now, then = _content(new.outcome), _content(old.outcome)
    fewer, text = (now, old.outcome) if len(now) <= len(then) else (then, new.outcome)
    both = [word for word in fewer if word in text]  # also as part of ConnectionRefusedError
    if len(both) < 3 or len(both) < 0.6 * len(fewer):
        return False
    told, was = wording(new.outcome).numbers, wording(old.outcome).numbers
    if not (set(told) <= set(was) or set(was) <= set(told)):
        return False
    asked = set(_WORD.findall(new.arguments)) ^ set(_WORD.findall(old.arguments))
    return not any(word in asked for word in now ^ then)


def one_matter(one: str, other: str) -> bool:
    """Two errors have a good part of their words in common, if not enough to be one by themselves.

    >>> one_matter("OSError: connection refused by db", "pq: connection refused while dialling db")
    True
    """
    now, then = _content(one.lower()), _content(other.lower())
    return len(now & then) >= 2 and 3 * len(now & then) >= min(len(now), len(then))


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text) if len(word) > 2 and word not in _GLUE)


def _overlap(one: str, other: str) -> float:
    left, right = set(_WORD.findall(one)), set(_WORD.findall(other))
    both = left | right
    return len(left & right) / len(both) if both else 1.0


def _rephrased(new: Called, old: Called, before: Sequence[Called]) -> bool:
    """The same question in other words; another path, id, number or name is another question."""
    left, right = _values(new.asked), _values(old.asked)
    if left is None or right is None or left.keys() != right.keys():
        return False
    changed = [(left[key], right[key]) for key in left if left[key] != right[key]]
    if not all(_question(a) and _question(b) for a, b in changed):
        return False
    seen = frozenset[str]().union(*(call.words for call in before if call.tool == new.tool))
    return not any(_names_another(str(a), str(b), seen) for a, b in changed)


def _question(value: object) -> bool:
    """Words, and no code."""
    return isinstance(value, str) and " " in value.strip() and _PROSE.fullmatch(value) is not None


def _names_another(text: str, other: str, seen: frozenset[str]) -> bool:
    """What is new in a question is a name, or it fills the one slot of a template."""
    words = _WORD.findall(text)
    old = {stem(word) for word in _WORD.findall(other.lower())}
    differing = [word for word in words if stem(word.lower()) not in old]
    fresh = [word for word in differing if stem(word.lower()) not in seen]
    if len(differing) == 1 and fresh:
        return True
    return bool(fresh) and all(word[0].isupper() for word in differing)


def _values(text: str) -> dict[str, object] | None:
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return cast(dict[str, object], value) if isinstance(value, dict) else None
