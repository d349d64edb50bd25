"""Texts made comparable: what changes from one repetition to the next without meaning is masked.

A text becomes a `Wording`: its key (equal keys are repetitions), its word pairs with numbers
masked (how alike two wordings are), its numbers in order and the stems of its content words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, cast

import msgspec
from msgspec import Struct

from ..tracer.remembered import Remembered
from .masks import mask, numbered, numbers_apart
from .shown import shown
from .stop_words import STOP_WORDS
from .synonyms import EMPTY_TALK, FILLERS, stem

#: What a speaker puts before and after what it says: thoughts, its name, an interjection, a signal.
_THOUGHTS: Final = re.compile(
    r"<(think|thinking|thought)>.*?</\1>\s*"
    r"|\Athoughts?:.*?\n\s*(?:(?:final )?answer|say|speech|reply|response|message|output):\s*",
    re.DOTALL | re.IGNORECASE,
)
_OPENING: Final = re.compile(
    r"(?:\*\*[^*\n]{1,40}:\*\*\s*)?(?:(?:ok(?:ay)?|sure(?: thing)?|understood|right|i see"
    r"|thanks?(?: you)?(?: (?:for|so|very) [\w ]{1,24})?|let me think|(?:very )?good|all ?right"
    r"|noted|hm+|got it|great|perfect|excellent|of course|certainly|absolutely|no problem|yes|well"
    r"|ah|oh|fine)[.!,:]+\s+)*",
    re.IGNORECASE,
)
#: Which message it is and when it was said, as chats and tables of talks show it, and a heading
#: that says nothing of it.
_HEAD: Final = re.compile(
    r"(?:\|?\s*#?\(?\d{1,3}\s?[.):|]\s+(?=.*[^\W\d]))?"
    r"(?:[\[(]\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?[\])]\s*)?"
    r"(?:#{1,6} (?:(?:status|progress|short|quick|final) )?(?:update|status|notes?|report|answer"
    r"|reply|response|message|summary)\W*\n\s*)?",
    re.IGNORECASE,
)
#: What a mail answers; what a colon leads to is quoted to say something of it.
_HISTORY: Final = re.compile(r"(?<![:\s])\s*(?:\n[ \t]*>[^\n]*)+\s*\Z")
_HEADED: Final = "[(#|0123456789"
_REACTION: Final = re.compile(r":[a-z0-9_+-]+:")
_SIGNAL: Final = re.compile(r"\s*\n\W*[A-Z]{4,}\W*\Z")
_WIDE = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"  # no blanks between
_LETTERS = rf"{_WIDE}|(?:(?!{_WIDE})[^\W\d_])+(?:['’][^\W\d_]+)?"
_TOKEN: Final = re.compile(rf"\d+(?:[.,]\d+)*|{_LETTERS}|[^\w\s]")
#: The same in lower-case ASCII, several times as fast.
_PLAIN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[^\w\s]", re.ASCII)
_SIGN: Final = re.compile(_WIDE)
_BEFORE: Final = re.compile(r"([^\W\d_]+|#)(?:[^\w#]|_)*$")
SAMPLE: Final = 24  # pairs of a long text that are compared first
BEFORE: Final = 16  # signs before a number
BITS: Final = 1024  # of the sketch of a text's content words
KNOWN: Final = 1 << 15  # words whose stems are kept
NUMBER: Final = "\x02"
SENTENCE: Final = 3  # blanks in a text that makes a record a message
LONG: Final = 40  # word pairs: texts above it count as long


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BOX: Final = re.compile(r"\[[ x]\]|[✅✔☑☐⬜]")
TICKED: Final = frozenset({"[x]", "✅", "✔", "☑"})
_SEPARATED: Final = re.compile(r",? (?:and |or )?")
_ITEMS: Final = re.compile(r"\b\w+(?:, \w+){2,}(?:,? (?:and|or) \w+)?(?![\w ])")
_ITEM: Final = re.compile(r", \w+, \w")  # what begins with a sign that is looked for is found fast
_QUOTES: Final = '`"“«„'
_QUOTED: Final = re.compile(
    r"(?<!`)`([^`]{2,80})`(?!`)|\"([^\"{}:]{2,80})\"|[“«„]([^”»“]{2,80})[”»“]"
)
#: A number after one of these counts repetitions; it says nothing new.
_ORDINAL: Final = _words(
    """attempt try retry round turn seq msg step iteration cycle no number version draft revision
    reminder message time times pass loop count nr v # again run position line column char offset
    byte"""
)

_STOP: Final = frozenset(
    form for word in STOP_WORDS | FILLERS for form in (word, word.replace("'", ""))
)


class Wording(Struct, gc=False):
    """A text, made comparable."""

    key: str  # masked text; numbers are kept
    letters: str  # the same without anything but words, numbers masked
    count: int  # words
    different: int  # words that are not the same
    numbers: tuple[str, ...]  # in order
    before: tuple[str, ...]  # a few signs before each number
    stems: frozenset[str]  # of content words
    terms: frozenset[str]  # what it is about: these, or pairs of signs where one says little
    numeric: bool  # mostly numbers: they are what it says
    empty_talk: bool  # courtesies and talk about the talk, nothing about the work

    _size: int | None = None
    _pairs: frozenset[int] | None = None
    _sketch: int | None = None
    _uttered: frozenset[str] | None = None
    _tokens: list[tuple[str, str]] | None = None
    _frame: list[tuple[str, str]] | None = None
    _items: tuple[str, ...] | None = None
    _sentences: frozenset[str] | None = None
    _shown: str | None = None

    @property
    def words(self) -> list[str]:
        """In order; numbers masked."""
        return self.letters.split()

    @property
    def size(self) -> int:
        """Word pairs; of a long text as many as there are places for them."""
        if self._size is None:
            self._size = len(self.pairs) if self.different <= 2 * LONG else self.count - 1
        return self._size

    def below(self, size: int) -> bool:
        """It has fewer word pairs, of which two are the least to ask for. Mostly told without
        making them: each word but one begins a pair that is new.
        """
        if self.different > size:
            return False
        return self.count <= size or self.size < size

    @property
    def long(self) -> bool:
        """It counts as long."""
        return not self.below(LONG + 1)

    @property
    def pairs(self) -> frozenset[int]:
        """Of words, as hashes; made when asked for: most long texts are told apart by less."""
        if self._pairs is None:
            self._pairs = _paired(self.words)
        return self._pairs

    @property
    def some_pairs(self) -> frozenset[int]:
        """A sample of a long text's pairs, those of another one."""
        if not self.long:
            return self.pairs
        words, step = self.words, self.count // SAMPLE + 1
        return frozenset(map(hash, zip(words[:-1:step], words[1::step], strict=True)))

    @property
    def sketch(self) -> int:
        """Bits for its content words, few of which share one: tells fast how far two are apart."""
        if self._sketch is None:  # a digit each: to set bit by bit would copy all of them each time
            signs = bytearray(b"0") * BITS
            for number in map(hash, self.stems):
                signs[number % BITS] = 49
            self._sketch = int(signs, 2)
        return self._sketch

    @property
    def uttered(self) -> frozenset[str]:
        """Its content words and numbers."""
        if self._uttered is None:
            self._uttered = self.stems.union(self.numbers) if self.numbers else self.stems
        return self._uttered

    @property
    def last(self) -> int:
        """The last word pair."""
        words = self.words
        return hash((words[-2], words[-1]) if len(words) > 1 else ("", ""))

    @property
    def tokens(self) -> list[tuple[str, str]]:
        """Words, numbers and marks in order, each with its stem; made when asked for."""
        if self._tokens is None:
            found = (_PLAIN if self.key.isascii() else _TOKEN).findall(self.key)
            self._tokens = list(zip(found, map(_MEANT.__getitem__, found), strict=True))
        return self._tokens

    @property
    def frame(self) -> list[tuple[str, str]]:
        """`tokens` with all numbers alike."""
        if self._frame is None:
            self._frame = self.tokens
            if self.numbers:
                self._frame = [("#" if t[0].isdigit() else t, meant) for t, meant in self.tokens]
        return self._frame

    @property
    def items(self) -> tuple[str, ...]:
        """An enumeration of single words, in order."""
        if self._items is None:
            found = _ITEMS.search(self.key) if _ITEM.search(self.key) is not None else None
            self._items = tuple(_SEPARATED.split(found.group())) if found is not None else ()
        return self._items

    @property
    def sentences(self) -> frozenset[str]:
        """What ends in a full stop or a like mark."""
        if self._sentences is None:
            key = self.key  # on one line
            for end in ".!?":
                key = key.replace(f"{end} ", f"{end}\n")
            self._sentences = frozenset(key.split("\n"))
        return self._sentences

    @property
    def shown(self) -> str:
        """What it shows in blocks of their own."""
        if self._shown is None:
            self._shown = shown(self.key)
        return self._shown

    @property
    def draft(self) -> bool:
        """It is long, or shows something."""
        return self.long or bool(self.shown)

    @property
    def quoted(self) -> frozenset[str]:
        """What stands in quotes or back-ticks, on one line."""
        if self.key[:1] == "{" or not any(map(self.key.__contains__, _QUOTES)):
            return frozenset()
        return frozenset(found.group() for found in _QUOTED.finditer(self.key))

    def counts(self, number: int) -> bool:
        """Whether the number in this place only counts, by the word before it."""
        before = _BEFORE.search(self.before[number])
        return before is not None and before.group(1) in _ORDINAL


