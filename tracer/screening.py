"""Where secrets may be: in a page of records, in some of many texts.

Hyperscan (the extra `fast`; it is Vectorscan's build of it) looks for all signs of secrets at once,
at several gigabytes a second, where `secrets` looks for one after the other. A sign is less than a
secret: what has none is not changed by `mask`, and what has one is given to `mask`. Where it is not
installed, and until so much was said that preparing it is worth the time, every record and every
text is looked through for itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from . import secrets
from .packing import PLAIN, SHORT, Record, masked

WORTH: Final = 8 << 20  # bytes that take as long to be looked through as preparing the scanner
EACH: Final = 400  # bytes that take as long as beginning with a record or a text
NAMES: Final = 1_024  # that are remembered
FLOOD: Final = 256  # signs in one pass after which no more are asked for


class Screen:
    """Owned by the writer's thread."""

    def __init__(self) -> None:
        self._seen = 0
        self._scanner: Any = None
        self._names: set[object] = set()  # that hold no secrets

    def record(self, record: Record) -> Record:
        """A record that may go on a page: without secrets, if nobody will look at the page."""
        if secrets.own_patterns():
            return masked(record)
        if self._scanner is not None:
            return record
        strings = _strings(record)
        if strings is not None:
            strings += self._new_names(record)
            if not strings:
                return record
            data = "\n".join(strings).encode("utf-8", "backslashreplace")
            self._note(len(data), 1)
            if not secrets.suspicious(data):
                return record
        return masked(record)

    def _new_names(self, record: Record) -> list[str]:
        """Agents and topics in it that were not met yet: there are few of them."""
        names = self._names
        message = record[10]
        told = (record[5],) if message is None else (record[5], message[1], message[2], message[4])
        new = [name for name in told if name not in names and name.__class__ is str]
        if new:
            if len(names) > NAMES:
                names.clear()
            names.update(
                name
                for name in new
                if not secrets.suspicious(name.encode("utf-8", "backslashreplace"))
            )
        return new

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
                self._scanner = _scanner()

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
    """What in a record may hold secrets, but for names; None if there is more than plain values."""
    found: list[str] = []
    for field in record[6:]:
        if field.__class__ is dict:
            for value in field.values():
                if value.__class__ is tuple:
                    found += [each for each in value if each.__class__ is str]
                elif value.__class__ is str:
                    if len(value) > SHORT:
                        found.append(value)
                elif value.__class__ not in PLAIN:
                    return None
        elif field.__class__ is str:
            found.append(field)
        elif field.__class__ is list:
            return None
    name = record[4]
    if name.__class__ is str and len(name) > SHORT:
        found.append(name)
    return found


def _scanner() -> Any:
    try:
        import hyperscan
    except ImportError:
        return None
    signs = secrets.SIGNS
    scanner = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    scanner.compile(
        expressions=list(signs),
        ids=list(range(len(signs))),
        elements=len(signs),
        flags=[hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL] * len(signs),
    )
    return scanner
