"""Jaeger's JSON, as its UI downloads a trace: microseconds, tags, logs, references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from .errors import NotATrace
from .spans import (
    MAX_ATTRIBUTES,
    MAX_EVENTS,
    MAX_LINKS,
    MAX_NAME,
    MAX_TIME,
    Attributes,
    Plain,
    Source,
    WireEvent,
    WireLink,
    WireSpan,
    as_dict,
    as_list,
    clean,
)

KINDS: Final = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_SCOPES: Final = ("otel.scope.name", "otel.library.name")
_CONSUMED: Final = frozenset(
    {"span.kind", "error", "otel.status_code", "otel.status_description", *_SCOPES}
)


def is_jaeger(document: Mapping[str, Plain]) -> bool:
    """Whether a decoded document is a download of Jaeger's, or one trace of it."""
    first = as_dict((as_list(document.get("data")) or [None])[0])
    return (first is not None and "traceID" in first) or "traceID" in document


def spans_of(document: Mapping[str, Plain]) -> Iterator[WireSpan]:
    """The spans of all traces in it.

    Raises:
        NotATrace: something in it is not as Jaeger writes it; the message says where.
    """
    traces = as_list(document.get("data")) if "data" in document else [document]
    for number, item in enumerate(traces or ()):
        at = f"data[{number}]"
        trace = as_dict(item)
        if trace is None:
            raise NotATrace(f"{at} is no object")
        sources = _sources(as_dict(trace.get("processes")) or {})
        for place, span in enumerate(as_list(trace.get("spans")) or ()):
            fields = as_dict(span)
            if fields is None:
                raise NotATrace(f"{at}.spans[{place}] is no object")
            try:
                yield _span(fields, sources)
            except (TypeError, ValueError, OverflowError) as error:
                raise NotATrace(f"{at}.spans[{place}]: {error}") from None


def _sources(processes: Attributes) -> dict[str, Attributes]:
    found: dict[str, Attributes] = {}
    for key, process in processes.items():
        fields = as_dict(process) or {}
        found[key] = _tags(fields.get("tags")) | {
            "service.name": str(fields.get("serviceName", ""))
        }
    return found


def _span(span: Attributes, sources: Mapping[str, Attributes]) -> WireSpan:
    tags = _tags(span.get("tags"))
    start = _nanoseconds(span.get("startTime"))
    duration = _nanoseconds(span.get("duration"))
    references = [r for each in as_list(span.get("references")) or () if (r := as_dict(each))]
    parent = next((r for r in references if r.get("refType") == "CHILD_OF"), None)
    trace_id = _id(span.get("traceID"), 32)
    links = [
        WireLink(_id(r.get("traceID"), 32), _id(r.get("spanID"), 16), {})
        for r in references[:MAX_LINKS]
        if r is not parent
    ]
    inside = parent is not None and _id(parent.get("traceID"), 32) == trace_id
    scope = next((str(tags[key]) for key in _SCOPES if key in tags), "")
    resource = sources.get(str(span.get("processID")), {})
    return WireSpan(
        trace_id=trace_id,
        id=_id(span.get("spanID"), 16),
        parent=_id(parent.get("spanID"), 16) if inside and parent is not None else 0,
        name=clean(str(span.get("operationName", ""))[:MAX_NAME]),
        kind=KINDS.get(str(tags.get("span.kind")), 0),
        start_ns=start,
        end_ns=min(start + duration, MAX_TIME),
        attributes={key: value for key, value in tags.items() if key not in _CONSUMED},
        events=[_event(each) for each in (as_list(span.get("logs")) or ())[:MAX_EVENTS]],
        links=links,
        failed=tags.get("error") is True or tags.get("otel.status_code") == "ERROR",
        status=clean(str(tags.get("otel.status_description", ""))),
        source=Source(resource, clean(scope[:MAX_NAME])),
    )


def _tags(tags: Plain) -> Attributes:
    found: Attributes = {}
    for each in (as_list(tags) or ())[:MAX_ATTRIBUTES]:
        tag = as_dict(each) or {}
        value = tag.get("value")
        if isinstance(value, str):
            value = clean(value)
        if isinstance(value, str | int | float | bool):
            found[clean(str(tag.get("key", ""))[:MAX_NAME])] = value
    return found


def _event(log: Plain) -> WireEvent:
    fields = as_dict(log) or {}
    attributes = _tags(fields.get("fields"))
    name = attributes.pop("event", "log")
    return WireEvent(str(name)[:MAX_NAME], _nanoseconds(fields.get("timestamp")), attributes)


def _nanoseconds(microseconds: Plain) -> int:
    if microseconds is None:
        return 0
    if not isinstance(microseconds, int | float) or isinstance(microseconds, bool):
        raise TypeError(f"{str(cast(object, microseconds))[:40]!r} is no time")
    time_ns = int(microseconds * 1_000)
    if not 0 <= time_ns <= MAX_TIME:
        raise ValueError(f"{microseconds} is no time")
    return time_ns


def _id(value: Plain, digits: int) -> int:
    """An id in hex; short ones have lost their leading zeros."""
    if not isinstance(value, str) or not 0 < len(value) <= digits:
        raise ValueError(f"{str(value)[:40]!r} is no id of {digits} hex digits")
    number = int.from_bytes(bytes.fromhex(value.zfill(digits)), "big")
    if not number:
        raise ValueError(f"{value!r} is no id")
    return number
