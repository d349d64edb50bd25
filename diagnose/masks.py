"""What changes from one repetition to the next without meaning: times, ids, durations.

They are masked wherever texts are compared. The expressions that know them are dear, so they are
only tried where there are digits, or where a field has a name of their kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from ..tracer.remembered import Remembered

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
# a day without a time is what something is about, not when it was said
_STAMP = r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:z|[+-]\d\d:?\d\d)?"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?"
_ADDRESS = r"0x[0-9a-f]{4,}"
_EPOCH = r"1[5-9]\d{8}(?:\d{3}(?:\d{3}){0,2})?(?:\.\d+)?"
_HEX = r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,}"  # git shows seven digits of a commit
_TAGGED = r"[a-z]{2,}[_-](?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{6,}"  # req_8f3a2b, call_x1y2z3
_RANDOM = r"(?=(?:[a-z]*\d+[a-z]+){2})[a-z0-9]{8,}"  # letters and digits in turns
_TEMPORARY = r"tmp[\w-]{6,}"
_DURATION = r"\d+(?:\.\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?)"
_VOLATILE: Final = re.compile(
    rf"(?<![\w.])(?:{_UUID}|{_STAMP}|{_CLOCK}|{_ADDRESS}|{_EPOCH}|{_HEX}|{_TAGGED}|{_RANDOM}"
    rf"|{_TEMPORARY}|{_DURATION})(?!\w)"
)
#: A number that ends a word and is no more than that, seen from its first digit.
_JUST_A_NUMBER: Final = re.compile(
    r'\d+[:,;.!?()\[\]{}]*(?="|\Z| (?!(?:ms|milliseconds?|s|secs?|seconds?)(?!\w)))'
)
_UNIT: Final = re.compile(r" (?:ms|milliseconds?|s|secs?|seconds?)(?!\w)")
_TIME: Final = re.compile(rf"(?<![\w.])(?:{_STAMP}|{_CLOCK}|{_EPOCH})(?!\w)")

#: Names of fields whose value is fresh each time by design.
_NAME = (
    r"(?:[a-z_-]{0,24}(?:request|trace|span|correlation|idempotency|call|message|transaction"
    r"|attempt)[_-]?(?:id|key|ref)|(?:attempts?|retry|retries|tries)(?:_(?:count|no|number))?"
    r"|(?:took|elapsed|duration|latency)(?:_?(?:ms|s|sec|seconds))?|ms|millis(?:econds)?"
    r"|[a-z]*nonce|rid|csrf|cache_?bust(?:er)?|timestamp|time_?stamp|ts|ack"
    r"|revision|rev|etag|generation|seq(?:uence)?(?:_?(?:no|number))?"
    r"|(?:created|updated|sent|requested|checked|polled|fetched|retrieved|observed|queried)_?at"
    r"|as_?of|last_?(?:checked|polled|refreshed))"
)
#: A value may be cut, as the text is.
_FRESH: Final = re.compile(rf'"{_NAME}"\s*:\s*(?:"[^"]*(?:"|\Z)|[-\d.]+)')
_NAMED: Final = re.compile(_NAME)
_BEFORE_COLON: Final = re.compile(r'"\s+:')

MASK: Final = "\x01"
EPOCH: Final = 10  # digits of a time; fewer are just a number
KEYS: Final = 1 << 12  # names of fields that are remembered
_MARKS: Final = ":,;.!?()[]{}"  # around a number that is no more than that
_BLANKS: Final = ("  ", *"\t\n\v\f\r\x1c\x1d\x1e\x1f")
_DIGIT: Final = re.compile(r"\d")
#: What is looked for sign by sign is found much faster where all digits are one.
_DIGITS: Final = bytes(ord("0") if 48 <= code < 58 else ord(" ") for code in range(256))
_MANY: Final = 32  # signs to one digit: where there are more digits, an expression is faster
_TIMES: Final = (b"0" * EPOCH, b"0 00 00")  # digits of an epoch, of a clock or a day with a time
_NUMBERS: Final = re.compile(r"(\d+(?:[.,]\d+)*)")
_NUMBERS_ASCII: Final = re.compile("([0-9]+(?:[.,][0-9]+)*)")


def mask(text: str) -> str:
    """`text` in lower case with what is fresh each time replaced.

    >>> mask("At 2026-01-02T03:04:05Z  job req_8f3a2b took 1.2 s").replace(MASK, "*")
    'at * job * took *'
    """
    lower = _one_line(text)
    if not numbered(lower):
        return lower
    if has_fresh(lower):
        lower = _FRESH.sub(MASK, lower)
    return _steady(lower)


def _one_line(text: str) -> str:
    """In lower case and with single blanks, as most texts that are no page are written."""
    lower = text.lower()
    if (
        not lower.isascii()
        or any(map(lower.__contains__, _BLANKS))
        or " " in lower[:1] + lower[-1:]
    ):
        return " ".join(lower.split())
    return lower


def is_fresh(name: str) -> bool:
    """Whether a field's name is one whose value is fresh each time."""
    return _NAMED.fullmatch(name) is not None


