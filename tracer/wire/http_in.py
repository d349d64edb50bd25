"""OTLP over HTTP, received on loopback: bounded in size, time and number of connections.

A browser page cannot post here: an `Origin` is refused, so are other hosts' names, and nothing is
said about CORS.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from typing import Any, Final
from urllib.parse import urlsplit

from .receiver import MAX_BODY, Receiver, Refused

PATH: Final = "/v1/traces"
PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
DEADLINE: Final = 30.0  # seconds from a connection's opening, or a request's end, to the next's end
MAX_CONNECTIONS: Final = 64
CHUNK: Final = 64 << 10
MEMBERS: Final = 64  # of a gzip body, which are files of their own
HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class HttpServer(ThreadingHTTPServer):
    """The server. Connections that do not get on are shut."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self, host: str, port: int, receiver: Receiver, deadline: float = DEADLINE
    ) -> None:
        self.receiver = receiver
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._deadline = deadline
        self._until: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        super().__init__((host, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            taken = len(self._until) < MAX_CONNECTIONS or self._make_room()
            if taken:
                self._until[request] = time.monotonic() + self._deadline
        if taken:
            super().process_request(request, client_address)
        else:
            request.setblocking(False)
            request.send(_BUSY)
            self.shutdown_request(request)

    def _make_room(self) -> bool:
        """Who has kept us waiting the longest goes; nobody whose request is being read."""
        oldest = min(self._until, key=self._until.__getitem__)
        if self._until[oldest] == inf:
            return False
        del self._until[oldest]
        _shut(oldest)
        return True

    def received(self, request: socket.socket) -> None:
        """A request is all here: it is we who take our time."""
        self._set(request, inf)

    def extend(self, request: socket.socket) -> None:
        """A request was answered: the next one has its own time."""
        self._set(request, time.monotonic() + self._deadline)

    def _set(self, request: socket.socket, until: float) -> None:
        with self._guard:
            if request in self._until:
                self._until[request] = until

    def service_actions(self) -> None:
        """Called while serving: shut what is overdue."""
        now = time.monotonic()
        with self._guard:
            overdue = [request for request, until in self._until.items() if until < now]
        for request in overdue:
            _shut(request)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._until.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    def server_close(self) -> None:
        super().server_close()
        with self._guard:
            left = list(self._until)
        for request in left:
            _shut(request)


def _shut(request: socket.socket) -> None:
    with suppress(OSError):  # it may be gone already
        request.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "agentloupe"
    sys_version = ""
    server: HttpServer  # pyright: ignore[reportIncompatibleVariableOverride]  it is ours

    def do_POST(self) -> None:
        """Take one request."""
        kind = self.headers.get_content_type()
        receiver = self.server.receiver
        held: list[bytes] = []
        try:
            self._check(kind)
            for piece in self._body():
                receiver.hold(len(piece))
                held.append(piece)
            self.server.received(self.connection)
            take = receiver.take_json if kind == JSON else receiver.take_protobuf
            take(b"".join(held))
        except Refused as refused:
            self._answer(refused.code, str(refused).encode("utf-8", "replace"), "text/plain")
        else:
            self._answer(200, b"{}" if kind == JSON else b"", kind)
        finally:
            receiver.hold(-sum(map(len, held)))
        self.server.extend(self.connection)

    def _check(self, kind: str) -> None:
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
            path = urlsplit(self.path).path
        except ValueError as error:
            raise Refused(400, f"no address: {error}") from None
        if host not in HOSTS or "Origin" in self.headers:
            raise Refused(403, "only programs on this machine may send")
        if path.rstrip("/") != PATH:
            raise Refused(404, f"only {PATH} is served: traces")
        if kind not in (JSON, PROTOBUF):
            raise Refused(415, f"content-type is {JSON} or {PROTOBUF}")

    # -- the body ----------------------------------------------------------------------------
    def _body(self) -> Iterator[bytes]:
        """The decompressed body in pieces; refused as soon as it is too long."""
        encoding = self.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "deflate"):
            raise Refused(415, f"content-encoding {encoding[:20]!r} is not known")
        left = MAX_BODY
        for piece in _inflated(self._raw(), encoding):
            left -= len(piece)
            if left < 0:
                raise Refused(413, f"a request is at most {MAX_BODY:,} bytes, decompressed")
            yield piece

    def _raw(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield from self._chunks()
            return
        told = self.headers.get("Content-Length", "")
        if not told.isascii() or not told.isdecimal() or len(told) > 12:
            raise Refused(411, "no content-length")
        if int(told) > MAX_BODY:
            raise Refused(413, f"a request is at most {MAX_BODY:,} bytes")
        yield from self._exactly(int(told))

    def _chunks(self) -> Iterator[bytes]:
        left = MAX_BODY
        while True:
            line = self.rfile.readline(64)
            try:
                size = int(line.split(b";", 1)[0].strip(), 16)
            except ValueError:
                raise Refused(400, "no chunk's size where one should be") from None
            left -= size
            if size < 0 or left < 0:
                raise Refused(413, f"a request is at most {MAX_BODY:,} bytes")
            if size == 0:
                while self.rfile.readline(1024).strip():
                    pass
                return
            yield from self._exactly(size)
            self.rfile.readline(4)

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.rfile.read1(min(size, CHUNK))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  a BufferedReader
            if not piece:
                raise Refused(400, "the body is cut off")
            size -= len(piece)  # pyright: ignore[reportUnknownArgumentType]  see above
            yield piece

    def _answer(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if code != 200:
            self.send_header("Connection", "close")  # what is left of its body is not read
            self.close_connection = True
        if code in (429, 503):
            self.send_header("Retry-After", "5")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its base names it so
        """Nothing is logged."""


def _inflated(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Decompressed pieces of bounded size, whatever the compressed ones inflate to."""
    if encoding == "identity":
        yield from pieces
        return
    inflate = _inflater()
    members = 1
    try:
        for piece in pieces:
            waiting = piece
            while waiting:
                if inflate.eof:  # gzip's members may follow one another
                    inflate = _inflater()
                    members += 1
                if members > MEMBERS:
                    raise Refused(400, f"the body is more than {MEMBERS} compressed in a row")
                yield inflate.decompress(waiting, CHUNK)
                waiting = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        while rest := inflate.decompress(b"", CHUNK):
            yield rest
    except zlib.error as error:
        raise Refused(400, f"the body does not decompress: {error}") from None
    if not inflate.eof:
        raise Refused(400, "the compressed body is cut off")


def _inflater() -> zlib._Decompress:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # finds out whether gzip or zlib
