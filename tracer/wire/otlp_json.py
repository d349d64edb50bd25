"""OTLP/JSON read by hand: protobuf's own JSON reader takes OTLP's hex ids for base64.

Ids are hex in either case (base64 as protobuf writes it is recognised by its length), 64-bit
integers are strings or numbers, enums numbers or names, keys in camelCase or snake_case.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any, Final, cast

from .errors import NotATrace
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

KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
ERROR: Final = 2
_SPECIAL: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (type(None), "null"),
    (dict, "an object"),
    (list, "an array"),
    (str, "text"),
    (bool, "a boolean"),
)

Object = dict[str, Any]


def spans_of(document: object) -> Iterator[WireSpan]:
    """The spans of one decoded OTLP/JSON request, or of a list of them.

    Raises:
        NotATrace: it is something else; the message says where in the document.
    """
    if isinstance(document, list):
        for place, request in enumerate(cast(list[object], document)):
            yield from _request(_object(request, f"[{place}]"), f"[{place}]")
    else:
        yield from _request(_object(document, "the document"), "")


def is_request(document: object) -> bool:
    """Whether a decoded document looks like an OTLP request of any signal."""
    if isinstance(document, list):
        items = cast(list[object], document)
        return bool(items) and is_request(items[0])
    if not isinstance(document, dict):
        return False
    known = cast(Object, document)
    return any(
        key in known
        for signal in ("Spans", "Logs", "Metrics")
        for key in (f"resource{signal}", f"resource_{signal.lower()}")
    )


def _request(request: Object, at: str) -> Iterator[WireSpan]:
    groups = _list(request, "resourceSpans", "resource_spans", at)
    if not groups and "resourceSpans" not in request and "resource_spans" not in request:
        other = next((k for k in request if k.lower().startswith("resource")), None)
        what = f"it holds {other!r}, not spans" if other else "it has no 'resourceSpans'"
        raise NotATrace(f"no OTLP trace{' at ' + at if at else ''}: {what}")
    for place, item in enumerate(groups):
        where = f"{at}.resourceSpans[{place}]".lstrip(".")
        group = _object(item, where)
        resource = _attributes(
            _object(group.get("resource") or {}, f"{where}.resource"), f"{where}.resource"
        )[0]
        yield from _scopes(group, resource, where)


def _scopes(group: Object, resource: Attributes, at: str) -> Iterator[WireSpan]:
    scopes = _list(group, "scopeSpans", "scope_spans", at)
    key = "scopeSpans"
    if not scopes:  # before OTLP 0.15
        key = "instrumentationLibrarySpans"
        scopes = _list(group, key, "instrumentation_library_spans", at)
    for place, item in enumerate(scopes):
        where = f"{at}.{key}[{place}]"
        holder = _object(item, where)
        named: object = holder.get("scope") or holder.get("instrumentationLibrary")
        scope = _object(named or {}, f"{where}.scope")
        source = Source(resource, _text(scope, "name", where), _text(scope, "version", where))
        for number, span in enumerate(_list(holder, "spans", "spans", where)):
            inner = f"{where}.spans[{number}]"
            yield _span(_object(span, inner), source, inner)


def _span(span: Object, source: Source, at: str) -> WireSpan:
    attributes, dropped = _attributes(span, at)
    status = _object(span.get("status") or {}, f"{at}.status")
    start = _time(span, "startTimeUnixNano", "start_time_unix_nano", at)
    end = _time(span, "endTimeUnixNano", "end_time_unix_nano", at)
    events = _list(span, "events", "events", at)
    links = _list(span, "links", "links", at)
    return WireSpan(
        trace_id=_id(_get(span, "traceId", "trace_id"), 16, f"{at}.traceId"),
        id=_id(_get(span, "spanId", "span_id"), 8, f"{at}.spanId"),
        parent=_id(_get(span, "parentSpanId", "parent_span_id"), 8, at, none=True),
        name=_text(span, "name", at),
        kind=_enum(span.get("kind"), "SPAN_KIND_", KINDS, f"{at}.kind"),
        start_ns=start,
        end_ns=max(start, end) if end else None,
        attributes=attributes,
        events=[_event(each, f"{at}.events[{i}]") for i, each in enumerate(events[:MAX_EVENTS])],
        links=[_link(each, f"{at}.links[{i}]") for i, each in enumerate(links[:MAX_LINKS])],
        failed=_enum(
            status.get("code"), "STATUS_CODE_", ("unset", "ok", "error"), f"{at}.status.code"
        )
        == ERROR,
        status=_long_text(status, "message", f"{at}.status"),
        source=source,
        dropped=dropped + max(0, len(events) - MAX_EVENTS) + max(0, len(links) - MAX_LINKS),
    )


def _event(event: object, at: str) -> WireEvent:
    fields = _object(event, at)
    time_ns = _time(fields, "timeUnixNano", "time_unix_nano", at)
    return WireEvent(_text(fields, "name", at), time_ns, _attributes(fields, at)[0])


def _link(link: object, at: str) -> WireLink:
    fields = _object(link, at)
    return WireLink(
        _id(_get(fields, "traceId", "trace_id"), 16, f"{at}.traceId"),
        _id(_get(fields, "spanId", "span_id"), 8, f"{at}.spanId"),
        _attributes(fields, at)[0],
    )


# -- attributes ------------------------------------------------------------------------------------
def _attributes(holder: Object, at: str) -> tuple[Attributes, int]:
    """The attributes, and how many were left out."""
    pairs = _list(holder, "attributes", "attributes", at)
    found: Attributes = {}
    for place, item in enumerate(pairs[:MAX_ATTRIBUTES]):
        where = f"{at}.attributes[{place}]"
        pair = _object(item, where)
        found[_text(pair, "key", where)] = _value(pair.get("value"), where, 0)
    return found, len(pairs) - len(pairs[:MAX_ATTRIBUTES])


def _value(value: object, at: str, depth: int) -> Plain:
    if value is None:
        return None
    if depth > MAX_DEPTH:
        raise NotATrace(f"{at}: values are nested deeper than {MAX_DEPTH}")
    for key, content in _object(value, f"{at}.value").items():
        match key:
            case "stringValue" | "string_value":
                return clean(_as_text(content, at))
            case "boolValue" | "bool_value":
                return _as_bool(content, at)
            case "intValue" | "int_value":
                return _as_int(content, at)
            case "doubleValue" | "double_value":
                return _as_float(content, at)
            case "arrayValue" | "array_value":
                items = _list(_object(content, at), "values", "values", at)
                return [_value(item, at, depth + 1) for item in items]
            case "kvlistValue" | "kvlist_value":
                return _map(_list(_object(content, at), "values", "values", at), at, depth)
            case "bytesValue" | "bytes_value":
                return _as_bytes(content, at)
            case _:
                continue
    return None


def _map(pairs: list[object], at: str, depth: int) -> dict[str, Plain]:
    fields = [_object(pair, at) for pair in pairs]
    return {_text(pair, "key", at): _value(pair.get("value"), at, depth + 1) for pair in fields}


# -- scalars ---------------------------------------------------------------------------------------
def _get(fields: Object, camel: str, snake: str) -> object:
    found = fields.get(camel)
    return fields.get(snake) if found is None else found


def _object(value: object, at: str) -> Object:
    if not isinstance(value, dict):
        raise NotATrace(f"{at} is {_kind(value)}, not an object")
    return cast(Object, value)


def _list(fields: Object, camel: str, snake: str, at: str) -> list[object]:
    value = _get(fields, camel, snake)
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotATrace(f"{at}.{camel} is {_kind(value)}, not an array".lstrip("."))
    return cast(list[object], value)


def _kind(value: object) -> str:
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "a number"


def _as_text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise NotATrace(f"{at} is {_kind(value)}, not text")
    return value


def _text(fields: Object, key: str, at: str) -> str:
    """A name: text of bounded length, "" when there is none."""
    value = fields.get(key)
    return "" if value is None else clean(_as_text(value, f"{at}.{key}")[:MAX_NAME])


def _long_text(fields: Object, key: str, at: str) -> str:
    value = fields.get(key)
    return "" if value is None else clean(_as_text(value, f"{at}.{key}"))


def _as_bool(value: object, at: str) -> bool:
    if isinstance(value, bool):
        return value
    raise NotATrace(f"{at} is {_kind(value)}, not a boolean")


def _as_int(value: object, at: str) -> int:
    """64-bit integers are strings in JSON, or numbers by those who do not care."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            pass
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 1 << 64:
        return value
    raise NotATrace(f"{at}: {str(value)[:40]!r} is no 64-bit integer")


