"""OTLP in protobuf, read and written through the generated classes of opentelemetry-proto."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
    TracesData,
)

from .density import refuse_dense
from .errors import NotATrace
from .fields import Fields, Readable
from .spans import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
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
    clean,
)

WHOLE: Final = 1 << 20  # bytes of a message that is parsed at once

_ERROR: Final = 2
#: Tags: TracesData's groups; of a group its resource and its scopes, of a scope it and its spans.
_GROUPS, _FIRST, _SECOND = 0x0A, 0x0A, 0x12
_INT64: Final = 1 << 63
_SIZES: Final = {"trace": 16, "span": 8, "parent": 8}

M = TypeVar("M", bound=Message)


# -- in --------------------------------------------------------------------------------------------
def decode(data: bytes) -> TracesData:
    """A request, which has the same fields as a file's TracesData.

    Raises:
        NotATrace: it is none, or it is cut off.
    """
    return _parsed(TracesData(), data)


def of_request(data: bytes) -> Iterator[WireSpan]:
    """The spans of a request; those of a large one are parsed one after the other.

    Raises:
        NotATrace: as `decode` and `spans_of`.
        TraceTooLarge: a span of it would take far more than its size.
    """
    return spans_of(decode(data)) if len(data) <= WHOLE else read(io.BytesIO(data), len(data))


def read(file: Readable, limit: int) -> Iterator[WireSpan]:
    """The spans of a file that is one message, which need not be in memory as a whole.

    What is larger than `WHOLE` is gone through field by field; a resource or scope must then come
    before its spans, as every writer has it.

    Raises:
        NotATrace: it is none, or it is cut off.
        TraceTooLarge: a span is larger than `limit` bytes.
    """
    fields = Fields(file, limit)
    for tag, size in fields.until(None):
        if tag != _GROUPS:
            fields.skip(tag, size)
        elif size <= WHOLE:
            yield from _of_group(_parsed(ResourceSpans(), fields.take(size)))
        else:
            yield from _group(fields, size)


def _group(fields: Fields, size: int) -> Iterator[WireSpan]:
    resource: Resource | None = None
    scopes = 0
    for tag, length in fields.until(size):
        if tag == _FIRST:
            fields.in_order(scopes)
            resource = _parsed(Resource(), fields.take(length))
        elif tag == _SECOND:
            scopes += 1
            known = {} if resource is None else _attributes(resource.attributes)[0]
            if length <= WHOLE:
                yield from _of_scope(_parsed(ScopeSpans(), fields.take(length)), known)
            else:
                yield from _scope_spans(fields, length, known)
        else:
            fields.skip(tag, length)


def _scope_spans(fields: Fields, size: int, resource: Attributes) -> Iterator[WireSpan]:
    source = Source(resource)
    spans = 0
    for tag, length in fields.until(size):
        if tag == _FIRST:
            fields.in_order(spans)
            source = _source(_parsed(InstrumentationScope(), fields.take(length)), resource)
        elif tag == _SECOND:
            spans += 1
            yield _span(_parsed(Span(), fields.take(length)), source)
        else:
            fields.skip(tag, length)


def _parsed(message: M, data: bytes) -> M:
    if len(data) > WHOLE:
        refuse_dense(cast("Descriptor", message.DESCRIPTOR), data)
    try:
        message.ParseFromString(data)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise NotATrace(f"no OTLP protobuf: {error}") from None
    return message


def spans_of(message: TracesData) -> Iterator[WireSpan]:
    """The spans of a request.

    Raises:
        NotATrace: an id or a time is none, or values are nested too deeply.
    """
    for group in message.resource_spans:
        yield from _of_group(group)


def _of_group(group: ResourceSpans) -> Iterator[WireSpan]:
    resource = _attributes(group.resource.attributes)[0]
    for holder in group.scope_spans:
        yield from _of_scope(holder, resource)


def _of_scope(holder: ScopeSpans, resource: Attributes) -> Iterator[WireSpan]:
    source = _source(holder.scope, resource)
    for span in holder.spans:
        yield _span(span, source)


def _source(scope: InstrumentationScope, resource: Attributes) -> Source:
    return Source(resource, clean(scope.name[:MAX_NAME]), clean(scope.version[:MAX_NAME]))


def _span(span: Span, source: Source) -> WireSpan:
    attributes, dropped = _attributes(span.attributes)
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    if max(start, end) > MAX_TIME:
        raise NotATrace(f"span {span.name[:40]!r}: {max(start, end)} is no time")
    links = [
        link
        for link in span.links[:MAX_LINKS]
        if _is_id(link.trace_id, "trace") and _is_id(link.span_id, "span")
    ]
    return WireSpan(
        trace_id=_id(span.trace_id, "trace", span.name),
        id=_id(span.span_id, "span", span.name),
        parent=_id(span.parent_span_id, "parent", span.name) if span.parent_span_id else 0,
        name=clean(span.name[:MAX_NAME]),
        kind=int(span.kind) if 0 <= int(span.kind) <= 5 else 0,
        start_ns=start,
        end_ns=max(start, end) if end else None,
        attributes=attributes,
        events=[
            WireEvent(
                clean(event.name[:MAX_NAME]),
                min(event.time_unix_nano, MAX_TIME),
                _attributes(event.attributes)[0],
            )
            for event in span.events[:MAX_EVENTS]
        ],
        links=[
            WireLink(
                int.from_bytes(link.trace_id, "big"),
                int.from_bytes(link.span_id, "big"),
                _attributes(link.attributes)[0],
            )
            for link in links
        ],
        failed=int(span.status.code) == _ERROR,
        status=clean(span.status.message),
        source=source,
        dropped=dropped + len(span.links) - len(links) + max(0, len(span.events) - MAX_EVENTS),
    )


def _is_id(data: bytes, kind: str) -> bool:
    return len(data) == _SIZES[kind] and any(data)


def _id(data: bytes, kind: str, name: str) -> int:
    if not _is_id(data, kind) and not (kind == "parent" and len(data) == 8):
        raise NotATrace(f"span {name[:40]!r}: {data[:20].hex()!r} is no {kind} id")
    return int.from_bytes(data, "big")


def _attributes(pairs: Sequence[KeyValue]) -> tuple[Attributes, int]:
    kept = pairs[:MAX_ATTRIBUTES]
    found = {clean(pair.key[:MAX_NAME]): _value(pair.value, 0) for pair in kept}
    return found, len(pairs) - len(kept)


def _value(value: AnyValue, depth: int) -> Plain:
    if depth > MAX_DEPTH:
        raise NotATrace(f"values are nested deeper than {MAX_DEPTH}")
    match value.WhichOneof("value"):
        case "string_value":
            return clean(value.string_value)
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bytes_value":
            return value.bytes_value
        case "array_value":
            return [_value(item, depth + 1) for item in value.array_value.values]
        case "kvlist_value":
            pairs = value.kvlist_value.values
            return {clean(pair.key[:MAX_NAME]): _value(pair.value, depth + 1) for pair in pairs}
        case _:
            return None


# -- out -------------------------------------------------------------------------------------------
def encode(spans: Iterable[WireSpan]) -> bytes:
    """A request of spans, which is also a file; those of one source that follow share it.

    Requests written one after the other are one request: protobuf appends repeated fields.
    """
    message = TracesData()
    source: Source | None = None
    into: ScopeSpans | None = None
    for span in spans:
        if into is None or span.source is not source:
            source = span.source
            into = _scope(message.resource_spans.add(), source)
        _fill(into.spans.add(), span)
    return message.SerializeToString()


def _scope(group: ResourceSpans, source: Source) -> ScopeSpans:
    group.resource.CopyFrom(Resource(attributes=_pairs(dict(source.resource))))
    scope = InstrumentationScope(name=source.scope, version=source.scope_version)
    return group.scope_spans.add(scope=scope)


def _fill(into: Span, span: WireSpan) -> None:
    into.trace_id = span.trace_id.to_bytes(16, "big")
    into.span_id = span.id.to_bytes(8, "big")
    if span.parent:
        into.parent_span_id = span.parent.to_bytes(8, "big")
    into.name = span.name
    into.kind = Span.SpanKind.ValueType(span.kind)
    into.start_time_unix_nano = span.start_ns
    into.end_time_unix_nano = span.end_ns or 0
    into.attributes.extend(_pairs(span.attributes))
    for event in span.events:
        into.events.add(
            name=event.name, time_unix_nano=event.time_ns, attributes=_pairs(event.attributes)
        )
    for link in span.links:
        into.links.add(
            trace_id=link.trace_id.to_bytes(16, "big"),
            span_id=link.span_id.to_bytes(8, "big"),
            attributes=_pairs(link.attributes),
        )
    if span.failed:
        into.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=span.status))


def _pairs(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any(value)) for key, value in attributes.items()]


def _any(value: Plain) -> AnyValue:
    made = AnyValue()
    match value:
        case None:
            pass
        case bool():
            made.bool_value = value
        case int():
            if -_INT64 <= value < _INT64:
                made.int_value = value
            else:
                made.string_value = str(value)
        case float():
            made.double_value = value
        case str():
            made.string_value = value
        case bytes():
            made.bytes_value = value
        case list():
            made.array_value.values.extend(_any(item) for item in value)  # pyright: ignore[reportUnknownVariableType]  Plain
            made.array_value.SetInParent()
        case dict():
            made.kvlist_value.values.extend(_pairs(value))  # pyright: ignore[reportUnknownArgumentType]  Plain
            made.kvlist_value.SetInParent()
        case _:
            made.string_value = str(value)
    return made
