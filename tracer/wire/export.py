"""Runs written to files as OTLP. Nothing is half-written: a temporary file takes the name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ..errors import StoreError
from ..reader import Run
from .json_out import document
from .outgoing import Options, source_of, spans_out
from .spans import WireSpan

BATCH: Final = 512  # spans of one protobuf message
WEIGHT: Final = 2 << 20  # characters of their texts: gRPC servers take 4 MiB unless told otherwise


def write_json(path: Path, runs: Sequence[Run], options: Options) -> int:
    """One OTLP/JSON document of all runs; returns the number of spans.

    Raises:
        StoreError: the file cannot be written.
    """
    counter = _Counter(_spans(runs, options))
    with replacing(path) as file:
        for piece in document(counter, source_of(runs[0].recording.info)):
            file.write(piece.encode())
    return counter.count


def write_protobuf(path: Path, runs: Sequence[Run], options: Options) -> int:
    """One OTLP protobuf message (TracesData) of all runs; returns the number of spans.

    Raises:
        StoreError: the file cannot be written.
    """
    from . import otlp_proto

    counter = _Counter(_spans(runs, options))
    with replacing(path) as file:
        for batch in batches(counter):
            file.write(otlp_proto.encode(batch))
    return counter.count


def _spans(runs: Iterable[Run], options: Options) -> Iterator[WireSpan]:
    for run in runs:
        yield from spans_out(run, options)


def batches(spans: Iterable[WireSpan], size: int = BATCH) -> Iterator[list[WireSpan]]:
    """Spans in lists of `size` at the most, and of a bounded length of text."""
    batch: list[WireSpan] = []
    left = WEIGHT
    for span in spans:
        weight = sum(len(value) for value in span.attributes.values() if isinstance(value, str))
        if batch and (len(batch) >= size or weight > left):
            yield batch
            batch, left = [], WEIGHT
        batch.append(span)
        left -= weight
    if batch:
        yield batch


class _Counter:
    """Counts what passes."""

    def __init__(self, spans: Iterator[WireSpan]) -> None:
        self._spans = spans
        self.count = 0

    def __iter__(self) -> _Counter:
        return self

    def __next__(self) -> WireSpan:
        span = next(self._spans)
        self.count += 1
        return span


@contextmanager
def replacing(path: Path) -> Generator[IO[bytes]]:
    """A file that takes the name `path` when all of it is on disk, mode 0600.

    A link stays one, and what is no file (a pipe, /dev/null) is written to, not replaced.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        path = path.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"cannot write {str(path)!r}: {error.strerror or error}") from error


Writer = Callable[[Path, Sequence[Run], Options], int]
WRITERS: Final[dict[str, Writer]] = {"otlp-json": write_json, "otlp": write_protobuf}
