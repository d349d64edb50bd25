"""A recording as plain text, for goldens; and OTLP documents built from little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentloupe.tracer.reader import Recording, Run
from agentloupe.tracer.wire.files import open_any

FIXTURES = Path(__file__).parents[3] / "fixtures" / "wire"
TRACE = "5b8efff798038103d269b633813fc60c"


def shown(recording: Recording, width: int = 10_000) -> str:
    """Runs, steps and the spans in them, one a line of at most `width` characters."""
    lines: list[str] = []
    for info in recording.runs:
        run = recording.run(info.number)
        lines.append(f"run {info.name!r} {info.status} steps={info.steps} spans={info.spans}")
        lines += [f"  {key}: {run.text(ref)}" for key, ref in run.root.bodies.items()]
        for step, spans in run.iter_turns():
            lines.append(f"  {step.index} {step.kind} {step.sender}>{step.recipient}")
            for span in spans:
                lines += _span(run, span)
        loose = run.loose_spans()
        if loose:
            lines.append("  outside of steps")
            for span in loose:
                lines += _span(run, span)
    return "\n".join(line[:width] for line in lines) + "\n"


def _span(run: Run, span: Any) -> Iterator[str]:
    error = f" !{span.error}" if span.error else ""
    end = "" if span.end_ns is not None else " open"
    yield f"    {span.op} {span.name!r} by {span.agent!r}{end}{error}"
    for key, ref in span.bodies.items():
        yield f"      {key}: {run.text(ref)}"


def shown_file(path: Path) -> str:
    with open_any(path) as recording:
        return shown(recording)


def pair(key: str, value: Any) -> dict[str, Any]:
    """An OTLP attribute."""
    match value:
        case bool():
            inner: dict[str, Any] = {"boolValue": value}
        case int():
            inner = {"intValue": str(value)}
        case float():
            inner = {"doubleValue": value}
        case str():
            inner = {"stringValue": value}
        case _:
            inner = value
    return {"key": key, "value": inner}


def otlp_span(
    number: int,
    name: str,
    parent: int = 0,
    *,
    at: int | None = None,
    trace: str = TRACE,
    attributes: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One OTLP/JSON span; it begins at second `at` (its number) and takes a millisecond."""
    start = (number if at is None else at) * 1_000_000_000
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 1_000_000),
        "attributes": [pair(key, value) for key, value in (attributes or {}).items()],
        **more,
    }


def request(*spans: dict[str, Any], service: str = "") -> dict[str, Any]:
    """One OTLP/JSON request."""
    resource = {"attributes": [pair("service.name", service)]} if service else {}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}
