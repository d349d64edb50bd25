"""A file's spans, whatever its format: JSON, one request a line, protobuf; gzipped or not."""

from __future__ import annotations

import gzip
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from . import jaeger, otlp_json
from .errors import NotATrace, TraceTooLarge
from .otlp_json import Before
from .pieces import CLOSED, Pieces
from .spans import WireSpan

MAX_DOCUMENT: Final = 256 << 20  # bytes that cannot be cut: they are in memory together
MAX_BYTES: Final = 8 << 30  # of a file, decompressed: about as much is put aside on disk
MAX_SPANS: Final = 10_000_000
MAX_EMPTY: Final = 100_000  # lines on end that hold no span
TOGETHER: Final = 512  # spans decoded at a time, of a document that has one a line
FORMATS: Final = (
    "a recording, OTLP as one JSON document, one JSON request a line, or protobuf, or Jaeger's JSON"
)
GZIP: Final = b"\x1f\x8b"
SQLITE: Final = b"SQLite format 3\x00"
HOW_TO_LOOK: Final = (
    "a recording needs no import: `loupe show` and `loupe view` take it as it is; recordings of"
    " processes that sent each other messages are shown as one by `loupe import --join`"
)
PIECE: Final = 4 << 20  # bytes read at a time
_ONE_A_LINE: Final = b'"spans":[\n'


class Loading:
    """The spans of a file, in its order, one after another; of its first `limit` bytes."""

    def __init__(self, path: Path, limit: int | None = None) -> None:
        self._path = path
        self._limit = limit
        #: Once all are read: the file ends in the middle of a message, as after a `kill -9`.
        self.cut = False

    def __iter__(self) -> Iterator[WireSpan]:
        """Read them.

        Raises:
            NotATrace: it holds no trace; the message says where it went wrong.
            TraceTooLarge: it is beyond what is read.
            OSError: it cannot be opened.
        """
        if stat.S_ISFIFO(self._path.stat().st_mode):
            raise NotATrace(f"{str(self._path)!r} is a pipe", "write it to a file first")
        count = 0
        try:
            with self._path.open("rb") as file:
                head = file.read(len(SQLITE))
            if head == SQLITE:
                raise NotATrace("it is a recording, or another SQLite file", HOW_TO_LOOK)
            with gzip.open(self._path) if head[:2] == GZIP else self._path.open("rb") as file:
                limited = _Limited(cast(IO[bytes], file), self._limit)
                for span in _spans(limited):
                    count += 1
                    if count > MAX_SPANS:
                        raise TraceTooLarge(
                            f"it holds more than {MAX_SPANS:,} spans", "split it by trace"
                        )
                    yield span
                self.cut = limited.cut
        except (NotATrace, TraceTooLarge) as error:
            raise type(error)(f"{str(self._path)!r}: {error.what}", error.advice) from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise NotATrace(f"{str(self._path)!r}: no gzip, or cut off: {error}") from None
        except OSError as error:
            if error.filename is not None:
                raise
            raise NotATrace(f"{str(self._path)!r} cannot be read: {error.strerror}") from None
        if not count:
            raise NotATrace(f"{str(self._path)!r} holds no span")


