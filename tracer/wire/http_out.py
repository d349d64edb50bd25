"""OTLP sent over HTTP, in protobuf: one request at a time, each within its time.

A socket's timeout is from byte to byte, and the look-up of a name has none. So a request has a
thread that can be left behind: a receiver that answers a byte a second holds nobody up.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from http.client import (
    BadStatusLine,
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from typing import Any, Final

from .endpoint import BadEndpoint, setting, timeout
from .sending import Unsent

PATH: Final = "/v1/traces"
MAX_ANSWER: Final = 64 << 10
RETRYABLE: Final = frozenset({429, 502, 503, 504})


class Http:
    """OTLP over HTTP.

    Raises:
        BadEndpoint: a certificate that the environment names cannot be used.
    """

    def __init__(self, url: str, environment: Mapping[str, str], sent: Mapping[str, str]) -> None:
        self.url = url
        self._headers = {**sent, "content-type": "application/x-protobuf"}
        self._headers.setdefault("user-agent", "agentloupe")
        self._zip = setting("COMPRESSION", environment) != "none"
        self._timeout = timeout(environment)
        self._ssl = _context(environment)

    def send(self, body: bytes) -> int:
        """One request."""
        sent = dict(self._headers)
        if self._zip:
            body = gzip.compress(body, 5)
            sent["content-encoding"] = "gzip"
        request = urllib.request.Request(self.url, body, sent, method="POST")
        exchange = _Exchange(request, self._timeout, self._ssl)
        exchange.start()
        exchange.join(self._timeout)
        if exchange.is_alive():
            exchange.leave()
            raise Unsent(f"{self.url}: no answer within {self._timeout:g} s", again=True)
        if exchange.error is not None:
            raise exchange.error
        return exchange.rejected

    def close(self) -> None:
        """Nothing is kept open."""


def _context(environment: Mapping[str, str]) -> ssl.SSLContext:
    ours, key = setting("CLIENT_CERTIFICATE", environment), setting("CLIENT_KEY", environment)
    try:
        context = ssl.create_default_context(cafile=setting("CERTIFICATE", environment) or None)
        if ours:
            context.load_cert_chain(ours, key or None)
    except (OSError, ssl.SSLError) as error:
        raise BadEndpoint(
            f"a certificate or key that OTEL_EXPORTER_OTLP_… names cannot be used: {error}",
            "_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY name files in PEM form",
        ) from None
    return context


class _Exchange(threading.Thread):
    """A request and its answer."""

    def __init__(
        self, request: urllib.request.Request, seconds: float, context: ssl.SSLContext
    ) -> None:
        super().__init__(name="agentloupe-otlp-request", daemon=True)
        self.rejected = 0
        self.error: Exception | None = None
        self._request = request
        self._seconds = seconds
        self._connections: list[_Kept] = []
        self._opener = urllib.request.build_opener(
            _Plain(self._connections), _Secure(self._connections, context), _Stay()
        )

    def run(self) -> None:
        """Ask, and note what came of it."""
        try:
            self.rejected = self._ask()
        except Exception as error:  # for whoever waits
            self.error = error

    def leave(self) -> None:
        """Nobody waits any more: whatever the thread reads ends now."""
        for connection in self._connections:
            for made in (connection.sock, connection.connected):
                if made is not None:
                    with suppress(OSError):
                        socket.socket.shutdown(made, socket.SHUT_RDWR)  # not TLS's own, which waits

    def _ask(self) -> int:
        url = self._request.full_url
        try:
            with self._opener.open(self._request, timeout=self._seconds) as answer:
                return _accepted(url, answer)
        except urllib.error.HTTPError as error:
            raise _refused(error) from error
        except urllib.error.URLError as error:
            raise Unsent(f"{url}: {error.reason}", again=True) from error
        except RemoteDisconnected as error:  # a BadStatusLine that may pass
            raise Unsent(f"{url}: {error}", again=True) from error
        except BadStatusLine:
            what = f"{url}: what is there speaks no HTTP; is it gRPC? Say grpc://"
            raise Unsent(what, again=False) from None
        except (OSError, HTTPException) as error:
            raise Unsent(f"{url}: {error or type(error).__name__}", again=True) from error


def _accepted(url: str, answer: HTTPResponse) -> int:
    """How many spans a receiver that took the request rejected."""
    if answer.headers.get_content_type() == "text/html":
        raise Unsent(f"{url}: a web page answers, no OTLP receiver", again=False)
    data = answer.read(MAX_ANSWER)
    if answer.length and len(data) < MAX_ANSWER:
        raise Unsent(f"{url}: the answer was cut off", again=True)
    return rejected(data)


def _refused(error: urllib.error.HTTPError) -> Unsent:
    with error:
        text = error.read(200).decode("utf-8", "replace").strip()
    what = f"HTTP {error.code} {error.reason}"
    if text and text.isprintable():
        what += f": {text}"
    if place := error.headers.get("Location"):
        what += f" (it is at {place})"
    after = error.headers.get("Retry-After", "")
    seconds = float(after) if after.isdecimal() and len(after) < 6 else None
    return Unsent(what, again=error.code in RETRYABLE, after=seconds)


def rejected(answer: bytes) -> int:
    """How many spans the receiver says it rejected."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    try:
        response.ParseFromString(answer)
    except Exception:
        return 0  # an answer in JSON, or nothing of use; the request was accepted
    return response.partial_success.rejected_spans


# -- urllib, told to keep hold of its connections and to go nowhere else ---------------------------
class _Kept(HTTPConnection):
    """Remembers its socket, which is the answer's alone once that has begun."""

    connected: socket.socket | None = None

    def connect(self) -> None:
        super().connect()
        self.connected = self.sock


class _KeptSecure(_Kept, HTTPSConnection):
    pass


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, made: list[_Kept]) -> None:
        super().__init__()
        self._made = made

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        def connection(host: str, **options: Any) -> HTTPConnection:
            self._made.append(_Kept(host, **options))
            return self._made[-1]

        return self.do_open(connection, req)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, made: list[_Kept], context: ssl.SSLContext) -> None:
        super().__init__()
        self._made = made
        self._ours = context

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        def connection(host: str, **options: Any) -> HTTPConnection:
            self._made.append(_KeptSecure(host, context=self._ours, **options))
            return self._made[-1]

        return self.do_open(connection, req)


class _Stay(urllib.request.HTTPRedirectHandler):
    """A request that is redirected becomes one for a page, which is found, and nothing was sent."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
