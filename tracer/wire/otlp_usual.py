"""OTLP/JSON spans as nearly everybody writes them, read several times as fast as others.

All members have their usual names and types; whatever is otherwise is read by hand (`otlp_json`),
which also finds out what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypedDict

import msgspec
from msgspec import Struct

from .spans import MAX_NAME, MAX_TIME, Attributes, Plain

DIGITS: Final = 20  # of a 64-bit number with its sign; longer ones are looked at
HEX: Final = 16  # digits of a span's id


class Pair(Struct, gc=False):
    """An attribute."""

    key: str
    value: dict[str, Plain] | None = None


class Usual(Struct, forbid_unknown_fields=True, rename="camel", gc=False):
    """A span."""

    trace_id: str
    span_id: str
    start_time_unix_nano: str | int
    end_time_unix_nano: str | int
    name: str
    parent_span_id: str = ""
    kind: Any = None
    attributes: list[Pair] = []
    status: Any = None
    events: Any = None
    links: Any = None
    trace_state: Any = None
    flags: Any = None
    dropped_attributes_count: Any = None
    dropped_events_count: Any = None
    dropped_links_count: Any = None


class Scope(TypedDict, total=False):
    """Spans of one instrumentation, still in JSON."""

    scope: Any
    instrumentationLibrary: Any
    spans: list[msgspec.Raw]


class Group(TypedDict, total=False):
    """Spans of one resource."""

    resource: Any
    scopeSpans: list[Scope]


class Request(TypedDict, total=False):
    """A document, or a piece of one."""

    resourceSpans: list[Group]


_read = msgspec.json.Decoder(Usual).decode
_request = msgspec.json.Decoder(Request).decode


def request(data: bytes, most: int) -> Request | None:
    """A document that is gone through only once, None when its groups are not told as usual, or
    there are more than `most`.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError, RecursionError: it is none of this shape.
    """
    made = _request(data)
    groups = made.get("resourceSpans", [])
    counts = [len(group.get("scopeSpans", ())) for group in groups]
    return made if counts and min(counts) and max(len(counts), *counts) <= most else None


def usual(span: msgspec.Raw) -> Usual | None:
    """A span, None when it is not written in the usual way."""
    try:
        return _read(span)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def attributes_of(span: Usual, other: Callable[[Plain], Plain]) -> Attributes:
    """Its attributes. `other` reads values that are no text and no whole number.

    Texts need no `clean`: msgspec refuses unpaired surrogates.

    Raises:
        ValueError: a value has to be looked at.
    """
    found: Attributes = {}
    for pair in span.attributes:
        key, value = pair.key, pair.value
        if len(key) > MAX_NAME:
            key = key[:MAX_NAME]
        if value is not None and len(value) == 1:
            text = value.get("stringValue")
            if type(text) is str:
                found[key] = text
                continue
            number = value.get("intValue")
            if type(number) is str and len(number) <= DIGITS:
                found[key] = int(number)
                continue
        found[key] = other(value)
    return found


def nanoseconds(time: str | int) -> int:
    """A time.

    Raises:
        ValueError: it has to be looked at.
    """
    if type(time) is str and len(time) <= DIGITS:
        time = int(time)
    if type(time) is int and 0 <= time <= MAX_TIME:
        return time
    raise ValueError(time)


def id_of(text: str) -> int:
    """A span's id, 0 when it has to be looked at.

    Raises:
        ValueError: likewise.
    """
    return int.from_bytes(bytes.fromhex(text), "big") if len(text) == HEX else 0
