"""Protobuf's fields one after another, of a message that is not in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from .errors import NotATrace, TraceTooLarge

PIECE: Final = 1 << 20  # bytes read at a time
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class Fields:
    """A file read field by field; what is larger than `limit` bytes is not taken."""

    def __init__(self, file: Readable, limit: int) -> None:
        self._file = file
        self._limit = limit
        self._held = b""
        self._next = 0  # in what is held
        self._before = 0  # bytes before what is held

    @property
    def _at(self) -> int:
        return self._before + self._next

    def until(self, size: int | None) -> Iterator[tuple[int, int]]:
        """The tag and size of each field of the next `size` bytes, None: to the file's end.

        Whoever iterates takes or skips each field, or goes through its own fields.
        """
        end = None if size is None else self._at + size
        while self._at != end if end is not None else self._more():
            if end is not None and self._at > end:
                raise NotATrace("no OTLP protobuf: a field is larger than what holds it")
            tag = self._varint()
            kind = tag & 7
            if kind == _BYTES:
                yield tag, self._varint()
            elif kind in _FIXED:
                yield tag, _FIXED[kind]
            elif kind == _VARINT:
                yield tag, 0
            else:
                raise NotATrace(f"no OTLP protobuf: a field of wire type {kind}")

    def take(self, size: int) -> bytes:
        """A field's bytes."""
        if size > self._limit:
            raise TraceTooLarge(f"a protobuf message is larger than {self._limit:,} bytes")
        pieces = [self._held[self._next : self._next + size]]
        self._next += len(pieces[0])
        missing = size - len(pieces[0])
        while missing and self._more():
            piece = self._held[:missing]
            self._next = len(piece)
            missing -= len(piece)
            pieces.append(piece)
        if missing:
            raise NotATrace("no OTLP protobuf: it is cut off")
        return b"".join(pieces)

    def skip(self, tag: int, size: int) -> None:
        """Pass over a field."""
        if tag & 7 == _VARINT:
            self._varint()
        while size:
            size -= len(self.take(min(size, PIECE, self._limit)))

    def in_order(self, after: int) -> None:
        """Refuse what comes after the `after` fields that it is about."""
        if after:
            raise NotATrace("no OTLP protobuf: a resource or scope comes after its spans")

    def _more(self) -> bool:
        """Whether there is a next byte."""
        if self._next < len(self._held):
            return True
        self._before += self._next
        self._held, self._next = self._file.read(PIECE), 0
        return bool(self._held)

    def _varint(self) -> int:
        number = shift = 0
        while shift < 70:
            if not self._more():
                raise NotATrace("no OTLP protobuf: it is cut off")
            byte = self._held[self._next]
            self._next += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
        raise NotATrace("no OTLP protobuf: a number of more than 64 bits")
