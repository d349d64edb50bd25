"""Spans in our own wire form, read back as they were recorded."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from .. import conventions as c
from ..bodies import Body, Context
from ..bodies import text as text_body
from ..names import Value
from ..recorder import Message
from ..sampler import Reading
from . import own
from .draft import DROPPED, Budget, Draft
from .spans import MAX_NAME, Attributes, Plain, WireSpan, as_dict, as_list

#: What the reader says of a message from its parts.
_OF_MESSAGE: Final = frozenset(
    {
        c.MESSAGING_SYSTEM,
        c.MESSAGING_OPERATION,
        c.MESSAGING_OPERATION_TYPE,
        c.MESSAGE_ID,
        c.MESSAGE_TYPE,
        c.SENDER,
        c.RECIPIENT,
        c.DESTINATION,
        c.DESTINATION_TEMPLATE,
        c.REPLY_TYPE,
    }
)
ROOM: Final = 1 << 20  # characters of one span's attributes and events; a page is 8 MiB at most
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def draft(span: WireSpan, order: int) -> Draft:
    """The draft of a span that has our own attributes."""
    budget = Budget(span.dropped)
    budget.left = ROOM
    attributes = span.attributes = _within(span.attributes, budget)
    trace_id = hex_id(attributes.get(own.RUN)) or span.trace_id
    parent = hex_id(attributes.get(own.PARENT))
    step = _count(attributes.get(c.STEP))
    made = Draft(
        trace_id=trace_id,
        id=span.id,
        parent=span.parent if parent is None else parent,
        op=_text(attributes, own.OP)[:64],
        name=_text(attributes, own.NAME) or span.name,
        agent=_text(attributes, own.AGENT),
        start_ns=span.start_ns,
        end_ns=None if attributes.get(own.OPEN) is True else span.end_ns,
        order=order,
        error=span.status if span.failed else None,
        step=step,
        boundary=step is not None and attributes.get(own.BOUNDARY) is True,
        message=_message(span),
    )
    for link in span.links:
        made.links.append((link.span_id, str(link.attributes.get(c.LINK_KIND, "link"))[:64]))
    for event in span.events:
        told = _values(event.attributes)
        kept = {key: value for key, value in told.items() if budget.takes(key, value)}
        if budget.takes(event.name, ""):
            made.events.append((event.name, event.time_ns, kept))
    _fill(made, span)
    if budget.dropped:
        made.attributes[DROPPED] = budget.dropped
    if made.op == c.SAMPLE and c.SAMPLE_MESSAGES in attributes:  # else of a code execution
        made.reading = _reading(span)
    return made


def _within(attributes: Attributes, budget: Budget) -> Attributes:
    """What there is room for on a page, and bodies, which lie elsewhere."""
    bodies = set(_names(attributes.get(own.BODIES)))
    return {
        key: value
        for key, value in attributes.items()
        if (key in bodies and isinstance(value, str)) or budget.takes(key, _value(value) or "")
    }


def _fill(draft: Draft, span: WireSpan) -> None:
    """Attributes and bodies; what the export added for others is left out."""
    attributes = span.attributes
    hidden = own.MARKS | {c.STEP} | set(_names(attributes.get(own.ADDED)))
    if draft.message is not None:
        hidden |= _OF_MESSAGE
    bodies = set(_names(attributes.get(own.BODIES)))
    for key, value in attributes.items():
        if key in hidden:
            continue
        if key in bodies and isinstance(value, str):
            draft.bodies[key] = _body(draft, key, value)
        elif value is not None:
            draft.attributes[key] = _value(value)


def _body(draft: Draft, key: str, value: str) -> Body | Context:
    if key == c.INPUT_MESSAGES and value[:1] == "[":
        try:
            parts = _elements(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return text_body(value)
        whole = f"[{','.join(bytes(part).decode() for part in parts)}]"
        if whole == value:
            owner = f"{draft.trace_id:x}/{draft.agent}"
            return Context(owner, [Body(bytes(part)) for part in parts])
    return text_body(value)


def _message(span: WireSpan) -> Message | None:
    attributes = span.attributes
    kind = attributes.get(own.MESSAGE_KIND)
    if not isinstance(kind, str):
        return None
    posted = _count(attributes.get(own.POSTED))
    message = (
        kind,
        _text(attributes, c.SENDER),
        _text(attributes, c.RECIPIENT),
        _text(attributes, c.MESSAGE_TYPE),
        _text(attributes, own.TOPIC),
        _text(attributes, c.MESSAGE_ID),
        span.start_ns if posted is None else posted,
    )
    reply = attributes.get(c.REPLY_TYPE)
    return (*message, reply) if isinstance(reply, str) else message


def _reading(span: WireSpan) -> Reading:
    attributes = span.attributes
    data: dict[str, Any] = {}
    for key, column in own.SAMPLE_FIELDS:
        value = attributes.get(key)
        if isinstance(value, int):
            data[column] = value
    blocks, heap = (as_dict(attributes.get(key)) for key in (c.AGENT_BLOCKS, c.AGENT_HEAP))
    if blocks:
        deliveries = as_dict(attributes.get(c.AGENT_DELIVERIES)) or {}
        data["agents"] = {
            agent: (
                _number(count),
                _number((heap or {}).get(agent)),
                *([_number(deliveries[agent])] if agent in deliveries else []),
            )
            for agent, count in blocks.items()
        }
    for key, column in own.SAMPLE_COUNTS:
        counts = as_dict(attributes.get(key))
        if counts is not None:
            data[column] = {name: _count(count) or 0 for name, count in counts.items()}
    if c.HOLDERS in attributes:
        data["holders"] = _told(_holders, attributes[c.HOLDERS])
    data["lines"] = _told(_lines, attributes.get(c.ALLOCATED_AT))
    return Reading(
        run=0,
        step=_count(attributes.get(c.STEP)) or 0,
        messages=_count(attributes.get(c.SAMPLE_MESSAGES)) or 0,
        time_ns=span.start_ns,
        rss=_count(attributes.get(c.MEMORY_USAGE)) or 0,
        data=data,
    )


_Holder = tuple[str, int, int, list[str], str, list[tuple[int, int]], int | None]
_holders = msgspec.json.Decoder(list[_Holder])
_lines = msgspec.json.Decoder(list[tuple[str, int, int, int]])


def _told(decoder: msgspec.json.Decoder[list[Any]], value: Plain) -> list[Any]:
    if not isinstance(value, str):
        return []
    try:
        return decoder.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return []


# -- values ----------------------------------------------------------------------------------------
def _text(attributes: Mapping[str, Plain], key: str) -> str:
    value = attributes.get(key)
    return value[:MAX_NAME] if isinstance(value, str) else ""


def _count(value: Plain) -> int | None:
    """A number of steps, bytes or nanoseconds; None when it is none."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 1 << 62 else None


def _number(value: Plain) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and math.isfinite(value) else 0.0


def hex_id(value: Plain) -> int | None:
    """An id in hex, None when it is none."""
    if not isinstance(value, str) or len(value) not in (16, 32):
        return None
    try:
        return int.from_bytes(bytes.fromhex(value), "big")
    except ValueError:
        return None


def _names(value: Plain) -> list[str]:
    return [name for name in as_list(value) or () if isinstance(name, str)]


def _value(value: Plain) -> Value:
    items = as_list(value)
    if items is not None:
        return tuple(cast(str, _value(item)) for item in items if item is not None)
    fields = as_dict(value)
    if fields is not None:
        return {key: cast(str, _value(item)) for key, item in fields.items() if item is not None}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _values(attributes: Mapping[str, Plain]) -> dict[str, Value]:
    return {key: _value(value) for key, value in attributes.items() if value is not None}
