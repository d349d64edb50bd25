"""Texts made comparable: what changes from one repetition to the next without meaning is masked.

A text becomes a `Wording`: its key (equal keys are repetitions), its word pairs with numbers
masked (how alike two wordings are), its numbers in order and the stems of its content words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .synonyms import EMPTY_TALK, FILLERS, MEANING

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_STAMP = r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?"
_ADDRESS = r"0x[0-9a-f]{4,}"
_EPOCH = r"1[5-9]\d{8}(?:\d{3}(?:\d{3}){0,2})?(?:\.\d+)?"
_HEX = r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}"
_TAGGED = r"[a-z]{2,}[_-](?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{6,}"  # req_8f3a2b, call_x1y2z3
_RANDOM = r"(?=(?:[a-z]*\d+[a-z]+){2})[a-z0-9]{8,}"  # letters and digits in turns
_DURATION = r"\d+(?:\.\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?)"
_VOLATILE: Final = re.compile(
    rf"(?<![\w.])(?:{_UUID}|{_STAMP}|{_CLOCK}|{_ADDRESS}|{_EPOCH}|{_HEX}|{_TAGGED}|{_RANDOM}|{_DURATION})(?!\w)"
)

_TIME: Final = re.compile(rf"(?<![\w.])(?:{_STAMP}|{_CLOCK}|{_EPOCH})(?!\w)")

#: Names of fields whose value is fresh each time by design.
_FRESH: Final = re.compile(
    r'"(?:[a-z_-]{0,24}(?:request|trace|span|correlation|idempotency|call|message|transaction'
    r"|attempt)[_-]?(?:id|key|ref)|[a-z]*nonce|rid|csrf|cache_?bust(?:er)?|timestamp|time_?stamp"
    r'|created_?at|updated_?at|sent_?at|requested_?at)"\s*:\s*'
    r'(?:"[^"]*"|[-\d.]+)'
)

_DIGIT: Final = re.compile(r"\d")
_WIDE = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"  # no blanks between
_LETTERS = rf"{_WIDE}|(?:(?!{_WIDE})[^\W\d_])+(?:['’][^\W\d_]+)?"
_TOKEN: Final = re.compile(rf"\d+(?:[.,]\d+)*|{_LETTERS}|[^\w\s]")
_WORD: Final = re.compile(_LETTERS)
MASK: Final = "\x01"
STEM: Final = 6


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: A number after one of these counts repetitions; it says nothing new.
_ORDINAL: Final = _words(
    """attempt try retry round turn step iteration cycle no number version draft revision reminder
    message time times pass loop count nr v # again run position line column char offset byte"""
)

_STOP: Final = (
    _words(
        """an the and or but if then else so of to in on at by for with from as is are was were be
    been being am do does did done have has had will would can could should shall may might
    must you he she it we they me him her us them my your his its our their this that these
    those there here not no yes just also very more most please now again still let lets okay
    ok well once upon into about up out over under than too what which who whom when where why
    how all any some each get got make made go going"""
    )
    | FILLERS
)


@dataclass(slots=True)  # not frozen: made for every message
class Wording:
    """A text, made comparable."""

    key: str  # masked text; numbers are kept
    pairs: frozenset[str]  # of words; numbers masked
    numbers: tuple[str, ...]  # in order
    ordinals: tuple[bool, ...]  # for each number: it only counts
    stems: frozenset[str]  # of content words
    sketch: int  # bits of the stems: texts with few in common are not alike
    numeric: bool  # mostly numbers: they are what it says
    empty_talk: bool  # courtesies and talk about the talk, nothing about the work

    @property
    def tokens(self) -> tuple[str, ...]:
        """Words, numbers and marks, in order; made when asked for."""
        return tuple(_TOKEN.findall(self.key))

    @property
    def size(self) -> int:
        return len(self.pairs)


def mask(text: str) -> str:
    """`text` in lower case with what is fresh each time replaced.

    >>> mask("At 2026-01-02T03:04:05Z  job req_8f3a2b took 1.2 s").replace(MASK, "*")
    'at * job * took *'
    """
    lower = " ".join(text.lower().split())
    if _DIGIT.search(lower) is None:
        return lower
    if '"' in lower:
        lower = _FRESH.sub(MASK, lower)
    return _VOLATILE.sub(MASK, lower)


def moment(text: str) -> str:
    """`text` in lower case without times and what is named a request's own id; other ids stay.

    What a call is about may be an id; an id that is new with each call of the same thing is not.
    """
    lower = " ".join(text.lower().split())
    if _DIGIT.search(lower) is None:
        return lower
    return _TIME.sub(MASK, _FRESH.sub(MASK, lower))


def stem(word: str) -> str:
    """What a word means, or its first six letters: enough to fold inflections of longer words."""
    return MEANING.get(word) or word[:STEM]


def wording(text: str) -> Wording:
    """Read a text."""
    key = mask(text)
    numbers: list[str] = []
    ordinals: list[bool] = []
    if _DIGIT.search(key) is None:
        words: list[str] = _WORD.findall(key)
    else:
        words = _numbered(_TOKEN.findall(key), numbers, ordinals)
    stems = frozenset([stem(word) for word in words if word != "#" and word not in _STOP])
    sketch = 0
    for word in stems:
        sketch |= 1 << (hash(word) & 127)
    return Wording(
        key=key,
        pairs=frozenset(map(" ".join, pairwise(words))) or frozenset(words),
        numbers=tuple(numbers),
        ordinals=tuple(ordinals),
        stems=stems,
        sketch=sketch,
        numeric=len(numbers) * 2 > len(words),
        empty_talk=not numbers and bool(words) and len(stems) <= 12 and stems <= EMPTY_TALK,
    )


def _numbered(tokens: list[str], numbers: list[str], ordinals: list[bool]) -> list[str]:
    """The words with numbers masked; the numbers and what they are go into the lists."""
    words: list[str] = []
    before = ""
    for token in tokens:
        if token[0].isdigit():
            numbers.append(token)
            ordinals.append(before in _ORDINAL)
            words.append("#")
        elif token[0].isalpha():
            words.append(token)
        before = token
    return words