def _as_float(value: object, at: str) -> float:
    if isinstance(value, str):
        if value in _SPECIAL:
            return _SPECIAL[value]
        try:
            return float(value)
        except ValueError:
            pass
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    raise NotATrace(f"{at}: {str(value)[:40]!r} is no number")


def _as_bytes(value: object, at: str) -> bytes:
    text = _as_text(value, at)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotATrace(f"{at}: {text[:40]!r} is no base64") from None


def _time(fields: Object, camel: str, snake: str, at: str) -> int:
    """Nanoseconds since the Unix epoch, 0 when they are not told."""
    value = _get(fields, camel, snake)
    if value is None or value == "":
        return 0
    time_ns = _as_int(value, f"{at}.{camel}")
    if not 0 <= time_ns <= MAX_TIME:
        raise NotATrace(f"{at}.{camel}: {time_ns} is no time")
    return time_ns


def _id(value: object, size: int, at: str, *, none: bool = False) -> int:
    """An id of `size` bytes; 0 stands for none, where there may be none."""
    if not value and none:
        return 0
    text = _as_text(value, at)
    number = _number_of(text, size)
    if number is None or (number == 0 and not none):
        raise NotATrace(f"{at}: {text[:40]!r} is no id of {2 * size} hex digits")
    return number


def _number_of(text: str, size: int) -> int | None:
    try:
        if len(text) == 2 * size:
            return int.from_bytes(bytes.fromhex(text), "big")
        if len(text) == 4 * -(-size // 3):  # base64, as protobuf's own JSON has it
            return int.from_bytes(base64.b64decode(text, validate=True), "big")
    except ValueError:
        pass
    return None


def _enum(value: object, prefix: str, names: tuple[str, ...], at: str) -> int:
    """An enum by number or name; one that is not known counts as not told."""
    if isinstance(value, str):
        name = value.lower().removeprefix(prefix.lower())
        if name in names:
            return names.index(name)
        if not name.isdecimal() or len(name) > 9:
            return 0
        value = int(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value if value is not None and 0 <= value < len(names) else 0
    raise NotATrace(f"{at} is {_kind(value)}, not a number or a name")