def bare(text: str) -> str:
    """What is said, without a manner of saying it.

    >>> bare("<think>Hm.</think>**Coder:** Okay. Thanks for the update. Ready\\n\\nCONTINUE")
    'Ready'
    >>> bare("Thank you!")
    'Thank you!'
    >>> bare("[09:41] The gate is shut. :eyes:"), bare("### Update\\n\\n- The gate is shut.")
    ('The gate is shut.', '- The gate is shut.')
    >>> bare("| 12 | The gate is shut."), bare("The gate is shut.\\n> Is it open?\\n")
    ('The gate is shut.', 'The gate is shut.')
    """
    whole = text
    if "<th" in text or text[:7] in ("Thought", "THOUGHT"):
        text = _THOUGHTS.sub("", text)
    if text[:1] in _HEADED:
        text = text[found.end() :] if (found := _HEAD.match(text)) is not None else text
    if "\n>" in text:
        text = _HISTORY.sub("", text)
    while text[-1:] == ":":
        *before, last = text.rsplit(None, 1)
        if not before or _REACTION.fullmatch(last) is None:
            break
        text = before[0]
    opening = _OPENING.match(text)
    start = opening.end() if opening is not None else 0
    signal = _SIGNAL.search(text, max(start, len(text) - 24)) if text[-1:].isupper() else None
    return text[start : signal.start() if signal is not None else len(text)] or whole


