"""What the fuzzer begins with: the fixtures, a few spans at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.wire import otlp_json, otlp_proto
from agentloupe.tracer.wire.json_out import document
from agentloupe.tracer.wire.spans import WireSpan

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "wire"
JAEGER = {
    "traceID": "ab",
    "spanID": "1",
    "operationName": "x",
    "startTime": 1,
    "duration": 2,
    "references": [{"refType": "CHILD_OF", "traceID": "ab", "spanID": "2"}],
    "tags": [{"key": "k", "type": "int64", "value": 1}],
    "logs": [{"timestamp": 1, "fields": [{"key": "event", "value": "e"}]}],
    "processID": "p1",
}


def corpus(target: str, folder: Path) -> Path:
    """A folder of seeds for a target."""
    made = folder / target
    made.mkdir()
    if target == "recording":
        _recording(made / "small")
    elif target == "jaeger":
        processes = {"p1": {"serviceName": "s", "tags": []}}
        data = {"traceID": "ab", "spans": [JAEGER], "processes": processes}
        (made / "small").write_text(json.dumps({"data": [data]}), "utf-8")
    else:
        for number, spans in enumerate(_pieces()):
            pieces = document(spans, spans[0].source)
            text = "".join(pieces).encode() if target != "protobuf" else otlp_proto.encode(spans)
            (made / str(number)).write_bytes(text)
    return made


def _pieces() -> Iterator[list[WireSpan]]:
    for path in [*sorted(FIXTURES.glob("dialects/*.json")), FIXTURES / "otlp" / "report.json"]:
        spans = list(otlp_json.spans_of(json.loads(path.read_bytes())))
        for start in range(0, min(len(spans), 24), 8):
            yield spans[start : start + 8]


def _recording(path: Path) -> None:
    with (
        Recorder(path) as recorder,
        recorder.record("invoke_agent", "invoke_agent a", agent="a") as span,
    ):
        span.body("gen_ai.output.messages", "hello")
