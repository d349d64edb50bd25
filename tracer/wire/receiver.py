"""What `loupe serve` does with requests: on disk before they are acknowledged, then a recording.

Requests are appended to a spool, a file of OTLP protobuf messages with their sizes before them,
which `loupe import` reads should this process be killed. The recording is made of the spool anew
whenever it was quiet for a moment, and takes its name when it is complete; so steps are in order
however late a span comes.
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
from .loading import decode
from .spans import WireSpan

MAX_BODY: Final = 16 << 20  # bytes of one request, decompressed
MAX_SPOOL: Final = 1 << 30  # bytes of a session; beyond it requests are refused
MAX_SPANS: Final = 1_000_000
SPOOL: Final = ".otlp"
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


class Receiver:
    """Takes requests from any thread.

    Args:
        path: the recording.
        settle: seconds without a request before the recording is made anew.

    Raises:
        StoreError: nothing can be written there.
    """

    def __init__(self, path: Path, *, settle: float = 1.0) -> None:
        self.path = path
        self.counters = Counters()
        self.trouble = ""  # why the last recording could not be made
        self._settle = settle
        self._spool = path.with_name(path.name + SPOOL)
        self._lock = threading.Lock()
        self._size = 0
        self._made = 0  # bytes of the spool that are in the recording
        self._last = 0.0
        self._cost = 0.0  # seconds the last recording took to make
        self._stop = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
            self._file = os.open(self._spool, flags, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {str(self._spool)!r}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._make, name="agentloupe-receiver", daemon=True)
        self._thread.start()

    # -- requests ----------------------------------------------------------------------------
    def take_json(self, body: bytes) -> int:
        """One OTLP/JSON request; returns how many spans it held.

        Raises:
            Refused: it is none, or there is no room for it.
        """
        try:
            return self._keep(list(otlp_json.spans_of(decode(body))), None)
        except NotATrace as error:
            raise self._refuse(400, error.what) from None

    def take_protobuf(self, body: bytes) -> int:
        """One OTLP request in protobuf; as `take_json`."""
        try:
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
                full = self._size + len(data) > MAX_SPOOL
                if not full and self.counters.spans + len(spans) <= MAX_SPANS:
                    self._append(len(data).to_bytes(4, "big") + data)
                    self.counters.requests += 1
                    self.counters.spans += len(spans)
                    self._last = time.monotonic()
                    return len(spans)
        except OSError as error:
            raise self._refuse(503, f"cannot write: {error.strerror}") from error
        raise self._refuse(429, "this session is full: stop it and start another")

    def _append(self, data: bytes) -> None:
        """All of it, or none: half a message would spoil what comes after."""
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    # -- the recording -----------------------------------------------------------------------
    def _make(self) -> None:
        """Make the recording when it was quiet, and now and then when it never is.

        Seldom when making it takes long: at most a fifth of the time is spent on it.
        """
        built = time.monotonic()
        while not self._stop.wait(self._settle / 4):
            now = time.monotonic()
            pause = max(self._settle, 4 * self._cost)
            due = now - self._last >= pause or now - built >= BUSY * pause
            if self._size > self._made and due:
                self._build()
                built = time.monotonic()

    def _build(self) -> None:
        began = time.monotonic()
        size = self._size
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.counters.runs = import_file(self._spool, temporary, limit=size)
            temporary.replace(self.path)
            self._made = size
            self.trouble = ""
        except (LoupeError, OSError) as error:
            self.trouble = error.what if isinstance(error, LoupeError) else str(error)
            self._last = time.monotonic()  # try again after the next pause
        finally:
            _remove(
                [temporary, *(Path(f"{temporary}{end}") for end in ("-wal", "-shm", "-journal"))]
            )
        self._cost = time.monotonic() - began

    def close(self) -> None:
        """Make the recording of all that came. The spool stays if that fails."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join()
        if self._size > self._made:
            self._build()
        os.close(self._file)
        if self._size == self._made:
            _remove([self._spool])


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
