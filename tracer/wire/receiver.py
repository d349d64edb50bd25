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
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import LoupeError, StoreError
from . import otlp_json, otlp_proto
from .errors import NotATrace
from .files import import_file
from .spans import WireSpan

MAX_BODY: Final = 16 << 20  # bytes of one request, decompressed
MAX_SPOOL: Final = 256 << 20  # bytes of a recording's requests; then another is begun
MAX_SPANS: Final = 250_000  # of a recording: making it takes 5 KB each, 8 with long texts
SPOOL: Final = ".otlp"
AT_ONCE: Final = 2  # requests decoded at a time: a hostile one takes thirty times its size
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
        self._decoding = threading.Semaphore(AT_ONCE)
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
            Refused: it is none, or it cannot be written.
        """
        try:
            with self._decoding:
                return self._keep(list(otlp_json.spans_of(otlp_json.decode(body))), None)
        except NotATrace as error:
            raise self._refuse(400, error.what) from None

    def take_protobuf(self, body: bytes) -> int:
        """One OTLP request in protobuf; as `take_json`."""
        try:
            with self._decoding:
                return self._keep(list(otlp_proto.spans_of(otlp_proto.decode(body))), body)
        except NotATrace as error:
            raise self._refuse(400, error.what) from None

    def _refuse(self, code: int, why: str) -> Refused:
        with self._lock:
            self.counters.refused += 1
        return Refused(code, why)

    def _keep(self, spans: list[WireSpan], body: bytes | None) -> int:
        if not spans:
            return 0
        data = otlp_proto.encode(spans) if body is None else body
        try:
            with self._lock:
                if not self._spool.fits(len(data), len(spans)):
                    self._begin_another()
                self._spool.append(data, len(spans))
                self.counters.requests += 1
                self.counters.spans += len(spans)
                self._last = time.monotonic()
        except OSError as error:
            raise self._refuse(503, f"cannot write: {error.strerror}") from error
        return len(spans)

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


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
