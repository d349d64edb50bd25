"""Spans as they come over the wire, whatever the format: OTLP's model in plain Python values.

Everything is bounded here, once for all readers: what goes beyond is left out and counted in
`dropped`, or refused where leaving out would change the meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from msgspec import Struct

MAX_DEPTH: Final = 32  # of nested attribute values
MAX_ATTRIBUTES: Final = 16_384  # of one span; old conventions index every message's fields
MAX_EVENTS: Final = 1_024
MAX_LINKS: Final = 1_024
MAX_NAME: Final = 512  # characters of a name or key
MAX_COUNT: Final = 1 << 53
MAX_TIME: Final = (1 << 63) - 1
#: OTLP's kinds besides the internal one, and what they are called.
KINDS: Final = {2: "server", 3: "client", 4: "producer", 5: "consumer"}

#: Text, numbers, booleans, None, bytes, and lists and string-keyed dicts of these.
Plain = Any
Attributes = dict[str, Plain]


class WireEvent(Struct, gc=False):
    """Something that happened at one moment of a span."""

    name: str
    time_ns: int
    attributes: Attributes


class WireLink(Struct, gc=False):
    """A span that this one refers to, usually of another trace."""

    trace_id: int
    span_id: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Source:
    """Who made spans: the resource and the instrumentation scope, shared by many spans."""

    resource: Mapping[str, Plain] = field(default_factory=dict[str, Plain])
    scope: str = ""
    scope_version: str = ""


class WireSpan(Struct, gc=False):
    """One span. Dialects rewrite `attributes` in place to the pinned conventions."""

    trace_id: int
    id: int
    parent: int  # 0: none
    name: str
    kind: int  # OTLP's SpanKind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    start_ns: int
    end_ns: int | None  # None: it never ended
    attributes: Attributes
    events: list[WireEvent]
    links: list[WireLink]
    failed: bool  # its status is ERROR
    status: str  # the status' message
    source: Source
    dropped: int = 0  # attributes, events and links left out


def clean(text: str) -> str:
    """`text` without unpaired surrogates, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def as_dict(value: Plain) -> Attributes | None:
    """`value` when it is a dict."""
    return cast(Attributes, value) if isinstance(value, dict) else None


def as_count(value: Plain) -> int:
    """`value` when it is a number that something can be counted on from, else 0."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < MAX_COUNT else 0


def as_list(value: Plain) -> list[Plain] | None:
    """`value` when it is a list."""
    return cast(list[Plain], value) if isinstance(value, list) else None
