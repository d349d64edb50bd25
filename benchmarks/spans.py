"""What an OpenTelemetry span costs: the SDK's to nowhere, and ours to disk.

    python benchmarks/spans.py [--rounds N] [--spans N]

CPU time of all threads of the process, until everything is on disk or exported. Every measurement
is a process of its own; the subjects take turns, so that a busy machine slows them all, and a ratio
is taken within its round. A span has seven small attributes and a text of 1 KB, always another.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opentelemetry import trace

WORDS = ("agent", "message", "tool", "answer", "plan", "review", "the", "of", "writes", "and")
SMALL = {
    "http.request.method": "GET",
    "http.route": "/items/{id}",
    "server.address": "example.org",
    "http.response.status_code": 200,
    "retry": False,
    "elapsed": 0.25,
}
SUBJECTS = {
    "sdk": "SDK, BatchSpanProcessor to a null exporter",
    "light": "our provider, recorded",
    "none": "no provider, recorded",
    "joined": "SDK with its BatchSpanProcessor, and recorded",
    "light unrecorded": "our provider, nothing recorded, no processor",
    "light exported": "our provider, BatchSpanProcessor to a null exporter",
}


def texts(count: int) -> list[str]:
    """1 KB each, no two alike."""
    made: list[str] = []
    for number in range(count):
        words = [f"{WORDS[(number + k * k) % len(WORDS)]}{number * 31 + k}" for k in range(110)]
        made.append(" ".join(words)[:1_024])
    return made


def batch() -> Any:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    return BatchSpanProcessor(Nowhere(), max_queue_size=1 << 20)


def provider(subject: str) -> Any:
    from opentelemetry.sdk.trace import TracerProvider

    from agentloupe.tracer.spans.provider import LightTracerProvider

    made = LightTracerProvider() if subject.startswith("light") else TracerProvider()
    if subject in ("sdk", "joined", "light exported"):
        made.add_span_processor(batch())
    return made


def work(tracer: trace.Tracer, bodies: list[str]) -> None:
    for number, body in enumerate(bodies):
        tracer.start_span("GET", attributes={**SMALL, "number": number, "body": body}).end()


def measure(subject: str, count: int) -> float:
    """CPU microseconds a span."""
    bodies = texts(count)
    warm = bodies[: count // 10]
    if subject in ("sdk", "light unrecorded", "light exported"):
        made = provider(subject)
        tracer = made.get_tracer("benchmark")
        finish: Callable[[], object] = made.force_flush
        work(tracer, warm)
        finish()
        return timed(tracer, bodies, finish)
    from agentloupe.tracer import record

    with (
        tempfile.TemporaryDirectory() as folder,
        record("benchmark", path=Path(folder) / "spans.loupe") as recorder,
        recorder.use(recorder.start_run("run")),
    ):
        made = None if subject == "none" else provider(subject)
        tracer = trace.get_tracer("benchmark", tracer_provider=made)

        def finish_both() -> None:
            if made is not None:
                made.force_flush()
            assert recorder.flush()

        work(tracer, [f"{body} warm" for body in warm])
        finish_both()
        return timed(tracer, bodies, finish_both)


def timed(tracer: trace.Tracer, bodies: list[str], finish: Callable[[], object]) -> float:
    started = time.process_time()
    work(tracer, bodies)
    finish()
    return (time.process_time() - started) / len(bodies) * 1e6


def in_process(subject: str, count: int) -> float:
    command = [sys.executable, __file__, "--subject", subject, "--spans", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--spans", type=int, default=20_000)
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject:
        print(json.dumps(measure(options.subject, options.spans)))
        return
    rounds = [
        {subject: in_process(subject, options.spans) for subject in SUBJECTS}
        for _ in range(options.rounds)
    ]
    print("| subject | CPU µs a span | × the SDK's | (range) |")
    print("| --- | --- | --- | --- |")
    for subject, what in SUBJECTS.items():
        ratios = [each[subject] / each["sdk"] for each in rounds]
        cost = statistics.median(each[subject] for each in rounds)
        low, high = min(ratios), max(ratios)
        print(f"| {what} | {cost:.1f} | {statistics.median(ratios):.2f} | {low:.2f}–{high:.2f} |")


if __name__ == "__main__":
    main()
