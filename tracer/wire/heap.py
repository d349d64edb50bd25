"""Bytes put aside in a temporary file, written and read in blocks: small ones by the thousand."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Final

IN_MEMORY: Final = 16 << 20  # bytes
BLOCK: Final = 1 << 20  # bytes that go to the file at a time
AHEAD: Final = 64 << 10  # bytes read at a time: what lies together is mostly asked for in order


class Heap:
    """Takes pieces and gives them back by where they begin."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 closed by `close`
        self._written = 0
        self._block = bytearray()  # what is not in the file so far
        self._ahead = b""
        self._from = 0  # where that begins

    def add(self, data: bytes) -> int:
        """Put a piece aside; returns where it ends."""
        block = self._block
        block += data
        if len(block) < BLOCK:
            return self._written + len(block)
        self._file.seek(self._written)
        self._file.write(block)
        self._written += len(block)
        block.clear()
        return self._written

    def read(self, place: int, size: int) -> bytes | bytearray:
        """The piece of `size` bytes that begins there."""
        start = place - self._written
        if start >= 0:
            return self._block[start : start + size]
        start = place - self._from
        if start < 0 or start + size > len(self._ahead):
            self._file.seek(place)
            self._ahead, self._from, start = self._file.read(max(size, AHEAD)), place, 0
        return self._ahead[start : start + size]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._ahead = b""
        self._block.clear()
