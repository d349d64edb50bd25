"""`loupe serve`: what it takes, and that nothing it took is lost."""

from __future__ import annotations

import gzip
import http.client
import ipaddress
import json
import os
import signal
import subprocess
import sys
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
from agentloupe.tracer.wire import otlp_json, otlp_proto, receiver
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.grpc_in import GrpcServer
from agentloupe.tracer.wire.receiver import Receiver

from .serving import AGENT, JSON, Served, body_of, steps, until
from .shown import FIXTURES, otlp_span, request


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
