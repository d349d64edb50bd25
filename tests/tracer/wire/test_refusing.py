"""`loupe serve`: what it refuses, and how much it holds of what is sent."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import threading
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest

from agentloupe.tracer.wire import http_in, otlp_json, otlp_proto, receiver
from agentloupe.tracer.wire.grpc_in import SERVICE, GrpcServer
from agentloupe.tracer.wire.receiver import MAX_BODY, Receiver

from .serving import Served, body_of, steps, until


@pytest.mark.parametrize(
    ("code", "body", "path", "headers"),
    [
        (400, b"{", "/v1/traces", {}),
        (400, b'{"resourceLogs": []}', "/v1/traces", {}),
        (400, b"\xff\xff", "/v1/traces", {"Content_Type": "application/x-protobuf"}),
        (400, b"no gzip", "/v1/traces", {"Content_Encoding": "gzip"}),
        (400, gzip.compress(body_of(1))[:-9], "/v1/traces", {"Content_Encoding": "gzip"}),
        (400, b"{}", "/v1/traces", {"Host": "[half"}),
        (403, b"{}", "/v1/traces", {"Origin": "http://localhost:8000"}),
        (403, b"{}", "/v1/traces", {"Host": "attacker.example"}),
        (404, b"{}", "/v1/logs", {}),
        (411, b"", "/v1/traces", {"Content_Length": "many"}),
        (413, b"", "/v1/traces", {"Content_Length": str(MAX_BODY + 1)}),
        (415, b"{}", "/v1/traces", {"Content_Type": "text/plain"}),
        (415, b"{}", "/v1/traces", {"Content_Encoding": "br"}),
    ],
)
def test_what_is_refused(
    served: Served, code: int, body: bytes, path: str, headers: dict[str, str]
) -> None:
    status, why = served.post(body, path, **headers)
    assert status == code
    assert why
    assert served.post(body_of(1))[0] == 200, "it goes on"


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def bomb(megabytes: int) -> bytes:
    """Zeros, zipped a thousand times smaller."""
    squeeze = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    return b"".join(squeeze.compress(zeros) for _ in range(megabytes)) + squeeze.flush()


def test_a_gzip_bomb_is_defused(served: Served) -> None:
    body = bomb(150)
    before = peak()
    assert served.post(body, Content_Encoding="gzip")[0] == 413
    assert peak() - before < 64 << 20


def test_a_gzip_bomb_over_grpc_is_defused(tmp_path: Path) -> None:
    body = bytes(40 << 20)
    with closing(Receiver(tmp_path / "g.loupe")) as made:
        with closing(GrpcServer(["127.0.0.1"], 0, made)) as server:
            with grpc.insecure_channel(
                f"127.0.0.1:{server.port}", compression=grpc.Compression.Gzip
            ) as channel:
                call: Any = channel.unary_unary(f"/{SERVICE}/Export")
                with pytest.raises(grpc.RpcError) as raised:
                    call(body, timeout=60)
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert made.counters.requests == 0


def test_what_comes_over_grpc_is_held_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = otlp_proto.encode(list(otlp_json.spans_of(json.loads(body_of(1)))))
    with closing(Receiver(tmp_path / "g.loupe")) as made:
        with (
            closing(GrpcServer(["127.0.0.1"], 0, made)) as server,
            grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
        ):
            call: Any = channel.unary_unary(f"/{SERVICE}/Export")
            monkeypatch.setattr(receiver, "MAX_HELD", len(body) - 1)
            with pytest.raises(grpc.RpcError) as raised:
                call(body, timeout=20)
            assert raised.value.code() is grpc.StatusCode.UNAVAILABLE, "it is to come again"
            monkeypatch.setattr(receiver, "MAX_HELD", len(body))
            for _ in range(2):
                call(body, timeout=20)
    assert made.counters.spans == 2


def framed(tag: int, inner: bytes) -> bytes:
    """A protobuf field that holds bytes."""
    size, told = len(inner), b""
    while size > 127:
        told, size = told + bytes([size & 127 | 128]), size >> 7
    return bytes([tag]) + told + bytes([size]) + inner


IDS = framed(0x0A, b"\1" * 16) + framed(0x12, b"\2" * 8)
DENSE = {
    "a span of empty attributes": (0x12, IDS + b"\x4a\0" * 1_100_000),
    "a scope of empty attributes": (0x0A, b"\x1a\0" * 1_100_000),
    "a span of numbers": (0x12, IDS + b"\x50\0" * 1_100_000),
}


@pytest.mark.parametrize(("tag", "inner"), DENSE.values(), ids=DENSE)
def test_what_takes_far_more_than_its_size_is_refused(
    served: Served, tag: int, inner: bytes
) -> None:
    body = framed(0x0A, framed(0x12, framed(tag, inner)))
    before = peak()
    status, why = served.post(body, Content_Type="application/x-protobuf")
    assert (status, "1,000,000 fields" in why) == (413, True)
    assert peak() - before < 60 << 20  # it was 250 MB
    assert served.post(body_of(1))[0] == 200


def test_spans_are_counted_before_they_are_kept(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MAX_REQUEST", 2)
    spans = list(otlp_json.spans_of(json.loads(body_of(1, 2, 3))))
    protobuf = "application/x-protobuf"
    assert served.post(otlp_proto.encode(spans), Content_Type=protobuf)[0] == 413
    assert served.post(body_of(1, 2, 3)) == (413, "a request holds at most 2 spans")
    assert served.post(body_of(1, 2))[0] == 200
    assert (served.receiver.counters.spans, served.receiver.counters.refused) == (2, 2)


def test_json_of_very_many_groups_is_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp_json, "MAX_GROUPS", 2)
    scopes = b'{"scopeSpans": [{}, {}, {}]}'
    for body, of in (
        (b'{"resourceSpans": [{}, {}, {}]}', "resourceSpans"),
        (b'{"resourceSpans": [%s, %s, %s]}' % (scopes, scopes, scopes), "resourceSpans"),
        (b'{"resourceSpans": [%s]}' % scopes, "scopeSpans"),
    ):
        status, why = served.post(body)
        assert (status, why) == (413, f"a JSON document has more than 2 {of!r}")


def test_what_is_being_received_is_bounded(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "MAX_HELD", 3_000)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as slow:
        head = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        slow.sendall(f"{head}Content-Length: 9999\r\n\r\n".encode() + bytes(2_900))
        until(lambda: served.receiver._held == 2_900)
        assert served.post(body_of(1)) == (503, "too much is being received")
    until(lambda: not served.receiver._held)
    assert served.post(body_of(1))[0] == 200


def test_nobody_waits_for_ever_to_be_decoded(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "PATIENCE", 0.01)
    with served.receiver._large:
        large = body_of(1) + b" " * receiver.LARGE
        assert served.post(large) == (503, "too much waits to be read")
        assert served.post(body_of(1))[0] == 200, "a small one does not wait for it"
    assert served.post(large)[0] == 200


def test_a_client_that_does_not_get_on_is_shut_out(tmp_path: Path) -> None:
    served = Served(tmp_path / "slow.loupe", deadline=0.2)
    try:
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as slow:
            slow.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n")
            assert slow.recv(1) == b""
        assert served.post(body_of(1))[0] == 200
    finally:
        served.close()


def test_who_keeps_it_waiting_the_longest_makes_room(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_in, "MAX_CONNECTIONS", 2)
    held = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(2)]
    try:
        until(lambda: len(served.server._until) == 2)
        assert [served.post(body_of(number))[0] for number in (1, 2)] == [200, 200]
        assert held[0].recv(1) == b"", "the first goes"
    finally:
        for each in held:
            each.close()
    until(lambda: not served.server._until)


def test_nobody_goes_whose_request_is_being_read(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_in, "MAX_CONNECTIONS", 1)
    answers: list[int] = []
    sender = threading.Thread(target=lambda: answers.append(served.post(body_of(1))[0]))
    taking, going_on = threading.Event(), threading.Event()
    take = served.receiver.take_json

    def slow(body: bytes) -> int:
        taking.set()
        assert going_on.wait(20)
        return take(body)

    monkeypatch.setattr(served.receiver, "take_json", slow)
    sender.start()
    assert taking.wait(20)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as late:
        assert late.recv(100).startswith(b"HTTP/1.1 503 ")
    going_on.set()
    sender.join()
    assert answers == [200]


def test_a_full_recording_is_left_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MAX_SPANS", 2)
    made = Receiver(tmp_path / "r.loupe", settle=0.05)
    for numbers in ((1, 2), (3,), (4,), (5, 6, 7), (8,)):
        made.take_json(body_of(*numbers))
    until(lambda: (tmp_path / "r-3.loupe").exists())
    assert made.path.name == "r-4.loupe"
    made.close()
    found = {path.name: steps(path) for path in sorted(tmp_path.iterdir())}
    assert found == {
        "r-2.loupe": ["turn 3", "turn 4"],
        "r-3.loupe": ["turn 5", "turn 6", "turn 7"],
        "r-4.loupe": ["turn 8"],
        "r.loupe": ["turn 1", "turn 2"],
    }
    assert (made.counters.spans, made.counters.requests, made.counters.runs) == (8, 5, 4)
    monkeypatch.setattr(receiver, "MAX_SPOOL", 10)
    monkeypatch.setattr(receiver, "MAX_SPANS", 100)
    other = Receiver(tmp_path / "s.loupe", settle=1_000)
    for number in (1, 2):
        other.take_json(body_of(number))
    other.close()
    assert steps(tmp_path / "s-2.loupe") == ["turn 2"]
