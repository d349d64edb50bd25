"""Where secrets may be: in a page of records, in some of many texts.

Hyperscan (the extra `fast`; it is Vectorscan's build of it) looks for all signs of secrets at once,
at several gigabytes a second, where `secrets` looks for one after the other. A sign is less than a
secret: what has none is not changed by `mask`, and what has one is given to `mask`. Where it is not
installed, and until so much was said that preparing it is worth the time, every record and every
text is looked through for itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from . import conventions as c
from . import secrets
from .brief import FIELDS
from .late import compile_all
from .packing import PLAIN, SHORT, Record, masked
from .prepared import scanner

WORTH: Final = 1 << 20  # bytes that take as long to be looked through as having the scanner
EACH: Final = 300  # bytes that take as long as beginning with a record or a text
NAMES: Final = (1 << 14) - 1  # places for them
TEXTS: Final = (1 << 6) - 1  # likewise
FLOOD: Final = 256  # signs in one pass after which no more are asked for

_NO_TEXT: Final[tuple[bytes, str]] = (b"", "")


class Screen:
    """Owned by the writer's thread."""

    def __init__(self) -> None:
        self._seen = 0
        self._scanner: Any = None
        #: Hashes of names that hold no secrets, in a table that is made at once, and small texts
        #: masked before, which are let go of before memory is compared: a memory that fills would
        #: look like the program's own leak.
        self._names = array("q", bytes(8 * (NAMES + 1)))
        self._texts: list[tuple[bytes, str]] = [_NO_TEXT] * (TEXTS + 1)

    def forget_texts(self) -> None:
        """Look at small texts anew."""
        self._texts[:] = [_NO_TEXT] * len(self._texts)

    def prepare(self) -> None:
        """Make now what is else made once it is worth it, which would look like a leak."""
        self._scanner = scanner()
        self._seen = WORTH + 1
        compile_all()

    def text(self, data: bytes) -> str:
        """A text that lies in its record: without secrets, if nobody will look at the page."""
        if self._scanner is not None and not secrets.own_patterns():
            return data.decode("utf-8", "replace")
        place = hash(data) & TEXTS
        known, text = self._texts[place]
        if known != data:
            self._note(len(data), 1)
            text = secrets.mask(data).decode("utf-8", "replace")
            self._texts[place] = data, text
        return text

    def record(self, record: Record) -> Record:
        """A record that may go on a page: without secrets, if nobody will look at the page."""
        if secrets.own_patterns():
            return masked(record)
        if self._scanner is not None:
            return record
        if len(record) == FIELDS:  # a brief one: agents and texts, nothing else
            message = record[10]
            if self._plain(message[1]) and self._plain(message[2]):
                return record
            return masked(record)
        message = record[10]
        if not self._plain(record[5]) or (
            message is not None
            and record[3] != c.PROCESS  # those of the send were looked at
            and not (self._plain(message[2]) and self._plain(message[4]))
        ):
            return masked(record)
        strings = _strings(record)
        if strings:
            data = "\n".join(strings).encode("utf-8", "backslashreplace")
            self._note(len(data), 1)
            if secrets.suspicious(data):
                return masked(record)
        return record if strings is not None else masked(record)

    def _plain(self, name: str) -> bool:
        """Whether an agent's or a topic's name holds no secret: the same few come all the time."""
        names, known = self._names, hash(name)
        if names[known & NAMES] != known and name:
            if secrets.suspicious(name.encode("utf-8", "backslashreplace")):
                return False
            names[known & NAMES] = known
        return True

    def clean(self, page: bytes | bytearray) -> bool:
        """Whether nothing on a page can be a secret, its records having been screened."""
        if self._scanner is None or secrets.own_patterns():
            return True
        return not self._signs(page, 1)

    def suspects(self, texts: Sequence[bytes]) -> Iterable[int]:
        """Places of the texts that may hold secrets, in order."""
        if self._scanner is None or secrets.own_patterns():
            self._note(sum(map(len, texts)), len(texts))
            return range(len(texts))
        ends = self._signs(b"\n".join(texts), FLOOD)
        if len(ends) >= FLOOD:
            return range(len(texts))
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        return sorted({bisect_right(starts, end - 1) - 1 for end in ends})

    def _note(self, size: int, count: int) -> None:
        """So much was looked through without the scanner."""
        if self._seen <= WORTH:
            self._seen += size + count * EACH
            if self._seen > WORTH:
                self._scanner = scanner()

    def _signs(self, data: bytes | bytearray, most: int) -> list[int]:
        """Where the first signs end."""
        ends: list[int] = []

        def found(_sign: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            ends.append(end)
            return len(ends) >= most

        try:
            self._scanner.scan(data, match_event_handler=found)
        except Exception:  # what it says when it was told to stop
            if len(ends) < most:
                raise
        return ends


def _strings(record: Record) -> list[str] | None:
    """What in a record may hold secrets, but for names and texts; None if it is not plain."""
    found: list[str] = []
    name, error, attributes, events = record[4], record[8], record[11], record[14]
    if events is not None:
        return None
    if error is not None:
        found.append(error)
    if len(name) > SHORT:
        found.append(name)
    if attributes is not None:
        for value in attributes.values():
            if value.__class__ is str:
                if len(value) > SHORT:
                    found.append(value)
            elif value.__class__ is tuple:
                found += [each for each in value if each.__class__ is str]
            elif value.__class__ not in PLAIN:
                return None
    return found
