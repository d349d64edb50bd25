"""Runs that are one message: sent from outside of any run, handled at once, and over.

A program that talks to its agents message by message makes a run of each. When such a run is over
before the writer looks at it, and nothing else happened in it, one record says all of it: its
root, the send and the handling. Here it is made, and made into the ordinary records again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec import msgpack

from . import conventions as c
from .bodies import Body, Context
from .names import BodyRef
from .packing import Record

if TYPE_CHECKING:
    from .recorder import LiveRun, LiveSpan

#: run, trace id, root, its start, its end, send, its end, handling, its start, its end, message,
#: bodies: fewer fields than a span's record has, which tells them apart
FIELDS: Final = 12

BRIEF: Final = 2  # spans of such a run

Refer = Callable[[dict[str, Body | Context]], dict[str, BodyRef] | None]

_encode = msgpack.Encoder().encode


def brief_of(run: LiveRun, spans: list[LiveSpan], refer: Refer) -> Record | None:
    """The record of all of a run that has ended, None when it is not that simple.

    `refer` says what is stored of bodies, None if nobody can say yet.
    """
    if len(spans) != BRIEF or run.bodies is not None:
        return None
    send, handling = spans
    if not (  # there is no more to them than their times and the message
        (run.attributes is send.attributes is handling.attributes is None)
        and (run.error is send.error is handling.error is None)
        and (run.events is send.events is handling.events is None)
    ):
        return None
    message, bodies, said = handling.message, handling.bodies, send.bodies
    if (
        send.op != c.SEND
        or handling.op != c.PROCESS
        or send.end_ns is None
        or handling.end_ns is None
        or message is None
        or bodies is None
        or said is None
        or send.message is None
        or message[:7] != send.message[:7]
        or message[6] != send.start_ns
        or message[2] != handling.agent
        or len(said) != 1
        or c.MESSAGE_BODY not in said
        or said[c.MESSAGE_BODY] is not bodies.get(c.MESSAGE_BODY)
        or send.links
    ):
        return None
    refs = refer(bodies)
    if refs is None:
        return None
    return (
        run.number,
        run.trace_id.to_bytes(16, "big"),
        run.id,
        run.start_ns,
        run.end_ns,
        send.id,
        send.end_ns,
        handling.id,
        handling.start_ns,
        handling.end_ns,
        message,
        refs,
    )


def spans_of(record: Record) -> tuple[Record, Record]:
    """The records of the send and of the handling."""
    run, _, root, _, _, send, sent, handling, start, end, message, bodies = record
    kind, sender, to = message[:3]
    body = bodies[c.MESSAGE_BODY]
    empty = (None, None)
    asked = (send, root, run, kind, "", sender, message[6], sent, None, None, message[:7], None)
    handled = (handling, root, run, c.PROCESS, "", to, start, end, None, 0, message, None)
    return (
        (*asked, {c.MESSAGE_BODY: body}, *empty),
        (*handled, bodies, [(send, "message")], None),
    )


def row_of(record: Record, page: int) -> tuple[Any, ...]:
    """The `runs` row of a brief run that lies on a page."""
    run, trace, root, start, end, *_, began, over, message, _ = record
    agents = [(message[2], 1, 0, over - began, 0, 0, 0)]
    if message[1]:
        agents.insert(0, (message[1], 0, 1, 0, 0, 0, 0))
    detail: dict[str, Any] = {
        "attributes": {},
        "events": (),
        "bodies": {},
        "links": (),
        "agents": agents,
    }
    name = f"{message[0]} {message[3]}"
    signed = root - (1 << 64) if root >= 1 << 63 else root
    counts = (1, 2, 0, 0, 0, 0, 0, 0, 0, 0)
    return (run, trace, signed, name, "ok", None, start, end, *counts, page, page, _encode(detail))


def expanded(records: list[Record]) -> list[Record]:
    """A page's records, the brief ones made into those of their spans."""
    if all(len(record) != FIELDS for record in records):
        return records
    found: list[Record] = []
    for record in records:
        if len(record) == FIELDS:
            found += spans_of(record)
        else:
            found.append(record)
    return found
