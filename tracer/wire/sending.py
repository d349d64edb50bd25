"""Spans to an OTLP endpoint, over HTTP or gRPC: retried, zipped, counted to the last one."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol
from urllib.parse import urlunsplit

from ..text import visible
from . import otlp_proto
from .endpoint import endpoint, headers, setting
from .spans import WireSpan

ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.5  # seconds, doubled with each attempt, jittered
LONGEST_PAUSE: Final = 30.0
LONELY: Final = 3  # batches that get one attempt after one that had them all in vain


class Unsent(Exception):  # noqa: N818
    """A request failed. `again` says whether it may succeed later, `after` when (seconds)."""

    def __init__(self, why: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(visible(why, newlines=False))  # a receiver's words, perhaps
        self.again = again
        self.after = after


class Transport(Protocol):
    """One way of sending a request; returns how many of its spans were rejected."""

    def send(self, body: bytes) -> int:
        """Within the time that a request may take.

        Raises:
            Unsent: it was not taken, or nothing is known about it.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


@dataclass(slots=True)
class Delivery:
    """What became of the spans: `sent` were accepted, `lost` were not, for the reason `why`."""

    sent: int = 0
    lost: int = 0
    why: str = ""


class Patience(Protocol):
    """How often a batch is tried, and how long is waited in between."""

    def allows(self, attempt: int, pause: float) -> bool:
        """Called before each attempt, counted from 1: wait `pause` seconds, say whether to try."""
        ...

    def passed(self) -> None:
        """A batch was accepted."""
        ...


class Attempts:
    """A few attempts a batch. Once one had them all in vain, the next get one each, and once those
    fail, too, there are no more: nobody is there."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait
        self._failed = 0  # batches on end

    def allows(self, attempt: int, pause: float) -> bool:
        """Up to the number of attempts."""
        most = 1 if self._failed else ATTEMPTS
        if attempt > most or self._failed > LONELY:
            self._failed += 1
            return False
        if pause:
            self._wait(pause)
        return True

    def passed(self) -> None:
        """The receiver is back."""
        self._failed = 0


def send(
    batches: Iterable[list[WireSpan]], transport: Transport, patience: Patience | None = None
) -> Iterator[Delivery]:
    """Send batch after batch; yields the totals so far after each."""
    delivery = Delivery()
    patience = patience or Attempts()
    for batch in batches:
        try:
            rejected = _with_retries(batch, transport, patience)
        except Unsent as error:
            delivery.lost += len(batch)
            delivery.why = str(error) or delivery.why
        else:
            patience.passed()
            rejected = min(max(rejected, 0), len(batch))
            delivery.sent += len(batch) - rejected
            delivery.lost += rejected
            if rejected:
                delivery.why = "the receiver rejected them"
        yield delivery


def _with_retries(batch: list[WireSpan], transport: Transport, patience: Patience) -> int:
    body = b""
    failed = Unsent("", again=True)
    pause, growing = 0.0, FIRST_PAUSE
    for attempt in count(1):
        if not patience.allows(attempt, pause):
            break
        body = body or otlp_proto.encode(batch)
        try:
            return transport.send(body)
        except Unsent as error:
            if not error.again:
                raise
            failed = error
        asked = growing * random.uniform(0.8, 1.2) if failed.after is None else failed.after
        pause = min(asked, LONGEST_PAUSE)
        growing = min(2 * growing, LONGEST_PAUSE)
    raise failed


def transport_for(
    url: str,
    environment: Mapping[str, str] = os.environ,
    more: Mapping[str, str] | None = None,
) -> Transport:
    """The transport for `http(s)://` and `grpc(s)://` addresses; `more` headers go along.

    With OTEL_EXPORTER_OTLP_PROTOCOL=grpc, `http://` addresses are gRPC's, as the specification has
    them.

    Raises:
        BadEndpoint: it is another kind of address, it holds a password, or a certificate that the
            environment names cannot be used.
    """
    parts = endpoint(url)
    sent = headers(environment) | {key.lower(): value for key, value in (more or {}).items()}
    if parts.scheme.startswith("grpc") or setting("PROTOCOL", environment) == "grpc":
        from .grpc_out import Grpc

        secure = parts.scheme in ("grpcs", "https")
        return Grpc(parts.netloc, environment, sent, secure=secure)
    from .http_out import PATH, Http

    path = parts.path if parts.path.strip("/") else PATH
    return Http(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), environment, sent)
