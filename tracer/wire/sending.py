"""Spans to an OTLP endpoint, over HTTP or gRPC: retried, zipped, counted to the last one.

`OTEL_EXPORTER_OTLP_HEADERS`, `_TIMEOUT`, `_COMPRESSION` and `_CERTIFICATE` (also with `TRACES_`
before the last word) are honoured as the specification has them.
"""

from __future__ import annotations

import gzip
import os
import random
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, RemoteDisconnected
from itertools import count
from typing import Final, Protocol, cast
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from ..errors import LoupeError
from ..text import visible
from . import otlp_proto
from .spans import WireSpan

PATH: Final = "/v1/traces"
METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.5  # seconds, doubled with each attempt, jittered
LONGEST_PAUSE: Final = 30.0
MAX_ANSWER: Final = 64 << 10
RETRYABLE: Final = frozenset({429, 502, 503, 504})
RETRYABLE_GRPC: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)


class BadEndpoint(LoupeError):  # noqa: N818 reads as a sentence
    """An address that spans cannot be sent to."""

    code = "LP112"


class Unsent(Exception):  # noqa: N818
    """A request failed. `again` says whether it may succeed later, `after` when (seconds)."""

    def __init__(self, why: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(visible(why, newlines=False))  # a receiver's words, perhaps
        self.again = again
        self.after = after


class Transport(Protocol):
    """One way of sending a request; returns how many of its spans were rejected."""

    def send(self, body: bytes) -> int:
        """Raises `Unsent`."""
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
    """A few attempts a batch. Once one had them all in vain, the others get one each, until one
    passes."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait
        self._most = ATTEMPTS

    def allows(self, attempt: int, pause: float) -> bool:
        """Up to the number of attempts."""
        if attempt > self._most:
            self._most = 1
            return False
        if pause:
            self._wait(pause)
        return True

    def passed(self) -> None:
        """The receiver is back."""
        self._most = ATTEMPTS


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


# -- settings --------------------------------------------------------------------------------------
def setting(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """`OTEL_EXPORTER_OTLP_TRACES_NAME`, else `OTEL_EXPORTER_OTLP_NAME`, else ""."""
    prefix = "OTEL_EXPORTER_OTLP_"
    return environment.get(f"{prefix}TRACES_{name}") or environment.get(f"{prefix}{name}") or ""


def headers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`key=value,key=value`, percent-encoded."""
    found: dict[str, str] = {}
    for entry in setting("HEADERS", environment).split(","):
        key, separator, value = entry.partition("=")
        if separator and key.strip():
            found[unquote(key.strip()).lower()] = unquote(value.strip())
    return found


def timeout(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds a request may take."""
    try:
        return max(0.1, float(setting("TIMEOUT", environment) or 10))
    except ValueError:
        return 10.0


def endpoint(url: str) -> SplitResult:
    """An `http(s)://` or `grpc(s)://` address, in parts.

    Raises:
        BadEndpoint: it is another kind of address, or it holds a password.
    """
    advice = "as in http://localhost:4318 or grpc://localhost:4317"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        usable = parts.scheme in ("http", "https", "grpc", "grpcs") and parts.hostname
        _ = parts.port
    except ValueError as error:
        raise BadEndpoint(f"{url!r} is no OTLP address: {error}", advice) from None
    if not usable:
        raise BadEndpoint(f"{url!r} is no OTLP address", advice)
    if parts.username is not None or parts.password is not None:
        raise BadEndpoint(
            "an OTLP address with a user's name or password in it is not sent to",
            "say OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20…, which is not shown by `ps`",
        )
    return parts


def transport_for(
    url: str,
    environment: Mapping[str, str] = os.environ,
    more: Mapping[str, str] | None = None,
) -> Transport:
    """The transport for `http(s)://` and `grpc(s)://` addresses; `more` headers go along.

    With OTEL_EXPORTER_OTLP_PROTOCOL=grpc, `http://` addresses are gRPC's, as the specification has
    them.

    Raises:
        BadEndpoint: it is another kind of address, or it holds a password.
    """
    parts = endpoint(url)
    sent = headers(environment) | {key.lower(): value for key, value in (more or {}).items()}
    if parts.scheme.startswith("grpc") or setting("PROTOCOL", environment) == "grpc":
        secure = parts.scheme in ("grpcs", "https")
        return Grpc(parts.netloc, environment, sent, secure=secure)
    path = parts.path if parts.path.strip("/") else PATH
    return Http(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), environment, sent)


# -- HTTP ------------------------------------------------------------------------------------------
class Http:
    """OTLP over HTTP, in protobuf."""

    def __init__(self, url: str, environment: Mapping[str, str], sent: Mapping[str, str]) -> None:
        self.url = url
        self._headers = {**sent, "content-type": "application/x-protobuf"}
        self._headers.setdefault("user-agent", "agentloupe")
        self._zip = setting("COMPRESSION", environment) != "none"
        self._timeout = timeout(environment)
        certificate = setting("CERTIFICATE", environment)
        self._ssl = ssl.create_default_context(cafile=certificate or None)

    def send(self, body: bytes) -> int:
        """One request."""
        sent = dict(self._headers)
        if self._zip:
            body = gzip.compress(body, 5)
            sent["content-encoding"] = "gzip"
        request = urllib.request.Request(self.url, body, sent, method="POST")
        try:
            with urllib.request.urlopen(
                request, timeout=self._timeout, context=self._ssl
            ) as answer:
                return _rejected(answer.read(MAX_ANSWER))
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(200).decode("utf-8", "replace").strip()
            what = f"HTTP {error.code} {error.reason}" + (f": {text}" if text.isprintable() else "")
            after = error.headers.get("Retry-After", "")
            seconds = float(after) if after.isdecimal() and len(after) < 6 else None
            raise Unsent(what, again=error.code in RETRYABLE, after=seconds) from error
        except urllib.error.URLError as error:
            raise Unsent(f"{self.url}: {error.reason}", again=True) from error
        except RemoteDisconnected as error:  # a BadStatusLine that may pass
            raise Unsent(f"{self.url}: {error}", again=True) from error
        except BadStatusLine:
            what = f"{self.url}: what is there speaks no HTTP; is it gRPC? Say grpc://"
            raise Unsent(what, again=False) from None
        except (OSError, HTTPException) as error:
            raise Unsent(f"{self.url}: {error or type(error).__name__}", again=True) from error

    def close(self) -> None:
        """Nothing is kept open."""


def _rejected(answer: bytes) -> int:
    """How many spans the receiver says it rejected."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    try:
        response.ParseFromString(answer)
    except Exception:
        return 0  # an answer in JSON, or nothing of use; the request was accepted
    return response.partial_success.rejected_spans


# -- gRPC ------------------------------------------------------------------------------------------
class Grpc:
    """OTLP over gRPC."""

    def __init__(
        self,
        target: str,
        environment: Mapping[str, str],
        sent: Mapping[str, str],
        *,
        secure: bool,
    ) -> None:
        import grpc

        self.target = target
        self._metadata = tuple(sent.items())
        self._timeout = timeout(environment)
        zipped = setting("COMPRESSION", environment) != "none"
        compression = grpc.Compression.Gzip if zipped else grpc.Compression.NoCompression
        if secure:
            self._channel = grpc.secure_channel(
                target, grpc.ssl_channel_credentials(), compression=compression
            )
        else:
            self._channel = grpc.insecure_channel(target, compression=compression)
        call: object = self._channel.unary_unary(METHOD)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  bytes in and out
        self._call = cast("Callable[..., bytes]", call)

    def send(self, body: bytes) -> int:
        """One call."""
        import grpc

        try:
            answer = self._call(body, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            code = error.code().name
            what = f"gRPC {code}: {error.details()}"
            raise Unsent(what, again=code in RETRYABLE_GRPC) from error
        return _rejected(answer)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()
