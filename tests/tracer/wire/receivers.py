"""Spans to send, a receiver that answers as it is told, and some that are half dead."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from agentloupe.tracer.wire.spans import Source, WireSpan

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"")


def spans(count: int) -> list[WireSpan]:
    source = Source()
    return [
        WireSpan(7, n, 0, f"s{n}", 1, n, n + 1, {}, [], [], False, "", source)
        for n in range(1, count + 1)
    ]


class Receiver:
    """An OTLP receiver that gives the answers it is told to, then accepts everything."""

    def __init__(self, port: int = 0) -> None:
        self.gate = threading.Event()  # requests wait until it is set
        self.gate.set()
        self.asked = threading.Event()
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                message = ExportTraceServiceRequest.FromString(body)
                outer.asked.set()
                outer.gate.wait(60)
                outer.requests.append((self.path, dict(self.headers.items()), message))
                code, headers, answer = outer.answers.pop(0) if outer.answers else OK
                self.send_response(code)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its base names it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for _, _, message in list(self.requests)
            for group in message.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    made = Receiver(port)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.gate.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()


# -- half dead -------------------------------------------------------------------------------------
Answering = Callable[[socket.socket, threading.Event], None]


@contextmanager
def answering(answer: Answering) -> Iterator[str]:
    """`host:port` of a server that calls `answer(client, over)` for each connection."""
    over = threading.Event()
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def one(client: socket.socket) -> None:
            with client, suppress(OSError):
                answer(client, over)

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=one, args=(client,)))
                threads[-1].start()

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def asked(client: socket.socket) -> None:
    """Read an HTTP request to its end."""
    data = b""
    while b"\r\n\r\n" not in data and (piece := client.recv(65536)):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    size = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    while len(body) < int(size or b"0") and (piece := client.recv(65536)):
        body += piece


def mute(client: socket.socket, over: threading.Event) -> None:
    """Takes the connection, and says nothing."""
    over.wait(60)


def said(*pieces: bytes) -> Answering:
    """Answers this to whatever is asked, and hangs up."""

    def answer(client: socket.socket, over: threading.Event) -> None:
        asked(client)
        client.sendall(b"".join(pieces))

    return answer


def dripping(head: bytes, drop: bytes, gone: threading.Event | None = None) -> Answering:
    """Goes on answering for ever, a little at a time; `gone` is set when nobody listens."""

    def answer(client: socket.socket, over: threading.Event) -> None:
        asked(client)
        try:
            client.sendall(head)
            while not over.wait(0.01):
                client.sendall(drop)
        except OSError:
            if gone is not None:
                gone.set()
            raise

    return answer


@contextmanager
def blackhole() -> Iterator[str]:
    """`host:port` of a place that answers no attempt to connect: its queue is full."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"


OK_HEAD = b"HTTP/1.1 200 OK\r\n"
#: Each by what an OTLP client sees of it.
HALF_DEAD: dict[str, Answering] = {
    "takes it and says nothing": mute,
    "says an hour": said(b"HTTP/1.1 503 Later\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
    "hangs up in the answer": said(OK_HEAD, b"Content-Length: 100\r\n\r\nab"),
    "hangs up": said(b""),
    "drips headers": dripping(OK_HEAD, b"X-A: b\r\n"),
    "drips a body": dripping(OK_HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "drips a refusal": dripping(b"HTTP/1.1 503 Later\r\nContent-Length: 100000\r\n\r\n", b"x"),
}
