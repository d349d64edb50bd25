"""Texts made comparable: what changes from one repetition to the next without meaning is masked.

A text becomes a `Wording`: its key (equal keys are repetitions), its word pairs with numbers
masked (how alike two wordings are), its numbers in order and the stems of its content words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .stop_words import STOP_WORDS
from .synonyms import EMPTY_TALK, FILLERS, MEANING

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_STAMP = r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?"
_ADDRESS = r"0x[0-9a-f]{4,}"
_EPOCH = r"1[5-9]\d{8}(?:\d{3}(?:\d{3}){0,2})?(?:\.\d+)?"
_HEX = r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}"
_TAGGED = r"[a-z]{2,}[_-](?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{6,}"  # req_8f3a2b, call_x1y2z3
_RANDOM = r"(?=(?:[a-z]*\d+[a-z]+){2})[a-z0-9]{8,}"  # letters and digits in turns
_TEMPORARY = r"tmp[\w-]{6,}"
_DURATION = r"\d+(?:\.\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?)"
_VOLATILE: Final = re.compile(
    rf"(?<![\w.])(?:{_UUID}|{_STAMP}|{_CLOCK}|{_ADDRESS}|{_EPOCH}|{_HEX}|{_TAGGED}|{_RANDOM}"
    rf"|{_TEMPORARY}|{_DURATION})(?!\w)"
)

_UNIT: Final = re.compile(r" (?:ms|milliseconds?|s|secs?|seconds?)(?!\w)")
_TIME: Final = re.compile(rf"(?<![\w.])(?:{_STAMP}|{_CLOCK}|{_EPOCH})(?!\w)")

#: Names of fields whose value is fresh each time by design.
_FRESH: Final = re.compile(
    r'"(?:[a-z_-]{0,24}(?:request|trace|span|correlation|idempotency|call|message|transaction'
    r"|attempt)[_-]?(?:id|key|ref)|(?:attempts?|retry|retries|tries)(?:_(?:count|no|number))?"
    r"|[a-z]*nonce|rid|csrf|cache_?bust(?:er)?|timestamp|time_?stamp"
    r'|created_?at|updated_?at|sent_?at|requested_?at)"\s*:\s*'
    r'(?:"[^"]*"|[-\d.]+)'
)

_DIGIT: Final = re.compile(r"\d")
_WIDE = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"  # no blanks between
_LETTERS = rf"{_WIDE}|(?:(?!{_WIDE})[^\W\d_])+(?:['’][^\W\d_]+)?"
_TOKEN: Final = re.compile(rf"\d+(?:[.,]\d+)*|{_LETTERS}|[^\w\s]")
_WORD: Final = re.compile(_LETTERS)
_COUNTED: Final = re.compile(rf"\d+(?:[.,]\d+)*|{_LETTERS}|#")
_ASCII_LETTERS = r"[a-z]+(?:'[a-z]+)?"  # of lower case without accents: three times as fast
_ASCII_WORD: Final = re.compile(_ASCII_LETTERS)
_ASCII_COUNTED: Final = re.compile(rf"\d+(?:[.,]\d+)*|{_ASCII_LETTERS}|#")
SKETCH: Final = 2047  # bits of a sketch, less one
MASK: Final = "\x01"
LONG: Final = 40  # word pairs: texts above it count as long
STEM: Final = 6


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: A number after one of these counts repetitions; it says nothing new.
_ORDINAL: Final = _words(
    """attempt try retry round turn step iteration cycle no number version draft revision reminder
    message time times pass loop count nr v # again run position line column char offset byte"""
)

_STOP: Final = STOP_WORDS | FILLERS


@dataclass(slots=True)  # not frozen: made for every message
class Wording:
    """A text, made comparable."""

    key: str  # masked text; numbers are kept
    pairs: frozenset[str]  # of words; numbers masked
    numbers: tuple[str, ...]  # in order
    ordinals: tuple[bool, ...]  # for each number: it only counts
    stems: frozenset[str]  # of content words
    sketch: int  # bits of the stems, and of a long text's pairs: two texts with few in common
    long_sketch: int  # are told apart without comparing them
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
    return _steady(lower)


def _steady(text: str) -> str:
    """`text` without what is volatile, which is looked for only where there are digits."""
    parts: list[str] = []
    done = 0
    found = _DIGIT.search(text)
    while found is not None:
        start = max(done, text.rfind(" ", 0, found.start()) + 1)
        end = text.find(" ", found.start())
        end = len(text) if end < 0 else end
        unit = _UNIT.match(text, end)
        end = unit.end() if unit is not None else end
        parts += (text[done:start], _VOLATILE.sub(MASK, text[start:end]))
        done = end
        found = _DIGIT.search(text, done)
    parts.append(text[done:])
    return "".join(parts)


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
    ascii_only = key.isascii()
    numbers: list[str] = []
    ordinals: list[bool] = []
    if _DIGIT.search(key) is None:
        words: list[str] = (_ASCII_WORD if ascii_only else _WORD).findall(key)
    else:
        tokens = (_ASCII_COUNTED if ascii_only else _COUNTED).findall(key)
        words = _numbered(tokens, numbers, ordinals)
    content = set(words) - _STOP
    content.discard("#")
    meaning = MEANING.get
    stems = frozenset([meaning(word) or word[:STEM] for word in content])
    pairs = frozenset(map(" ".join, pairwise(words))) or frozenset(words)
    return Wording(
        key=key,
        pairs=pairs,
        numbers=tuple(numbers),
        ordinals=tuple(ordinals),
        stems=stems,
        sketch=_sketch(stems),
        long_sketch=_sketch(pairs) if len(pairs) > LONG else 0,
        numeric=len(numbers) * 2 > len(words),
        empty_talk=not numbers and bool(words) and len(stems) <= 12 and stems <= EMPTY_TALK,
    )


def _sketch(words: frozenset[str]) -> int:
    bits = bytearray(SKETCH // 8 + 1)
    for place in map(hash, words):
        bits[place >> 3 & SKETCH >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def _numbered(tokens: list[str], numbers: list[str], ordinals: list[bool]) -> list[str]:
    """The words with numbers masked; the numbers and what they are go into the lists."""
    words: list[str] = []
    before = ""
    for token in tokens:
        if token[0].isdigit():
            numbers.append(token)
            ordinals.append(before in _ORDINAL)
            words.append("#")
        elif token != "#":
            words.append(token)
        before = token
    return words
