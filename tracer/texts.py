"""Texts on their way to the store: several that follow each other are one row.

A row of its own costs a text of a few hundred bytes several times what its bytes cost, and looking
for secrets in many texts at once costs less than in each. So texts are gathered, as spans are on
pages; whatever there is to say of one besides its bytes (it was masked, cut or withheld) gives it
a row of its own.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from .secrets import mask

if TYPE_CHECKING:
    from threading import RLock

    from .screening import Screen
    from .store import Row

ALONE: Final = 16 << 10  # bytes from which a text has a row of its own
WEIGHT: Final = 48 << 10  # bytes after which a row is full: who reads one text reads them all
MOST: Final = 256  # texts a row


class Texts:
    """Numbers texts from `first` on and makes rows of them."""

    def __init__(self, screen: Screen, first: int = 1) -> None:
        self._rows: list[Row] = []
        self.next = first  # number of the next text
        self._open: list[bytes] = []  # the last of them
        self._full: list[tuple[int, list[bytes]]] = []  # others that follow each other
        self._weight = 0
        self._screen = screen

    def add(self, data: bytes) -> int:
        """The number of a text that is kept whole, but for its secrets."""
        number = self.next
        self.next += 1
        self._open.append(data)
        self._weight += len(data)
        if self._weight >= WEIGHT or len(self._open) >= MOST:
            self._seal()
        return number

    def alone(self, data: bytes, size: int, digest: bytes = b"") -> int:
        """The number of a text of `size` bytes of which `data`, without secrets, is kept."""
        self._seal()
        number = self.next
        self.next += 1
        self._rows.append((number, 1, size, digest, None, data))
        return number

    def take(self, lock: RLock) -> list[Row]:
        """The rows since the last time. Looking for secrets keeps nobody from adding texts."""
        with lock:
            self._seal()
            rows, self._rows = self._rows, []
            full, self._full = self._full, []
        for number, texts in full:
            self._screened(number, texts, rows)
        return rows

    def _seal(self) -> None:
        fresh: list[bytes] = []
        number, texts = self.next, self._open
        self._open, self._weight = fresh, 0  # nothing is called or made meanwhile: a signal's
        if texts:  # handler, or what the collector runs, may add texts before that or after it
            self._full.append((number - len(texts), texts))

    def _screened(self, number: int, texts: list[bytes], rows: list[Row]) -> None:
        first = 0
        for place in self._screen.suspects(texts):
            text = texts[place]
            masked = mask(text)
            if masked != text:
                _row(number + first, texts[first:place], rows)
                rows.append((number + place, 1, len(text), b"", None, masked))
                first = place + 1
        _row(number + first, texts[first:] if first else texts, rows)


def _row(number: int, texts: list[bytes], rows: list[Row]) -> None:
    if len(texts) == 1:
        rows.append((number, 1, len(texts[0]), b"", None, texts[0]))
    elif texts:
        data = b"".join(texts)
        rows.append((number, len(texts), len(data), b"", ends_of(texts), data))


def ends_of(texts: list[bytes]) -> bytes:
    """Where each text ends in all of them: little-endian 32-bit numbers."""
    ends = array("I", accumulate(map(len, texts)))
    if sys.byteorder == "big":
        ends.byteswap()
    return ends.tobytes()


def span_of(place: int, count: int, ends: bytes, size: int) -> tuple[int, int]:
    """Where the text at a place among `count` texts of `size` bytes begins and ends.

    Raises:
        ValueError: the ends are not such.
    """
    found = array("I")
    found.frombytes(ends)
    if sys.byteorder == "big":
        found.byteswap()
    start, end = found[place - 1] if place else 0, found[place]
    if len(found) != count or not start <= end <= size:
        raise ValueError("its texts do not lie within it")
    return start, end
