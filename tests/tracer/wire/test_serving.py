"""`loupe serve`: what it takes, what it refuses, and that nothing it took is lost."""

from __future__ import annotations

import gzip
import http.client
import ipaddress
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.wire import http_in, loading, otlp_json, otlp_proto, receiver
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.grpc_in import SERVICE, GrpcServer
from agentloupe.tracer.wire.http_in import HttpServer
from agentloupe.tracer.wire.receiver import MAX_BODY, Receiver

from .shown import FIXTURES, otlp_span, request

AGENT = {c.OPERATION: c.AGENT, c.AGENT_NAME: "a"}
JSON = {"Content-Type": "application/json"}


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Served:
    """A receiver with its HTTP server, on a free port."""

    def __init__(self, path: Path, deadline: float = 30.0) -> None:
        self.path = path
        self.receiver = Receiver(path, settle=0.05)
        self.server = HttpServer("127.0.0.1", 0, self.receiver, deadline)
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def post(self, body: bytes, path: str = "/v1/traces", **headers: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as client:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            client.request("POST", path, body, {**JSON, **named})
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
        self.receiver.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "served.loupe")
    yield made
    made.close()


def body_of(*numbers: int) -> bytes:
    spans = [otlp_span(n, f"turn {n}", attributes=AGENT) for n in numbers]
    return json.dumps(request(*spans)).encode()


def steps(path: Path) -> list[str]:
    with open_recording(path) as recording:
        return [s[0].name for i in recording.runs for _, s in recording.run(i.number).iter_turns()]


# -- what it takes ---------------------------------------------------------------------------------
def send_with(exporter: SpanExporter) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("turn", attributes=AGENT):
        pass
    provider.shutdown()


def test_the_python_sdk_over_http(served: Served) -> None:
    for compression in (Compression.NoCompression, Compression.Gzip, Compression.Deflate):
        url = f"http://127.0.0.1:{served.port}/v1/traces"
        send_with(HttpExporter(endpoint=url, compression=compression))
    served.receiver.close()
    assert steps(served.path) == ["turn"] * 3
    assert served.receiver.counters.spans == served.receiver.counters.runs == 3


def test_gzip_in_several_members(served: Served) -> None:
    """What follows the first one's end is a part of the body, too, and what is none is refused."""
    half = body_of(1, 2)
    members = [gzip.compress(half[:100]), gzip.compress(half[100:])]
    assert served.post(b"".join(members), Content_Encoding="gzip")[0] == 200
    assert served.receiver.counters.spans == 2
    for tail in (b"\0" * 100_000, gzip.compress(b"") * 100, members[0][:20]):
        assert served.post(b"".join(members) + tail, Content_Encoding="gzip")[0] == 400
    assert served.receiver.counters.spans == 2


def test_chunks_of_a_compressed_body_come_to_an_end(served: Served) -> None:
    """Also those that inflate to nothing."""
    chunks = iter([gzip.compress(body_of(1)), *[gzip.compress(b"") * 3_000] * 1_000])
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)) as client:
        headers = {**JSON, "Content-Encoding": "gzip"}
        with suppress(OSError):  # refused before all is sent
            client.request("POST", "/v1/traces", chunks, headers, encode_chunked=True)
    until(lambda: not served.server._until)  # pyright: ignore[reportPrivateUsage]
    assert served.receiver.counters.spans == 0
    assert served.post(body_of(1))[0] == 200


def test_the_python_sdk_over_grpc(tmp_path: Path) -> None:
    with closing(Receiver(tmp_path / "g.loupe")) as made:
        with closing(GrpcServer(["127.0.0.1"], 0, made)) as server:
            for compression in (None, grpc.Compression.Gzip):
                send_with(
                    GrpcExporter(
                        endpoint=f"127.0.0.1:{server.port}", insecure=True, compression=compression
                    )
                )
    assert steps(tmp_path / "g.loupe") == ["turn"] * 2


def test_json_zipped_chunked_and_late(served: Served) -> None:
    """Steps are in order of their start, whenever their spans come."""
    assert served.post(body_of(5)) == (200, "{}")
    until(lambda: served.path.exists())
    assert steps(served.path) == ["turn 5"]
    assert served.post(gzip.compress(body_of(3)), Content_Encoding="gzip")[0] == 200
    with closing(http.client.HTTPConnection("127.0.0.1", served.port)) as client:
        pieces = iter([body_of(4)[:50], body_of(4)[50:]])
        client.request("POST", "/v1/traces", pieces, JSON, encode_chunked=True)
        assert client.getresponse().read() == b"{}"
        client.request("POST", "/v1/traces", body_of(1), JSON)  # the connection is kept
        assert client.getresponse().status == 200
    until(lambda: steps(served.path) == ["turn 1", "turn 3", "turn 4", "turn 5"])


def test_who_follows_sees_each_new_recording(served: Served) -> None:
    """The recording is replaced as a whole; a reader of the old one goes on with the new one."""
    assert served.post(body_of(2))[0] == 200
    until(lambda: served.path.exists())
    with open_recording(served.path) as followed:
        assert [len(followed.run(0).steps()), followed.runs[0].steps] == [1, 1]
        assert served.post(body_of(1, 3))[0] == 200
        until(followed.refresh)
        run = followed.run(0)
        assert [spans[0].name for _, spans in run.iter_turns()] == ["turn 1", "turn 2", "turn 3"]
        assert not followed.refresh()
        served.path.unlink()
        assert not followed.refresh()
        assert followed.run(0).info.steps == 3, "what is open stays readable"


