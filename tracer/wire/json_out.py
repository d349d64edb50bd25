"""OTLP/JSON written: hex ids, 64-bit integers as strings, keys in camelCase."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from .spans import Attributes, Plain, Source, WireSpan

_SPECIAL = {math.inf: "Infinity", -math.inf: "-Infinity"}


def document(spans: Iterable[WireSpan], source: Source) -> Iterator[str]:
    """One OTLP/JSON document in pieces, one span at a time. All spans are of `source`."""
    resource = _dump({"attributes": _attributes(dict(source.resource))})
    scope = _dump({"name": source.scope, "version": source.scope_version})
    yield f'{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"scope":{scope},"spans":[\n'
    for place, span in enumerate(spans):
        yield (",\n" if place else "") + _dump(span_object(span))
    yield "\n]}]}]}\n"


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def span_object(span: WireSpan) -> dict[str, Any]:
    """One span as OTLP/JSON has it."""
    made: dict[str, Any] = {
        "traceId": f"{span.trace_id:032x}",
        "spanId": f"{span.id:016x}",
        "parentSpanId": f"{span.parent:016x}" if span.parent else "",
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "attributes": _attributes(span.attributes),
    }
    if span.end_ns is not None:
        made["endTimeUnixNano"] = str(span.end_ns)
    if span.events:
        made["events"] = [
            {
                "timeUnixNano": str(event.time_ns),
                "name": event.name,
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ]
    if span.links:
        made["links"] = [
            {
                "traceId": f"{link.trace_id:032x}",
                "spanId": f"{link.span_id:016x}",
                "attributes": _attributes(link.attributes),
            }
            for link in span.links
        ]
    if span.failed:
        made["status"] = {"code": 2, "message": span.status}
    return made


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Plain) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            if math.isfinite(value):
                return {"doubleValue": value}
            return {"doubleValue": _SPECIAL.get(value, "NaN")}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}  # pyright: ignore[reportUnknownVariableType]  Plain
        case dict():
            return {"kvlistValue": {"values": _attributes(value)}}  # pyright: ignore[reportUnknownArgumentType]  Plain
        case _:
            return {"stringValue": str(value)}