class _Limited:
    """A file that ends after a number of bytes."""

    def __init__(self, file: IO[bytes], limit: int | None) -> None:
        self._file = file
        self._limit = sys.maxsize if limit is None else limit
        self._at = 0
        self.cut = False

    def read(self, size: int) -> bytes:
        """At most `size` bytes; no more room is taken than they need."""
        pieces: list[bytes] = []
        while size > 0 and (piece := self._file.read(min(size, PIECE, self._limit - self._at))):
            self._count(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def readline(self, size: int) -> bytes:
        """A line of at most `size` bytes."""
        return self._count(self._file.readline(min(size, self._limit - self._at)))

    def _count(self, data: bytes) -> bytes:
        self._at += len(data)
        if self._at > MAX_BYTES:
            raise TraceTooLarge(
                f"it is larger than {MAX_BYTES:,} bytes, decompressed", "split it by trace"
            )
        return data

    def rewind(self) -> None:
        """Back to the beginning."""
        self._file.seek(0)
        self._at = 0


def _spans(file: _Limited) -> Iterator[WireSpan]:
    """Decide by the first bytes; protobuf's first may be a line feed and a brace, as JSON's."""
    head = file.read(64)
    file.rewind()
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if text in (b"{", b"[", b"") and head[:1] != b"\n":
        yield from _json(file)
    elif head[:1] == b"\n" and text in (b"{", b"["):
        try:
            spans = _protobuf(file)
        except NotATrace:
            file.rewind()
            spans = _json(file)
        yield from spans
    elif head.strip() and (head[:1] == b"\n" or _size_before(head)):
        yield from _protobuf(file)
    elif text in (b"{", b"[", b""):
        yield from _json(file)
    else:
        raise _no_trace()  # before a line is read: it may be gigabytes of zeros


def _no_trace() -> NotATrace:
    return NotATrace("the file is no JSON and no recording", f"what is read is {FORMATS}")


def _size_before(head: bytes) -> bool:
    """Whether a file begins with a message's size in four bytes, as the Collector writes it."""
    return len(head) > 4 and head[:1] == b"\0" and head[4:5] == b"\n"


def _protobuf(file: _Limited) -> Iterator[WireSpan]:
    from . import otlp_proto

    head = file.read(5)
    file.rewind()
    if not _size_before(head):
        return otlp_proto.read(file, MAX_DOCUMENT)
    return _messages(file)


def _messages(file: _Limited) -> Iterator[WireSpan]:
    from . import otlp_proto

    while prefix := file.read(4):
        size = int.from_bytes(prefix, "big")
        if size > MAX_DOCUMENT:
            raise TraceTooLarge(f"a protobuf message is larger than {MAX_DOCUMENT:,} bytes")
        data = file.read(size)
        if len(prefix) < 4 or len(data) < size:
            file.cut = True  # whoever wrote it had not yet acknowledged it
            return
        yield from otlp_proto.of_request(data)


def _json(file: _Limited) -> Iterator[WireSpan]:
    """A first line that is a document of its own means one request a line."""
    first = file.readline(PIECE)
    blank = 0
    for _ in range(MAX_EMPTY):
        if not first or first.strip():
            break
        blank += len(first)
        _bounded(blank)
        first = file.readline(PIECE)
    if not first.strip():
        raise NotATrace("the file is empty", f"what is read is {FORMATS}")
    if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        raise _no_trace()
    if len(first) == PIECE and not first.endswith(b"\n"):
        yield from _long_line(first, file)
        yield from _lines(file)
        return
    document = _attempt(first)
    if document is not None:
        yield from _of(document)
        yield from _lines(file)
    elif first.endswith(_ONE_A_LINE):
        yield from _one_a_line(first, file)
    else:
        yield from _whole(first, file)


def _lines(file: _Limited) -> Iterator[WireSpan]:
    """One request a line, from the second one on."""
    number, empty = 1, 0
    while line := _line(file):
        number, empty = number + 1, empty + 1
        if line.strip():
            for span in _of_line(line, number):
                empty = 0
                yield span
        if empty > MAX_EMPTY:
            raise NotATrace(f"line {number}: {MAX_EMPTY:,} lines on end hold no span")


def _one_a_line(first: bytes, file: _Limited) -> Iterator[WireSpan]:
    """A document with each span on a line, as `loupe export` writes it: never in memory whole."""
    spans: list[bytes] = []
    rest = b""
    while line := _line(file):
        if not line.startswith(b"{"):
            rest = line + file.read(MAX_DOCUMENT)
            break
        spans.append(line.rstrip(b", \r\n"))
        if len(spans) == TOGETHER:
            yield from _of(decoded(first + b",".join(spans) + CLOSED))
            spans.clear()
    yield from _of(decoded(first + b",".join(spans) + rest))


def _of_line(line: bytes, number: int) -> Iterator[WireSpan]:
    try:
        yield from _of(decoded(line))
    except NotATrace as error:
        raise NotATrace(f"line {number}: {error.what}", error.advice) from None


def _line(file: _Limited) -> bytes:
    line = file.readline(MAX_DOCUMENT + 1)
    _bounded(len(line))
    return line


def _attempt(line: bytes) -> object | None:
    """The document that is on one line, None when it goes on or is broken."""
    try:
        return decoded(line)
    except NotATrace:
        return None


def decoded(data: bytes) -> object:
    """A document, with its spans still in JSON where it is sound."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return otlp_json.shallow(data)
    return otlp_json.decode(data)


def _whole(first: bytes, file: _Limited) -> Iterator[WireSpan]:
    """A document of several lines."""
    pieces = Pieces(first + file.read(PIECE), lambda: file.read(PIECE))
    for document, before in pieces:
        yield from _of(document, before)
    yield from _of(decoded(pieces.rest + _rest(file, pieces.rest)), pieces.before)


def _long_line(first: bytes, file: _Limited) -> Iterator[WireSpan]:
    """A long document that is on one line, or begins on a long one."""
    line = iter(lambda: file.readline(PIECE), b"")
    ended = False

    def more() -> bytes:
        nonlocal ended
        piece = b"" if ended else next(line, b"")
        ended = ended or piece.endswith(b"\n")
        return piece

    pieces = Pieces(first, more)
    for document, before in pieces:
        yield from _of(document, before)
    data = b"".join(_until_end(pieces.rest, more))
    document = _attempt(data)
    yield from _of(document or decoded(data + _rest(file, data)), pieces.before)


def _until_end(data: bytes, more: Callable[[], bytes]) -> Iterator[bytes]:
    size = 0
    while data:
        size += len(data)
        _bounded(size)
        yield data
        data = more()


def _rest(file: _Limited, known: bytes) -> bytes:
    """All that is left of a document, which is in memory as a whole then."""
    rest = file.read(MAX_DOCUMENT + 1 - len(known))
    _bounded(len(known) + len(rest))
    return rest


def _bounded(size: int) -> None:
    if size > MAX_DOCUMENT:
        raise TraceTooLarge(
            f"a JSON document is larger than {MAX_DOCUMENT:,} bytes",
            "write one OTLP request a line, as the Collector's file exporter does",
        )


def _of(document: object, before: Before = (0, 0, 0)) -> Iterator[WireSpan]:
    if isinstance(document, dict) and not otlp_json.is_request(cast(object, document)):
        if jaeger.is_jaeger(cast(dict[str, Any], document)):
            return jaeger.spans_of(cast(dict[str, Any], document))
        keys = list(cast(dict[str, Any], document))[:5]
        fields = ", ".join(repr(key[:40]) for key in keys) or "nothing"
        raise NotATrace(
            f"JSON, but no OTLP trace: it has {fields} where 'resourceSpans' should be",
            f"what is read is {FORMATS}",
        )
    return otlp_json.spans_of(cast(object, document), before)
