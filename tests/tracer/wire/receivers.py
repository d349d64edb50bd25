"""Spans to send, and a receiver that answers as it is told."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
