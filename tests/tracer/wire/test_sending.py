"""Spans sent to receivers that accept, refuse, wait, reject some, or are not there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from agentloupe.tracer.wire import sending
from agentloupe.tracer.wire.endpoint import BadEndpoint
from agentloupe.tracer.wire.grpc_out import Grpc
from agentloupe.tracer.wire.sending import (
    ATTEMPTS,
    LONELY,
    Attempts,
    Delivery,
    Unsent,
    send,
    transport_for,
)
from agentloupe.tracer.wire.spans import WireSpan

from .receivers import OK_HEAD, Answering, Receiver, answering, dripping, receiving, said, spans


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def delivered(
    batches: list[list[WireSpan]], url: str, environment: dict[str, str] | None = None
) -> tuple[Delivery, list[float]]:
    """The totals, and the pauses made between attempts."""
    pauses: list[float] = []
    with closing(transport_for(url, environment or {})) as transport:
        *_, last = send(batches, transport, Attempts(pauses.append))
    return last, pauses


def test_all_arrive_zipped_at_the_usual_path(receiver: Receiver) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x=general",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "api-key=secret%2C",
    }
    done, _ = delivered([spans(3), spans(2)], receiver.url, environment)
    assert (done.sent, done.lost) == (5, 0)
    path, headers, _ = receiver.requests[0]
    headers = {key.lower(): value for key, value in headers.items()}
    assert (path, headers["content-encoding"]) == ("/v1/traces", "gzip")
    assert headers["content-type"] == "application/x-protobuf"
    assert headers["api-key"] == "secret,"
    assert receiver.names == ["s1", "s2", "s3", "s1", "s2"]


def test_a_path_of_ones_own_and_no_compression(receiver: Receiver) -> None:
    delivered([spans(1)], f"{receiver.url}/mine/x", {"OTEL_EXPORTER_OTLP_COMPRESSION": "none"})
    path, headers, _ = receiver.requests[0]
    assert path == "/mine/x"
    assert "content-encoding" not in {key.lower() for key in headers}


def test_what_may_pass_later_is_tried_again(receiver: Receiver) -> None:
    receiver.answers = [(503, {"Retry-After": "7"}, b""), (429, {}, b"slow"), (502, {}, b"")]
    done, pauses = delivered([spans(2)], receiver.url)
    assert (done.sent, done.lost, len(receiver.requests)) == (2, 0, 4)
    assert pauses[0] == 7
    assert 0.8 <= pauses[1] / (2 * sending.FIRST_PAUSE) <= 1.2


def test_what_cannot_pass_is_lost_at_once(receiver: Receiver) -> None:
    receiver.answers = [(400, {}, b"no such project")]
    done, pauses = delivered([spans(2), spans(3)], receiver.url)
    assert (done.sent, done.lost, pauses) == (3, 2, [])
    assert "HTTP 400 Bad Request: no such project" in done.why


def test_what_the_receiver_rejects_is_lost(receiver: Receiver) -> None:
    partial = ExportTracePartialSuccess(rejected_spans=2, error_message="too old")
    answer = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    receiver.answers = [(200, {}, answer)]
    done, _ = delivered([spans(5)], receiver.url)
    assert (done.sent, done.lost) == (3, 2)


def test_nobody_there_costs_the_attempts_of_one_batch() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done, pauses = delivered([spans(1)] * 4, f"http://127.0.0.1:{port}")
    assert (done.sent, done.lost) == (0, 4)
    assert len(pauses) == ATTEMPTS - 1
    assert "refused" in done.why


def test_over_grpc() -> None:
    received: list[tuple[ExportTraceServiceRequest, dict[str, Any]]] = []
    failures = [grpc.StatusCode.UNAVAILABLE]

    class Service(TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> ExportTraceServiceResponse:
            if failures:
                context.abort(failures.pop(), "later")
            received.append((request, dict(context.invocation_metadata())))
            return ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        environment = {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=k"}
        done, pauses = delivered([spans(3)], f"grpc://127.0.0.1:{port}", environment)
    finally:
        server.stop(None).wait()
    assert (done.sent, done.lost, len(pauses)) == (3, 0, 1)
    ((request, metadata),) = received
    assert len(request.resource_spans[0].scope_spans[0].spans) == 3
    assert metadata["api-key"] == "k"


def test_what_a_receiver_says_is_safe_to_show(receiver: Receiver) -> None:
    receiver.answers = [(400, {}, b"\x1b]52;c;AAAA\x07 no")]
    done, _ = delivered([spans(1)], receiver.url)
    assert done.why.isprintable()


def answered_with(answer: Answering, seconds: float = 10) -> tuple[Delivery, list[float]]:
    """By a server of its own ways."""
    with answering(answer) as place:
        return delivered(
            [spans(1)], f"http://{place}", {"OTEL_EXPORTER_OTLP_TIMEOUT": str(seconds)}
        )


def test_a_port_that_speaks_no_http_is_said_to() -> None:
    done, pauses = answered_with(said(b"\x00\x00\x12\x04\x00\x1b[2J\x00\r\n\r\n"))
    assert (done.lost, pauses) == (1, [])
    assert "speaks no HTTP; is it gRPC?" in done.why
    done, pauses = answered_with(said(b""))  # it went away, and may come back
    assert (done.lost, len(pauses)) == (1, ATTEMPTS - 1)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (OK_HEAD, b"X-A: b\r\n"),
        (OK_HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 503 Later\r\nContent-Length: 100000\r\n\r\n", b"x"),
    ],
    ids=["headers", "body", "refusal"],
)
def test_an_answer_that_does_not_end_is_left(head: bytes, drop: bytes) -> None:
    gone = threading.Event()
    with answering(dripping(head, drop, gone)) as place:
        environment = {"OTEL_EXPORTER_OTLP_TIMEOUT": "0.2"}
        with closing(transport_for(f"http://{place}", environment)) as transport:
            with pytest.raises(Unsent, match=r"no answer within 0\.2 s") as raised:
                transport.send(b"x")
            assert raised.value.again
        assert gone.wait(60), "the connection was kept"


def test_an_answer_that_is_cut_off_may_have_said_anything() -> None:
    done, pauses = answered_with(said(OK_HEAD, b"Content-Length: 100\r\n\r\nab"))
    assert (done.sent, done.lost, len(pauses)) == (0, 1, ATTEMPTS - 1)
    assert "cut off" in done.why


def test_a_web_page_is_no_receiver() -> None:
    page = b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi"
    done, pauses = answered_with(said(OK_HEAD, page))
    assert (done.sent, done.lost, pauses) == (0, 1, [])
    assert "a web page answers" in done.why


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_taken_for_acceptance(receiver: Receiver, code: int) -> None:
    """What follows it asks for a page, and the page is there."""
    receiver.answers = [(code, {"Location": f"{receiver.url}/login"}, b"")]
    done, pauses = delivered([spans(2)], receiver.url)
    assert (done.sent, done.lost, pauses, len(receiver.requests)) == (0, 2, [], 1)
    assert f"(it is at {receiver.url}/login)" in done.why


def test_nobody_is_asked_for_ever() -> None:
    class Deaf:
        asked = 0

        def send(self, body: bytes) -> int:
            self.asked += 1
            raise Unsent("deaf", again=True)

        def close(self) -> None:
            pass

    deaf = Deaf()
    *_, done = send([spans(3)] * 100, deaf, Attempts(lambda _: None))
    assert (done.sent, done.lost, done.why) == (0, 300, "deaf")
    assert deaf.asked == ATTEMPTS + LONELY


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "grpcs://127.0.0.1:1"])
@pytest.mark.parametrize("name", ["CERTIFICATE", "CLIENT_CERTIFICATE"])
def test_a_certificate_that_is_none(tmp_path: Path, url: str, name: str) -> None:
    environment = {f"OTEL_EXPORTER_OTLP_{name}": str(tmp_path / "no.pem")}
    with pytest.raises(BadEndpoint, match="OTEL_EXPORTER_OTLP_"):
        transport_for(url, environment)


def test_grpc_where_the_environment_says_so() -> None:
    environment = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    with closing(transport_for("http://127.0.0.1:1", environment)) as transport:
        assert isinstance(transport, Grpc)


def test_a_password_in_an_address_is_refused() -> None:
    with pytest.raises(BadEndpoint, match="password") as raised:
        transport_for("http://me:secret@host", {})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["ftp://host", "file:///etc/passwd", "http://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(BadEndpoint, match="is no OTLP address"):
        transport_for(url, {})
