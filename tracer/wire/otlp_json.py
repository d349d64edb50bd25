"""OTLP/JSON read by hand: protobuf's own JSON reader takes OTLP's hex ids for base64.

Ids are hex in either case (base64 as protobuf writes it is recognised by its length), 64-bit
integers are strings or numbers, enums numbers or names, keys in camelCase or snake_case.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

import msgspec

from . import otlp_usual
from .errors import NotATrace, TraceTooLarge
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
TRACES: Final = 64  # whose ids are remembered
AT_ONCE: Final = 8 << 20  # bytes of a document that is gone through once, and not level by level
MAX_GROUPS: Final = 200_000  # resources of a document, or scopes of one
_SPECIAL: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (type(None), "null"),
    (dict, "an object"),
    (list, "an array"),
    (str, "text"),
    (bool, "a boolean"),
)

_SCOPES: Final = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_SPANS: Final = ("spans",)

_decode = msgspec.json.Decoder().decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode

Object = dict[str, Any]
Before = tuple[int, int, int]  # groups, scopes of one, spans of one of these
T = TypeVar("T")


def spans_of(document: object, before: Before = (0, 0, 0)) -> Iterator[WireSpan]:
    """The spans of one decoded OTLP/JSON request, or of a list of them.

    `before`: what was left out at its begin, as it is a piece of another one.

    Raises:
        NotATrace: it is something else; the message says where in the document.
    """
    if isinstance(document, list):
        for place, request in enumerate(cast(list[object], document)):
            with _at("", place):
                yield from _request(_object(request))
    else:
        yield from _request(_object(document, "the document"), before)


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


@contextmanager
def _at(name: str, place: int) -> Generator[None]:
    """Say where in the document it was. Nothing is said, or made, while all is well."""
    try:
        yield
    except NotATrace as error:
        raise _further(name, place, error) from None


def _further(name: str, place: int, error: NotATrace) -> NotATrace:
    joint = "" if error.what[:1] in " [:" else "."
    return NotATrace(f"{name}[{place}]{joint}{error.what}", error.advice)


def _request(request: Object, before: Before = (0, 0, 0)) -> Iterator[WireSpan]:
    groups = _list(request, "resourceSpans", "resource_spans")
    if not groups and "resourceSpans" not in request and "resource_spans" not in request:
        other = next((k for k in request if k.lower().startswith("resource")), None)
        what = f"it holds {other!r}, not spans" if other else "it has no 'resourceSpans'"
        raise NotATrace(f": no OTLP trace: {what}")
    for place, item in enumerate(groups, before[0]):
        with _at("resourceSpans", place):
            group = _object(item)
            resource = _attributes(_object(group.get("resource") or {}, "resource"))[0]
            yield from _scopes(group, resource, (0, 0) if place > before[0] else before[1:])


def _scopes(group: Object, resource: Attributes, before: tuple[int, int]) -> Iterator[WireSpan]:
    scopes = _list(group, "scopeSpans", "scope_spans")
    key = "scopeSpans"
    if not scopes:  # before OTLP 0.15
        key = "instrumentationLibrarySpans"
        scopes = _list(group, key, "instrumentation_library_spans")
    for place, item in enumerate(scopes, before[0]):
        with _at(key, place):
            holder = _object(item)
            named: object = holder.get("scope") or holder.get("instrumentationLibrary")
            scope = _object(named or {}, "scope")
            source = Source(resource, _text(scope, "name"), _text(scope, "version"))
            spans = _list(holder, "spans", "spans")
            for number, span in enumerate(spans, 0 if place > before[0] else before[1]):
                try:
                    made = _usual(span, source) or _span(_object(_whole(span)), source)
                except NotATrace as error:
                    raise _further("spans", number, error) from None
                yield made


def _usual(span: object, source: Source) -> WireSpan | None:
    """A span that is still in JSON, and written in the usual way."""
    known = otlp_usual.usual(span) if isinstance(span, msgspec.Raw) else None
    if known is None or len(known.attributes) > MAX_ATTRIBUTES:
        return None
    try:
        start = otlp_usual.nanoseconds(known.start_time_unix_nano)
        end = otlp_usual.nanoseconds(known.end_time_unix_nano)
        code, message = _status(_object(known.status, "status")) if known.status else (0, "")
        above, kind = known.parent_span_id, known.kind
        made = WireSpan(
            trace_id=_trace_id(known.trace_id),
            id=otlp_usual.id_of(known.span_id) or _id(known.span_id, 8, "spanId"),
            parent=(otlp_usual.id_of(above) or _id(above, 8, "parentSpanId", none=True))
            if above
            else 0,
            name=known.name[:MAX_NAME],
            kind=kind if type(kind) is int and 0 <= kind < len(KINDS) else _kind_of(kind),
            start_ns=start,
            end_ns=max(start, end) if end else None,
            attributes=otlp_usual.attributes_of(known, _value),
            events=[],
            links=[],
            failed=code == ERROR,
            status=message,
            source=source,
        )
        if known.events or known.links:
            _attach(made, known.events, known.links)
    except (NotATrace, ValueError):
        return None  # it is told with its place
    return made


def shallow(data: bytes) -> object:
    """A document as `decode` makes it, but with its spans still in JSON: in a tenth of the room.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError, RecursionError: it is no JSON of this shape.
        TraceTooLarge: it has more groups of spans than anybody has.
    """
    if len(data) <= AT_ONCE:
        with suppress(msgspec.ValidationError):
            made = otlp_usual.request(data, MAX_GROUPS)
            if made:
                return made
    return _opened(_members(data), ("resourceSpans", "resource_spans"), _SCOPES, _SPANS)


def _opened(
    members: dict[str, msgspec.Raw], keys: tuple[str, ...], *below: tuple[str, ...]
) -> Object:
    """An object's members decoded, but what lies under `keys` and `below` one level at a time."""
    made: Object = {}
    for key, value in members.items():
        if key not in keys:
            made[key] = _decode(value)
        elif below:
            items = _items(value)
            if len(items) > MAX_GROUPS:
                raise TraceTooLarge(f"a JSON document has more than {MAX_GROUPS:,} {key!r}")
            made[key] = [_opened(_members(item), *below) for item in items]
        else:
            made[key] = _items(value)
    return made