_KEYS: Final = Remembered(is_fresh, KEYS)


def has_fresh(text: str) -> bool:
    """A field whose value is fresh each time may be in it: to look at names is fast."""
    if '"' not in text:
        return False
    before = text.split('":')
    names = {part[part.rfind('"') + 1 :] for part in before[:-1]}
    if any(map(_KEYS.__getitem__, names)):
        return True
    parted = " :" in text or not text.isprintable()  # else there is no blank before a colon
    return parted and _BEFORE_COLON.search(text) is not None


def numbered(text: str) -> bool:
    """There are digits in it; to look for ten signs is much faster than for any of them."""
    if text.isascii():
        return any(map(text.__contains__, "0123456789"))
    return _DIGIT.search(text) is not None


def _digit_from(text: str) -> Callable[[int], int]:
    """Tells where the next digit is from a place on; -1: nowhere."""
    if text.isascii():
        return partial(text.encode().translate(_DIGITS).find, b"0")
    return lambda place: -1 if (found := _DIGIT.search(text, place)) is None else found.start()


def _steady(text: str) -> str:
    """`text` without what is volatile, which is looked for only where there are digits."""
    parts: list[str] = []
    done = 0
    digit_from = _digit_from(text)
    while (found := digit_from(done)) >= 0:
        plain = _JUST_A_NUMBER.match(text, found)
        if plain is not None and plain.end() - found < EPOCH and _begins(text, found, done):
            parts.append(text[done : plain.end()])
            done = plain.end()
            continue
        start = max(done, text.rfind(" ", done, found) + 1, text.rfind('"', done, found) + 1)
        end = text.find(" ", found)
        quote = text.find('"', found, end if end >= 0 else len(text))
        end = quote if quote >= 0 else end if end >= 0 else len(text)
        word = text[start:end]
        unit = _UNIT.match(text, end)
        if unit is not None:
            end = unit.end()
            parts += (text[done:start], _VOLATILE.sub(MASK, text[start:end]))
        elif len(word) < EPOCH and word.strip(_MARKS).isdigit():
            parts.append(text[done:end])
        else:
            parts += (text[done:start], _VOLATILE.sub(MASK, word))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _begins(text: str, place: int, done: int) -> bool:
    """A word begins here."""
    return place == done or text[place - 1] in ' "'


def numbers_apart(text: str) -> list[str]:
    """Texts and numbers in turn."""
    if not text.isascii():
        return _NUMBERS.split(text)
    digits = text.encode().translate(_DIGITS)
    if digits.count(b"0") * _MANY > len(text):
        return _NUMBERS_ASCII.split(text)
    parts: list[str] = []
    done = 0
    while (at := digits.find(b"0", done)) >= 0:
        found = _NUMBERS_ASCII.match(text, at)
        assert found is not None
        parts += (text[done:at], found.group())
        done = found.end()
    return [*parts, text[done:]]


def moment(text: str) -> str:
    """`text` in lower case without times and what is named a request's own id; other ids stay.

    What a call is about may be an id; an id that is new with each call of the same thing is not.
    """
    lower = _one_line(text)
    if not numbered(lower):
        return lower
    if has_fresh(lower):
        lower = _FRESH.sub(MASK, lower)
    return _TIME.sub(MASK, lower) if _timed(lower) else lower


def _timed(text: str) -> bool:
    """There may be a time in it, by how its digits stand."""
    if not text.isascii():
        return True
    digits = text.encode().translate(_DIGITS)
    return any(map(digits.__contains__, _TIMES))


def fresh(arguments: str) -> list[str]:
    """Values of arguments that a call has for itself alone, such as its request's id.

    >>> fresh('{"berth": 4, "request_id": "req-07919"}')
    ['req-07919']
    """
    if not has_fresh(arguments):
        return []
    values = (found.group().rpartition(":")[2].strip(' "') for found in _FRESH.finditer(arguments))
    return [value for value in values if len(value) > 3]
