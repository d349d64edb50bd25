"""What a program writes, however much: its beginning and its end, and all of it in a file.

Nothing is held in memory beyond the limit. Up to it the output is kept whole; beyond it the first
half and the last half of the limit are the result, and all of it goes to a file, bounded too.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

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
        self.path: Path | None = None
        self._head_limit = limit - limit // 2
        self._tail_limit = limit // 2
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._file_for = file
        self._file_limit = file_limit
        self._file: BinaryIO | None = None
        self._listener = listener
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    @property
    def omitted(self) -> int:
        """Bytes that `text` leaves out."""
        return self.size - len(self._head) - self._tail_size

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises OSError when they cannot be kept on disk."""
        before = self.size
        self.size += len(data)
        if self._listener is not None:
            self._listener(self._decoder.decode(data))
        if self._file is None and self.size > self._head_limit + self._tail_limit:
            self.path = self._file_for()
            self._file = self.path.open("wb")
            self._file.write(self._head)
            self._file.writelines(self._tail)
        if self._file is not None and before < self._file_limit:
            self._file.write(data[: self._file_limit - before])
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
        where = f"; all of it: {self.path}" if self.path else ""
        if self.size > self._file_limit:
            where = f"; the first {self._file_limit:,} bytes: {self.path}"
        left_out = self.size - len(head) - len(tail)
        return f"{_text(head)}\n[... {left_out:,} bytes left out{where} ...]\n{_text(tail)}"

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
