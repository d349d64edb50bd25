"""Texts on their way to the store: several that follow each other are one row.

A row of its own costs a text of a few hundred bytes several times what its bytes cost, and looking
for secrets in many texts at once costs less than in each. So texts are gathered, as spans are on
pages; whatever there is to say of one besides its bytes (it was masked, cut or withheld) gives it
a row of its own.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final, cast

from .secrets import mask

if TYPE_CHECKING:
    from threading import RLock

    from .screening import Screen
    from .store import Row

ALONE: Final = 16 << 10  # bytes from which a text has a row of its own
WEIGHT: Final = 48 << 10  # bytes after which a row is full: who reads one text reads them all
MOST: Final = 256  # texts a row

#: The number of the first of some texts that become one row; they; their bytes, about.
Shared = tuple[int, "list[bytes | str]", int]


class TextRows:
    """Rows of texts, each made when it is asked for and let go before the next: rows of a whole
    commit would lie in memory that is fresh each time, which costs as much as writing them."""

    def __init__(self, alone: list[Row], shared: list[Shared], screen: Screen) -> None:
        self._alone = alone
        self._shared = shared
        self._screen = screen

    @property
    def weight(self) -> int:
        """Bytes, about."""
        alone = sum(len(cast("bytes", row[-1])) for row in self._alone)
        return alone + sum(weight for _, _, weight in self._shared)

    def __iter__(self) -> Iterator[Row]:
        yield from self._alone
        for number, texts, _ in self._shared:
            yield from self._screened(number, texts)

    def _screened(self, number: int, texts: list[bytes | str]) -> Iterator[Row]:
        data, ends = _joined(texts), [*accumulate(map(len, texts))]
        first = 0
        for place in self._screen.suspects(data, ends):
            text = data[ends[place - 1] if place else 0 : ends[place]]
            masked = mask(text)
            if masked != text:
                yield from _row(number, first, place, data, ends)
                yield number + place, 1, len(text), b"", None, masked
                first = place + 1
        yield from _row(number, first, len(ends), data, ends)


class Texts:
    """Numbers texts from `first` on and makes rows of them."""

    def __init__(self, screen: Screen, first: int = 1) -> None:
        self._rows: list[Row] = []
        self.next = first  # number of the next text
        #: The last of them. One that is all ASCII may stand here as the program has it.
        self._open: list[bytes | str] = []
        self._full: list[Shared] = []  # others that follow each other
        self._weight = 0
        self._screen = screen

    def add(self, data: bytes | str) -> int:
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

    def take(self, lock: RLock) -> Sequence[Row] | TextRows:
        """The rows since the last time. Looking for secrets keeps nobody from adding texts."""
        with lock:
            self._seal()
            rows, self._rows = self._rows, []
            full, self._full = self._full, []
        return TextRows(rows, full, self._screen) if full else rows

    def _seal(self) -> None:
        fresh: list[bytes | str] = []
        number, texts, weight = self.next, self._open, self._weight
        self._open, self._weight = fresh, 0  # nothing is called or made meanwhile: a signal's
        if texts:  # handler, or what the collector runs, may add texts before that or after it
            self._full.append((number - len(texts), texts, weight))


def _joined(texts: list[bytes | str]) -> bytes:
    try:
        return "".join(cast("list[str]", texts)).encode()
    except TypeError:  # some are bytes
        return b"".join(text if isinstance(text, bytes) else text.encode() for text in texts)


def _row(number: int, first: int, end: int, data: bytes, ends: list[int]) -> Iterator[Row]:
    """The row of the texts from `first` to before `end`, of those that end there in `data`."""
    start = ends[first - 1] if first else 0
    if end - first == 1:
        yield number + first, 1, ends[first] - start, b"", None, data[start : ends[first]]
    elif end > first:
        if end - first < len(ends):
            data, ends = data[start : ends[end - 1]], [at - start for at in ends[first:end]]
        yield number + first, len(ends), len(data), b"", ends_of(ends), data


def ends_of(numbers: Iterable[int]) -> bytes:
    """Where each text ends in all of them: little-endian 32-bit numbers."""
    ends = array("I", numbers)
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