def _whole(span: object) -> object:
    return decode(bytes(span)) if isinstance(span, msgspec.Raw) else span


def decode(data: bytes) -> object:
    """JSON as plain values.

    Raises:
        NotATrace: it is none, is cut off, is nested too deeply, or is no UTF-8.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return cast(object, _decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        first = error
    try:  # NaN, huge numbers and lone surrogates are no JSON, but are written
        return cast(object, json.loads(data))
    except UnicodeDecodeError as error:
        raise NotATrace(f"no UTF-8 at byte {error.start}: {error.reason}") from None
    except RecursionError:
        raise NotATrace("JSON nested too deeply to be a trace") from None
    except ValueError:
        raise NotATrace(f"no JSON: {first}") from None


def _span(span: Object, source: Source) -> WireSpan:
    attributes, dropped = _attributes(span)
    start = _time(span, "startTimeUnixNano", "start_time_unix_nano")
    end = _time(span, "endTimeUnixNano", "end_time_unix_nano")
    status: object = span.get("status")
    code, message = _status(_object(status, "status")) if status else (0, "")
    made = WireSpan(
        trace_id=_id(_get(span, "traceId", "trace_id"), 16, "traceId"),
        id=_id(_get(span, "spanId", "span_id"), 8, "spanId"),
        parent=_id(_get(span, "parentSpanId", "parent_span_id"), 8, "parentSpanId", none=True),
        name=_text(span, "name"),
        kind=_kind_of(span.get("kind")),
        start_ns=start,
        end_ns=max(start, end) if end else None,
        attributes=attributes,
        events=[],
        links=[],
        failed=code == ERROR,
        status=message,
        source=source,
        dropped=dropped,
    )
    _attach(made, span.get("events"), span.get("links"))
    return made


def _attach(made: WireSpan, events: object, links: object) -> None:
    """Its events and links, as many as are kept of each."""
    if events:
        made.events = _each(events, "events", _event, MAX_EVENTS)
        made.dropped += len(cast(list[object], events)) - len(made.events)
    if links:
        made.links = [one for one in _each(links, "links", _link, MAX_LINKS) if one]
        made.dropped += len(cast(list[object], links)) - len(made.links)


def _kind_of(kind: object) -> int:
    return _enum(kind, "SPAN_KIND_", KINDS, "kind")


def _status(status: Object) -> tuple[int, str]:
    code = _enum(status.get("code"), "STATUS_CODE_", ("unset", "ok", "error"), "status.code")
    message: object = status.get("message")
    return code, "" if message is None else clean(_as_text(message, "status.message"))


def _each(items: object, name: str, make: Callable[[object], T], limit: int) -> list[T]:
    if not isinstance(items, list):
        raise NotATrace(f"{name} is {_kind(items)}, not an array")
    made: list[T] = []
    try:
        for item in cast(list[object], items)[:limit]:
            made.append(make(item))  # noqa: PERF401 their number tells where it went wrong
    except NotATrace as error:
        raise _further(name, len(made), error) from None
    return made


def _event(event: object) -> WireEvent:
    fields = _object(event)
    time_ns = _time(fields, "timeUnixNano", "time_unix_nano")
    return WireEvent(_text(fields, "name"), time_ns, _attributes(fields)[0])


def _link(link: object) -> WireLink | None:
    fields = _object(link)
    try:
        trace_id = _id(_get(fields, "traceId", "trace_id"), 16, "traceId")
        span_id = _id(_get(fields, "spanId", "span_id"), 8, "spanId")
    except NotATrace:  # to no span, as SDKs let a program make them
        return None
    return WireLink(trace_id, span_id, _attributes(fields)[0])


# -- attributes ------------------------------------------------------------------------------------
def _attributes(holder: Object) -> tuple[Attributes, int]:
    """The attributes, and how many were left out."""
    pairs: object = holder.get("attributes")
    if not pairs:
        return {}, 0
    found: Attributes = dict(_each(pairs, "attributes", _pair, MAX_ATTRIBUTES))
    return found, max(0, len(cast(list[object], pairs)) - MAX_ATTRIBUTES)


def _pair(item: object) -> tuple[str, Plain]:
    pair = _object(item)
    return _text(pair, "key"), _value(pair.get("value"))


def _value(value: object, depth: int = 0) -> Plain:
    if value is None:
        return None
    if depth > MAX_DEPTH:
        raise NotATrace(f": values are nested deeper than {MAX_DEPTH}")
    for key, content in _object(value, "value").items():
        match key:
            case "stringValue" | "string_value":
                return clean(_as_text(content, key))
            case "boolValue" | "bool_value":
                return _as_bool(content)
            case "intValue" | "int_value":
                return _as_int(content, key)
            case "doubleValue" | "double_value":
                return _as_float(content)
            case "arrayValue" | "array_value":
                items = _list(_object(content, key), "values", "values")
                return [_value(item, depth + 1) for item in items]
            case "kvlistValue" | "kvlist_value":
                return _map(_list(_object(content, key), "values", "values"), depth)
            case "bytesValue" | "bytes_value":
                return _as_bytes(content)
            case _:
                continue
    return None


def _map(pairs: list[object], depth: int) -> dict[str, Plain]:
    fields = [_object(pair) for pair in pairs]
    return {_text(pair, "key"): _value(pair.get("value"), depth + 1) for pair in fields}


# -- scalars ---------------------------------------------------------------------------------------
def _get(fields: Object, camel: str, snake: str) -> object:
    found = fields.get(camel)
    return fields.get(snake) if found is None else found


def _object(value: object, name: str = "") -> Object:
    if isinstance(value, dict):
        return cast(Object, value)
    raise NotATrace(f"{name} is {_kind(value)}, not an object")


def _list(fields: Object, camel: str, snake: str) -> list[object]:
    value = _get(fields, camel, snake)
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotATrace(f"{camel} is {_kind(value)}, not an array")
    return cast(list[object], value)


def _kind(value: object) -> str:
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "a number"


def _as_text(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    raise NotATrace(f"{name} is {_kind(value)}, not text")


def _text(fields: Object, key: str) -> str:
    """A name: text of bounded length, "" when there is none."""
    value = fields.get(key)
    return "" if value is None else clean(_as_text(value, key)[:MAX_NAME])


def _as_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise NotATrace(f"boolValue is {_kind(value)}, not a boolean")


def _as_int(value: object, name: str) -> int:
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
    raise NotATrace(f"{name}: {str(value)[:40]!r} is no 64-bit integer")


def _as_float(value: object) -> float:
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
    raise NotATrace(f"doubleValue: {str(value)[:40]!r} is no number")


def _as_bytes(value: object) -> bytes:
    text = _as_text(value, "bytesValue")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotATrace(f"bytesValue: {text[:40]!r} is no base64") from None


def _time(fields: Object, camel: str, snake: str) -> int:
    """Nanoseconds since the Unix epoch, 0 when they are not told."""
    value = _get(fields, camel, snake)
    if value is None or value == "":
        return 0
    time_ns = _as_int(value, camel)
    if not 0 <= time_ns <= MAX_TIME:
        raise NotATrace(f"{camel}: {time_ns} is no time")
    return time_ns


def _id(value: object, size: int, name: str, *, none: bool = False) -> int:
    """An id of `size` bytes; 0 stands for none, where there may be none."""
    if not value and none:
        return 0
    text = _as_text(value, name)
    number = _number_of(text, size)
    if number is None or (number == 0 and not none):
        raise NotATrace(f"{name}: {text[:40]!r} is no id of {2 * size} hex digits")
    return number


@lru_cache(TRACES)
def _trace_id(text: str) -> int:
    """A trace's: many spans on end have the same."""
    return _id(text, 16, "traceId")


def _number_of(text: str, size: int) -> int | None:
    try:
        if len(text) == 2 * size:
            return int.from_bytes(bytes.fromhex(text), "big")
        if len(text) == 4 * -(-size // 3):  # base64, as protobuf's own JSON has it
            data = base64.b64decode(text, validate=True)
            return int.from_bytes(data, "big") if len(data) == size else None
    except ValueError:
        pass
    return None


def _enum(value: object, prefix: str, names: tuple[str, ...], name: str) -> int:
    """An enum by number or name; one that is not known counts as not told."""
    if isinstance(value, str):
        word = value.lower().removeprefix(prefix.lower())
        if word in names:
            return names.index(word)
        if not word.isdecimal() or len(word) > 9:
            return 0
        value = int(word)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value if value is not None and 0 <= value < len(names) else 0
    raise NotATrace(f"{name} is {_kind(value)}, not a number or a name")