def message(text: str) -> str:
    """What a JSON record says, where it carries a sentence: numbers and keys beside it are form.

    >>> message('{"to": "bob", "message": "the gate is locked", "confidence": 0.8}')
    'bob the gate is locked'
    >>> message('{"x": 3, "y": 4}')
    '{"x": 3, "y": 4}'
    """
    try:
        told = list(_strings(cast(object, msgspec.json.decode(text))))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
    return " ".join(told) if any(part.count(" ") >= SENTENCE for part in told) else text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _strings(inner)


def _meant(word: str) -> str:
    """The stem of a word; "" of one that says nothing."""
    return "" if word in _STOP or not word[0].isalpha() else stem(word)


_MEANT: Final = Remembered(_meant, KNOWN)


def wording(text: str) -> Wording:
    """Read a text."""
    key = mask(bare(message(text) if text[:1] == "{" else text))
    parts = numbers_apart(key) if numbered(key) else [key]
    # how many boxes are ticked is a number, too
    boxes = _BOX.findall(key) if "[" in key or not key.isascii() else ()
    ticked = (str(sum(box in TICKED for box in boxes)),) if boxes else ()
    letters = _letters_of(f" {NUMBER} ".join(parts[::2]) if len(parts) > 1 else key)
    words = letters.split()
    different = set(words)
    stems = _stems(different)
    wide = not key.isascii() and sum(map(len, words)) < 2 * len(words)
    return Wording(
        key=key,
        letters=letters,
        count=len(words),
        different=len(different),
        numbers=(*parts[1::2], *ticked),
        before=(*[part[-BEFORE:] for part in parts[:-1:2]], *("" for _ in ticked)),
        stems=stems,
        terms=frozenset(map("".join, pairwise(words))) or frozenset(words) if wide else stems,
        numeric=len(parts) - 1 > len(words),
        empty_talk=len(parts) == 1 and bool(words) and len(stems) <= 12 and stems <= EMPTY_TALK,
    )


def _paired(words: list[str]) -> frozenset[int]:
    # zip uses one tuple again and again, where pairwise makes each anew
    beside = frozenset(map(hash, zip(words, words[1:], strict=False)))  # noqa: RUF007
    return beside or frozenset(hash((word, "")) for word in words)


class _Split(dict[int, str | None]):
    """What is no letter parts words; an apostrophe is left out, a number and a sign of a script
    without blanks is a word by itself.
    """

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        made = f" {sign} " if _SIGN.match(sign) else sign if sign.isalpha() else " "
        if len(self) < KNOWN:
            self[code] = made
        return made


_SPLIT: Final = _Split({ord("'"): None, ord("’"): None, ord(NUMBER): NUMBER})
_SPLIT_ASCII: Final = bytes(
    code if chr(code).isalpha() or chr(code) == NUMBER else ord(" ") for code in range(128)
).ljust(256)


def _letters_of(text: str) -> str:
    """The words of a masked text, with blanks between."""
    if text.isascii():
        return text.encode().translate(_SPLIT_ASCII, b"'").decode()
    return text.translate(_SPLIT)


def stems_of(text: str) -> frozenset[str]:
    """What the words of a masked text mean."""
    return _stems(set(_letters_of(text).split()))


def _stems(words: set[str]) -> frozenset[str]:
    """What the words mean, without those that say nothing by themselves."""
    meant = set(map(_MEANT.__getitem__, words))
    meant.discard("")
    return frozenset(meant)
