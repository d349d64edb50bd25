"""What `loupe serve` does with requests: on disk before they are acknowledged, then a recording.

Requests are appended to a spool, a file of OTLP protobuf messages with their sizes before them,
which `loupe import` reads should this process be killed. The recording is made of the spool anew
whenever it was quiet for a moment, and takes its name when it is complete; so steps are in order
however late a span comes. All of a spool is in memory while that is done: a full one is left, and
another recording begun.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from ..errors import LoupeError, StoreError
from . import otlp_json, otlp_proto
from .errors import NotATrace, TraceTooLarge
from .files import import_file
from .loading import decoded
from .spans import WireSpan

MAX_BODY: Final = 16 << 20  # bytes of one request, decompressed
MAX_SPOOL: Final = 256 << 20  # bytes of a recording's requests; then another is begun
MAX_SPANS: Final = 250_000  # of a recording: making it takes 5 KB each, 8 with long texts
SPOOL: Final = ".otlp"
MAX_REQUEST: Final = 50_000  # spans of one request; exporters send 512 at a time
MAX_HELD: Final = 64 << 20  # bytes of requests that are being received or wait to be decoded
LARGE: Final = 1 << 20  # bytes; larger ones are decoded one at a time: one may take 30 times that
AT_ONCE: Final = 2  # smaller ones decoded at a time
PATIENCE: Final = 10.0  # seconds for which a request waits to be decoded
TOGETHER: Final = 1_000  # spans encoded at a time
BUSY: Final = 5  # pauses of which none was quiet, after which the recording is made all the same


class Refused(Exception):  # noqa: N818 an answer, not an error
    """A request that is not taken. `code` is the HTTP status, `again` whether to come back."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code

    @property
    def again(self) -> bool:
        return self.code in (429, 503)


@dataclass(slots=True)
class Counters:
    """What came in, exactly."""

    requests: int = 0
    spans: int = 0
    refused: int = 0  # requests
    runs: int = 0


class Spool:
    """The requests of one recording, on disk.

    Raises:
        OSError: it cannot be begun.
    """

    def __init__(self, path: Path) -> None:
        self.path = path  # the recording's
        self.size = 0
        self.spans = 0
        self.runs = 0
        self.cost = 0.0  # seconds that making the recording took
        self._made = 0  # bytes that are in the recording
        self._own = path.with_name(path.name + SPOOL)
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
        self._file = os.open(self._own, flags, 0o600)

    def fits(self, size: int, spans: int) -> bool:
        """Whether there is room for a request; always when there is none yet."""
        room = self.size + size <= MAX_SPOOL and self.spans + spans <= MAX_SPANS
        return room or not self.size

    def append(self, message: bytes, spans: int) -> None:
        """All of a request, or none: half a message would spoil what comes after.

        Raises:
            OSError: the disk is full, or gone.
        """
        data = len(message).to_bytes(4, "big") + message
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)
        self.spans += spans

    @property
    def complete(self) -> bool:
        """Whether all that came is in the recording."""
        return self.size == self._made

    def build(self) -> str:
        """Make the recording anew; returns why that failed, or ""."""
        began = time.monotonic()
        size = self.size
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.runs = import_file(self._own, temporary, limit=size)
            temporary.replace(self.path)
            self._made = size
        except (LoupeError, OSError) as error:
            return error.what if isinstance(error, LoupeError) else str(error)
        finally:
            ends = ("", "-wal", "-shm", "-journal")
            _remove(Path(f"{temporary}{end}") for end in ends)
            self.cost = time.monotonic() - began
        return ""

    def close(self) -> str:
        """Make the recording of all that came. The spool stays if that fails."""
        trouble = "" if self.complete else self.build()
        os.close(self._file)
        if self.complete:
            _remove([self._own])
        return trouble


