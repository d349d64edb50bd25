"""A span on its way into a recording: the pinned conventions' names, bodies apart, all bounded."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field

from .. import conventions as c
from ..bodies import Body, Context
from ..bodies import text as text_body
from ..names import Value
from ..recorder import Message
from ..sampler import Reading
from .messages import as_json
from .spans import MAX_NAME, Plain, WireSpan, clean

if TYPE_CHECKING:
    from .aside import Aside

LONG: Final = 512  # characters; a longer value is kept as a body
KEPT: Final = 256  # attributes of a span beside its bodies
BUDGET: Final = 64 << 10  # characters of one span's attributes, and of its events
MAX_BODIES: Final = 512
STACK: Final = 4_000  # characters of a stack trace: its end
DROPPED: Final = "agentloupe.dropped"  # attributes, events and links that were left out
SERVICE: Final = "service.name"
RUN_ERROR: Final = "agentloupe.run.error"  # of a span inside a run that has none of its own

_INT64: Final = 1 << 63

Event = tuple[str, int, dict[str, Value]]


class Rest(Struct, gc=False):
    """What a draft says beside its outline."""

    attributes: dict[str, Value] = {}
    bodies: dict[str, Body | Context] = {}
    links: list[tuple[int, str]] = []
    events: list[Event] = []


class Draft(Struct, eq=False, gc=False):
    """What becomes a span's record. `order` is its place in the file.

    In a large run the rest of it may lie `aside` for a while. The collector does not see drafts: it
    walked through all of a run's again and again. What they lie aside with lets go of them itself.
    """

    trace_id: int
    id: int
    parent: int
    op: str
    name: str
    agent: str  # identity, "" when it does not say
    start_ns: int
    end_ns: int | None
    order: int
    scope: str = ""  # the instrumentation that tells
    service: str = ""
    error: str | None = None
    step: int | None = None
    boundary: bool = False
    message: Message | None = None
    reading: Reading | None = None  # it is a memory sample, and no span
    rest: Rest | None = field(default_factory=Rest)
    aside: Aside | None = None
    place: int = 0  # there
    size: int = 0  # in bytes, there or about what it would be
    untold: bool = False  # `tells_nothing` of what lies there

    @property
    def whole(self) -> Rest:
        """The rest, from wherever it is. Not to be held: it is put aside again."""
        if self.rest is None:
            assert self.aside is not None
            return self.aside.back(self)
        return self.rest

    def released(self) -> Rest:
        """The rest, for the last time."""
        rest = self.rest
        if rest is None:
            assert self.aside is not None
            return self.aside.read(self)
        return rest

    @property
    def silent(self) -> bool:
        """It is a tool's call of which arguments or result are told elsewhere, if at all."""
        rest = self.rest
        return self.untold if rest is None else tells_nothing(self.op, rest)

    @property
    def attributes(self) -> dict[str, Value]:
        """By the conventions' names."""
        return self.whole.attributes

    @property
    def bodies(self) -> dict[str, Body | Context]:
        """Texts, by the attributes that they are."""
        return self.whole.bodies

    @property
    def links(self) -> list[tuple[int, str]]:
        """Spans of the same run, and what they are to this one."""
        return self.whole.links

    @property
    def events(self) -> list[Event]:
        """Name, time and attributes."""
        return self.whole.events


def tells_nothing(op: str, rest: Rest) -> bool:
    """It is a tool's call with an id that lacks its arguments or its result."""
    return (
        op == c.TOOL
        and isinstance(rest.attributes.get(c.TOOL_CALL_ID), str)
        and not (c.TOOL_ARGUMENTS in rest.bodies and c.TOOL_RESULT in rest.bodies)
    )


def value_of(value: Plain) -> Value | None:
    """A wire value as an attribute's: what is nested becomes JSON text."""
    match value:
        case None:
            return None
        case bool() | float() | str():
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case list():
            items = cast(list[Plain], value)
            flat = all(isinstance(item, str | int | float | bool) for item in items)
            if flat and len(items) <= KEPT:
                return tuple(cast(str, value_of(item)) for item in items)
            return as_json(items)
        case dict():
            return as_json(cast(dict[str, Plain], value))
        case _:
            return str(value)


class Budget:
    """Counts what is kept of one span and what has to be left out."""

    __slots__ = ("dropped", "left")

    def __init__(self, dropped: int) -> None:
        self.left = BUDGET
        self.dropped = dropped

    def takes(self, key: str, value: Value) -> bool:
        """Whether there is room for it."""
        return self.has(len(key) + _size(value))

    def has(self, size: int) -> bool:
        """Whether there is room for so much."""
        self.left -= size
        if self.left < 0:
            self.dropped += 1
        return self.left >= 0


def _size(value: Value | None) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, tuple):
        return 8 + sum(_size(item) for item in value)
    if isinstance(value, Mapping):
        return 8 + sum(len(key) + _size(item) for key, item in value.items())
    return 8


def draft_of(span: WireSpan, order: int, op: str, agent: str, error: str | None) -> Draft:
    """The draft of a span that is in the conventions' terms, its bodies not yet attached."""
    name = span.name
    if op != "span" and len(name) > 100:
        name = f"{op} {agent}".strip()
    return Draft(
        trace_id=span.trace_id,
        id=span.id,
        parent=span.parent if span.parent != span.id else 0,
        op=op,
        name=clean(name[:MAX_NAME]),
        agent=clean(agent[:MAX_NAME]),
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        order=order,
        scope=span.source.scope,
        error=None if error is None else clean(error[:LONG]),
    )


def attach(draft: Draft, span: WireSpan) -> None:
    """Put the span's remaining attributes, events and links onto the draft."""
    budget = Budget(span.dropped)
    rest = draft.whole
    attributes, bodies = rest.attributes, rest.bodies
    for key, given in span.attributes.items():
        value: Value | None
        if type(given) is str:
            value, size = given, len(given)
        else:
            value = value_of(given)
            size = 8 if type(value) is int else _size(value)
        if value is None or key in bodies:
            continue
        if size > LONG and isinstance(value, str):
            if len(bodies) < MAX_BODIES:
                bodies[key] = text_body(value)
            else:
                budget.dropped += 1
        elif len(attributes) >= KEPT:
            budget.dropped += 1
        else:
            budget.left -= len(key) + size
            if budget.left >= 0:
                attributes[key] = value
            else:
                budget.dropped += 1
    if span.events:
        _attach_events(rest, span, budget)
    for link in span.links:
        kind = link.attributes.get(c.LINK_KIND, "link")
        rest.links.append((link.span_id, str(kind)[:64]))
    if budget.dropped:
        attributes[DROPPED] = budget.dropped


def _attach_events(rest: Rest, span: WireSpan, budget: Budget) -> None:
    budget.left = BUDGET
    for event in span.events:
        kept: dict[str, Value] = {}
        for key, given in event.attributes.items():
            value = value_of(given)
            if isinstance(value, str) and len(value) > LONG:
                value = value[-STACK:] if key == c.EXCEPTION_STACKTRACE else value[:STACK]
            if value is not None and budget.takes(key, value):
                kept[key] = value
        if budget.takes(event.name, ""):
            rest.events.append((event.name, event.time_ns, kept))
