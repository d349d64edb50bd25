"""The fuzzed functions, each run by `run.py` in a process of its own under atheris."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["agentloupe.tracer"]):
    from agentloupe.tracer.errors import LoupeError
    from agentloupe.tracer.reader import Recording, open_recording
    from agentloupe.tracer.wire import jaeger, otlp_json, otlp_proto
    from agentloupe.tracer.wire.files import normalised, open_any
    from agentloupe.tracer.wire.spans import WireSpan


def sound(spans: list[WireSpan]) -> None:
    """What was read holds together: steps without gaps, every parent there."""
    for run in normalised(spans):
        steps = sorted(s.step for s in run.spans if s.boundary and s.step is not None)
        assert steps == list(range(run.steps)), steps
        known = {span.id for span in run.spans} | {run.root.id}
        assert all(span.parent in known for span in run.spans)


def of_json(data: bytes) -> None:
    sound(list(otlp_json.spans_of(otlp_json.decode(data))))


def of_protobuf(data: bytes) -> None:
    otlp_proto.WHOLE = 256  # so that what is larger than usual is met with
    sound(list(otlp_proto.of_request(data)))


def of_jaeger(data: bytes) -> None:
    document = otlp_json.decode(data)
    if isinstance(document, dict) and jaeger.is_jaeger(document):
        sound(list(jaeger.spans_of(document)))


def read_all(path: Path, open_it: Callable[[Path], Recording]) -> None:
    """Everything that a reader may be asked."""
    with open_it(path) as recording:
        for info in recording.runs:
            run = recording.run(info.number)
            for _, spans in run.iter_turns():
                for span in spans:
                    for ref in span.bodies.values():
                        run.text(ref)
            run.loose_spans()
            run.open_spans()
            run.dead_letters()
            run.samples()
            _ = run.root


def of_file(data: bytes) -> None:
    path = FOLDER / "input"
    path.write_bytes(data)
    read_all(path, open_any)


def of_recording(data: bytes) -> None:
    path = FOLDER / "input.loupe"
    path.write_bytes(data)
    read_all(path, open_recording)


FOLDER = Path(tempfile.mkdtemp(prefix="agentloupe-fuzzed-", dir=os.environ.get("TMPDIR")))
KNOWN: dict[str, Callable[[bytes], None]] = {
    "json": of_json,
    "protobuf": of_protobuf,
    "jaeger": of_jaeger,
    "file": of_file,
    "recording": of_recording,
}


def main() -> None:
    target = KNOWN[sys.argv[1]]

    def one(data: bytes) -> None:
        with suppress(LoupeError):  # one clear error is an answer
            target(data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


main()
