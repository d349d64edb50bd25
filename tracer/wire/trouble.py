"""What is said of a receiver's trouble while the program runs: once when it begins, once when over.

A single request that fails is no trouble yet: it is tried again, and most such succeed. A receiver
that comes and goes is told of a few times and then no more; how many spans came through in the end
is told in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .sending import Transport, Unsent

FAILURES: Final = 2  # on end, of requests that may succeed later
TIMES: Final = 3  # that trouble is told of

Tell = Callable[[str], None]


class TellingTransport:
    """A transport that says what it meets with."""

    def __init__(self, transport: Transport, url: str, tell: Tell) -> None:
        self._transport = transport
        self._url = url
        self._tell = tell
        self._failures = 0
        self._told = 0
        self._open = False  # trouble that was told of and is not over

    def send(self, body: bytes) -> int:
        """As the transport that it wraps."""
        try:
            rejected = self._transport.send(body)
        except Unsent as error:
            self._failed(error)
            raise
        self._failures = 0
        if self._open:
            self._open = False
            self._tell(f"{self._url} takes spans again")
        return rejected

    def close(self) -> None:
        """As the transport that it wraps."""
        self._transport.close()

    def _failed(self, error: Unsent) -> None:
        self._failures += 1
        if self._open or self._told == TIMES or (error.again and self._failures < FAILURES):
            return
        self._open = True
        self._told += 1
        what = "they wait in the recording" if error.again else "it does not want them"
        last = "; this is not told again" if self._told == TIMES else ""
        self._tell(f"spans do not get to {self._url}: {error}; {what}{last}")