def test_a_receiver_that_is_never_quiet_shows_what_came(tmp_path: Path) -> None:
    made = Receiver(tmp_path / "busy.loupe", settle=0.2)
    numbers = iter(range(1, 100_000))

    def seen() -> bool:
        made.take_json(body_of(next(numbers)))
        return made.path.exists()

    until(seen)
    made.close()
    assert len(steps(made.path)) == made.counters.spans


def test_two_services_in_one_trace_are_one_run(served: Served) -> None:
    ours = otlp_span(1, "invoke_agent asker", attributes={c.OPERATION: c.AGENT})
    theirs = otlp_span(2, "invoke_agent answerer", 1, attributes={c.OPERATION: c.AGENT})
    assert served.post(json.dumps(request(theirs, service="node")).encode())[0] == 200
    assert served.post(json.dumps(request(ours, service="python")).encode())[0] == 200
    served.receiver.close()
    with open_recording(served.path) as recording:
        (info,) = recording.runs
        told = [span.attributes.get("service.name") for span in recording.run(0).spans()]
        assert [step.recipient for step in recording.run(0).iter_steps()] == ["asker", "answerer"]
    assert (info.name, told) == ("python", [None, "node"])


# -- what it refuses -------------------------------------------------------------------------------
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
    body = b'{"resourceSpans": [{}, {}, {}]}'
    assert served.post(body)[0] == 200, "a small one may"
    status, why = served.post(body + b" " * loading.PIECE)
    assert (status, why) == (413, "a JSON document has more than 2 'resourceSpans'")


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


# -- nothing is lost -------------------------------------------------------------------------------
def test_what_was_acknowledged_is_in_the_spool(tmp_path: Path) -> None:
    made = Receiver(tmp_path / "r.loupe", settle=1_000)
    for number in (2, 1):
        spans = list(otlp_json.spans_of(json.loads(body_of(number))))
        made.take_protobuf(otlp_proto.encode(spans))
    with open_any(tmp_path / "r.loupe.otlp") as recording:  # as after `kill -9`
        assert recording.runs[0].steps == 2
    made.close()
    assert steps(tmp_path / "r.loupe") == ["turn 1", "turn 2"]
    assert sorted(path.name for path in tmp_path.glob("*r.loupe*")) == ["r.loupe"]


def test_half_a_message_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Receiver(tmp_path / "r.loupe", settle=1_000)
    made.take_json(body_of(1))
    real = os.write

    def full(file: int, data: Any) -> int:
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return real(file, bytes(data)[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(receiver.Refused, match="No space left") as raised:
            made.take_json(body_of(2))
    assert (raised.value.code, raised.value.again) == (503, True)
    made.take_json(body_of(3))
    made.close()
    assert steps(tmp_path / "r.loupe") == ["turn 1", "turn 3"]


def used(process: subprocess.Popen[str], path: Path) -> str:
    """Look at its sockets, send to it, interrupt it; returns what it says at the end."""
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stderr.readline().split()[-1]
    grpc_port = int(process.stderr.readline().rpartition(":")[2])
    assert process.stdout.readline().strip() == str(path)
    bound = psutil.Process(process.pid).net_connections("inet")
    listening = [each.laddr for each in bound if each.status == psutil.CONN_LISTEN]
    for each in listening:
        address = ipaddress.ip_address(each.ip)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        assert (mapped or address).is_loopback, each
    assert {each.port for each in listening} == {int(url.rpartition(":")[2]), grpc_port}
    send_with(HttpExporter(endpoint=f"{url}/v1/traces"))
    send_with(GrpcExporter(endpoint=f"127.0.0.1:{grpc_port}", insecure=True))
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    return told


def test_the_command_listens_on_loopback_only_and_stops_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "c.loupe"
    command = [sys.executable, "-m", "agentloupe.cli.main", "serve", "-o", str(path)]
    command += ["--port", "0", "--grpc-port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            told = used(process, path)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "2 spans in 2 requests, 2 runs" in told
    assert steps(path) == ["turn", "turn"]


def test_a_python_and_a_node_agent_in_one_conversation() -> None:
    """What fixtures/wire/make/node sent: one trace, W3C context over HTTP, two services."""
    with open_any(FIXTURES / "cross-language.otlp") as recording:
        (info,) = recording.runs
        run = recording.run(0)
        steps = [
            (step.recipient, spans[0].attributes.get("service.name"))
            for step, spans in run.iter_turns()
        ]
        (tool,) = (span for span in run.spans() if span.op == c.TOOL)
        assert (tool.step, tool.agent, run.text(tool.bodies[c.TOOL_RESULT])) == (
            1,
            "answerer",
            "17",
        )
    assert (info.name, info.status) == ("two languages", "ok")
    assert steps == [("asker", None), ("answerer", "node-agent"), ("asker", None)]