class Receiver:
    """Takes requests from any thread.

    Args:
        path: the recording; when it is full the next one is called NAME-2, and so on.
        settle: seconds without a request before the recording is made anew.

    Raises:
        StoreError: nothing can be written there.
    """

    def __init__(self, path: Path, *, settle: float = 1.0) -> None:
        self.counters = Counters()
        self.trouble = ""  # why the last recording could not be made
        self._name = path
        self._number = 1
        self._settle = settle
        self._lock = threading.Lock()
        self._small = threading.Semaphore(AT_ONCE)
        self._large = threading.Semaphore(1)
        self._held = 0
        self._last = 0.0
        self._stop = threading.Event()
        self._full: list[Spool] = []
        self._before = 0  # runs of the full ones
        try:
            self._spool = Spool(path)
        except OSError as error:
            raise StoreError(f"cannot write {str(path)!r}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._make, name="agentloupe-receiver", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The recording that is being made now."""
        return self._spool.path

    # -- requests ----------------------------------------------------------------------------
    def take_json(self, body: bytes) -> int:
        """One OTLP/JSON request; returns how many spans it held.

        Raises:
            Refused: it is none, is too much, or cannot be written.
        """
        with self._turn(len(body)):
            spans = _few(otlp_json.spans_of(decoded(body)))
            made: list[bytes] = []
            count = 0
            while batch := list(islice(spans, TOGETHER)):
                made.append(otlp_proto.encode(batch))
                count += len(batch)
            return self._keep(count, b"".join(made))  # requests after one another are one

    def take_protobuf(self, body: bytes) -> int:
        """One OTLP request in protobuf; as `take_json`."""
        with self._turn(len(body)):
            return self._keep(sum(1 for _ in _few(otlp_proto.of_request(body))), body)

    def hold(self, size: int) -> None:
        """Whoever receives a request says how much of it came, and with `-size` that it let go.

        Raises:
            Refused: too much is held already.
        """
        with self._lock:
            if size < 0 or self._held + size <= MAX_HELD:
                self._held += size
                return
        raise self._refuse(503, "too much is being received")

    @contextmanager
    def holding(self, size: int) -> Generator[None]:
        """A request that came as a whole; as `hold`."""
        self.hold(size)
        try:
            yield
        finally:
            self.hold(-size)

    @contextmanager
    def _turn(self, size: int) -> Generator[None]:
        """Wait to be decoded, but not for ever: whoever sent it would be gone."""
        turn = self._large if size > LARGE else self._small
        if not turn.acquire(timeout=PATIENCE):
            raise self._refuse(503, "too much waits to be read")
        try:
            yield
        except TraceTooLarge as error:
            raise self._refuse(413, error.what) from None
        except NotATrace as error:
            raise self._refuse(400, error.what) from None
        finally:
            turn.release()

    def _refuse(self, code: int, why: str) -> Refused:
        with self._lock:
            self.counters.refused += 1
        return Refused(code, why)

    def _keep(self, spans: int, data: bytes) -> int:
        if not spans:
            return 0
        try:
            with self._lock:
                if not self._spool.fits(len(data), spans):
                    self._begin_another()
                self._spool.append(data, spans)
                self.counters.requests += 1
                self.counters.spans += spans
                self._last = time.monotonic()
        except OSError as error:
            raise self._refuse(503, f"cannot write: {error.strerror}") from error
        return spans

    def _begin_another(self) -> None:
        self._number += 1
        name = f"{self._name.stem}-{self._number}{self._name.suffix}"
        another = Spool(self._name.with_name(name))
        self._full.append(self._spool)
        self._spool = another

    # -- the recording -----------------------------------------------------------------------
    def _make(self) -> None:
        """Make the recording when it was quiet, and now and then when it never is.

        Seldom when making it takes long: at most a fifth of the time is spent on it.
        """
        built = time.monotonic()
        while not self._stop.wait(self._settle / 4):
            self._close_full()
            spool = self._spool
            now = time.monotonic()
            pause = max(self._settle, 4 * spool.cost)
            due = now - self._last >= pause or now - built >= BUSY * pause
            if due and not spool.complete:
                self.trouble = spool.build()
                built = time.monotonic()
                if self.trouble:
                    self._last = built  # try again after the next pause
                self._count(spool)

    def _close_full(self) -> None:
        while self._full:
            spool = self._full[0]
            self.trouble = spool.close() or self.trouble
            self._count(spool)
            self._before += spool.runs
            del self._full[0]

    def _count(self, spool: Spool) -> None:
        self.counters.runs = self._before + spool.runs

    def close(self) -> None:
        """Make the recordings of all that came. A spool stays if that fails."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join()
        self._close_full()
        self.trouble = self._spool.close() or self.trouble
        self._count(self._spool)


def _few(spans: Iterable[WireSpan]) -> Iterator[WireSpan]:
    """
    Raises:
        TraceTooLarge: there are more than one request has.
    """
    for count, span in enumerate(spans, 1):
        if count > MAX_REQUEST:
            raise TraceTooLarge(f"a request holds at most {MAX_REQUEST:,} spans")
        yield span


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
