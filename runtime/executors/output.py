"""What a program writes, however much: its beginning and its end, and all of it in a file.

Nothing is held in memory beyond the limit. Up to it the output is kept whole; beyond it the first
half and the last half of the limit are the result, and all of it goes to a file, bounded too.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

FILE_LIMIT: Final = 256 << 20


class Output:
    """Takes bytes, gives text.

    Args:
        limit: bytes that `text` shows of the output.
        file: says where everything goes once that is exceeded; asked then.
        file_limit: bytes that are written there.
        listener: is given the text as it comes.
    """

    def __init__(
        self,
        limit: int,
        file: Callable[[], Path],
        *,
        file_limit: int = FILE_LIMIT,
        listener: Callable[[str], object] | None = None,
    ) -> None:
        self.size = 0
        self._head_limit = limit - limit // 2
        self._tail_limit = limit // 2
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._kept: Kept | None = None
        self._keep = lambda: Kept(file, file_limit)
        self._listener = listener
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    @property
    def path(self) -> Path | None:
        """The file that has what the text leaves out, if there is one."""
        return self._kept.path if self._kept is not None else None

    @property
    def omitted(self) -> int:
        """Bytes that `text` leaves out."""
        return self.size - len(self._head) - self._tail_size

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self.size += len(data)
        if self._listener is not None:
            self._listener(self._decoder.decode(data))
        if self._kept is not None:
            self._kept.write(data)
        elif self.size > self._head_limit + self._tail_limit:
            self._kept = self._keep()
            self._kept.write(b"".join([self._head, *self._tail, data]))
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._remember(data[-self._tail_limit :] if self._tail_limit else b"")

    def _remember(self, data: bytes) -> None:
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size > self._tail_limit:
            first = self._tail.popleft()
            extra = self._tail_size - self._tail_limit
            self._tail_size -= min(extra, len(first))
            if extra < len(first):
                self._tail.appendleft(first[extra:])

    def text(self) -> str:
        """The output as text; bytes that are not UTF-8 are shown as escapes."""
        tail = b"".join(self._tail)
        if not self.omitted:
            return _text(bytes(self._head) + tail)
        head, tail = _whole_end(bytes(self._head)), _whole_start(tail)
        where = ""
        if self._kept is not None and self._kept.path is not None:
            whole = self._kept.size == self.size
            what = "all of it" if whole else f"the first {self._kept.size:,} bytes"
            where = f"; {what}: {self._kept.path}"
        left_out = self.size - len(head) - len(tail)
        return f"{_text(head)}\n[... {left_out:,} bytes left out{where} ...]\n{_text(tail)}"

    def close(self) -> None:
        """No more comes."""
        if self._kept is not None:
            self._kept.close()


class Kept:
    """The file that output is kept in. A disk that is full costs the rest of it, and no more."""

    def __init__(self, file: Callable[[], Path], limit: int) -> None:
        self.path: Path | None = None
        self.size: int = 0
        self._file_for = file
        self._limit: int = limit
        self._file: FileIO | None = None

    def write(self, data: bytes) -> None:
        """The next bytes, as far as there is room for them."""
        left = memoryview(data)[: self._limit - self.size]
        try:
            if self._file is None:
                path = self._file_for()
                self._file = path.open("wb", buffering=0)
                self.path = path
            while left:
                written = self._file.write(left)
                self.size += written
                left = left[written:]
        except OSError:
            self._limit = self.size

    def close(self) -> None:
        """No more comes."""
        if self._file is not None:
            self._file.close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _whole_end(data: bytes) -> bytes:
    """Without the beginning of a character that was cut."""
    for back in range(1, min(4, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 != 0x80:
            length = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1
            return data[:-back] if length > back else data
    return data


def _whole_start(data: bytes) -> bytes:
    """Without the end of a character that was cut."""
    start = 0
    while start < min(3, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:]
