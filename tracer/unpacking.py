"""From stored rows and records to the reader's types. Short strings are made safe to show here."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final, get_args

from msgspec import msgpack

from . import conventions as c
from .model import (
    AgentTotals,
    BodyRef,
    Event,
    Holder,
    Link,
    RunInfo,
    RunStatus,
    Sample,
    Span,
    Step,
    Value,
    plain_type,
)
from .remembered import Remembered
from .text import visible

Row = tuple[Any, ...]

_INT64: Final = 1 << 63
NAMES: Final = 4096  # that are remembered
#: What a memory sample may not know.
_READINGS: Final = (
    *("blocks", "c_heap", "uss", "tasks", "threads", "fds", "children", "children_rss"),
    *("topics", "queued", "in_flight", "learned"),
)

#: AgentChat puts a team's id behind the names of its topics.
_TEAM: Final = re.compile("_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

STATUSES: Final = get_args(RunStatus)
#: columns 8 to 17 of the `runs` table
COUNTS: Final = (
    "steps",
    "spans",
    "dead_letters",
    "errors",
    "chats",
    "tools",
    "input_tokens",
    "output_tokens",
    "unknown_tokens",
    "peak_rss",
)


#: Names that are the same in many spans, safe to show.
_NAMES: Final = Remembered(partial(visible, newlines=False), NAMES)


def _named(value: object) -> str:
    return _NAMES[value] if isinstance(value, str) else ""


def _short(value: object) -> str:
    return visible(value, newlines=False) if isinstance(value, str) else ""


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return tuple(_value(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportReturnType]  decoded scalars
    return value


def _natural(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no time and no id")
    return value


def _whole(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and -_INT64 <= value < _INT64 else None


def _values(mapping: Any) -> dict[str, Value]:
    if not isinstance(mapping, dict):
        return {}
    return {
        _NAMES[key] if type(key) is str else _named(key): value  # pyright: ignore[reportUnknownArgumentType]  decoded
        if type(value) is int or (type(value) is str and value.isprintable())  # pyright: ignore[reportUnknownArgumentType]
        else _value(value)
        for key, value in mapping.items()  # pyright: ignore[reportUnknownVariableType]
    }


def _ref(ref: Any) -> BodyRef:
    if type(ref) is int or isinstance(ref, str):
        return ref
    if isinstance(ref, list) and len(ref) == 2 and isinstance(ref[1], int):  # pyright: ignore[reportUnknownArgumentType]  decoded
        return ("context", ref[1])
    raise ValueError(f"a body lies nowhere: {ref!r}")


def _name(record: Row) -> str:
    """Names of message spans are made here from their parts: low in number, no ids."""
    name, op, message = record[4], record[3], record[10]
    if name or not message:
        return _short(name)
    if op == c.PROCESS:
        return f"process {plain_type(_short(record[5]))}"
    if op == c.PUBLISH:
        return f"publish {_TEAM.sub('', plain_type(_short(message[4])))}"
    return f"{op} {_short(message[3])}"


def _message_attributes(record: Row, into: dict[str, Value]) -> None:
    message = record[10]
    kind, sender, recipient, message_type, topic, message_id, _ = message[:7]
    if kind == "call":
        return
    into[c.MESSAGING_SYSTEM] = "autogen"
    into[c.MESSAGING_OPERATION] = record[3]
    into[c.MESSAGING_OPERATION_TYPE] = "process" if record[3] == c.PROCESS else "send"
    into[c.MESSAGE_ID] = _short(message_id)
    into[c.MESSAGE_TYPE] = _short(message_type)
    into[c.SENDER] = _short(sender)
    into[c.RECIPIENT] = _short(recipient)
    into[c.DESTINATION] = _short(topic or recipient)
    into[c.DESTINATION_TEMPLATE] = _short((topic or recipient).partition("/")[0])
    if len(message) > 7 and message[7]:
        into[c.REPLY_TYPE] = _short(message[7])


def span_of(record: Row) -> Span:
    """A span from its record."""
    attributes = _values(record[11])
    bodies: dict[str, Any] = record[12] or {}
    if record[10] is not None:
        _message_attributes(record, attributes)
    if record[9] is not None:
        attributes[c.STEP] = record[9]
    return Span(
        id=record[0],
        parent=record[1],
        run=record[2],
        op=_named(record[3]),
        name=_name(record),
        agent=_named(record[5]),
        start_ns=record[6],
        end_ns=record[7],
        error=None if record[8] is None else visible(record[8]),
        step=record[9],
        attributes=attributes,
        bodies={_named(key): _ref(ref) for key, ref in bodies.items()},
        links=tuple(Link(_natural(to), _short(kind)) for to, kind in record[13])
        if record[13]
        else (),
        events=tuple(Event(_short(n), _natural(t), _values(a)) for n, t, a in record[14])
        if record[14]
        else (),
    )


def step_of(record: Row) -> Step:
    """A step from the record of its span."""
    id_, _, _, _, _, _, start, end, error, index, message, told, bodies, _, _ = record[:15]
    kind, sender, recipient, message_type, topic, message_id, posted, *more = message
    names = (sender, recipient, message_type, kind, topic, message_id)
    if not _plain(names):
        sender, recipient, message_type, kind, topic, message_id = map(_short, names)
    body = bodies.get(c.MESSAGE_BODY) if bodies else None
    reply = bodies.get(c.REPLY_BODY) if bodies else None
    inside = told.get(c.CONVERSATION) if told and kind != "call" else None
    return Step(
        index,
        id_,
        sender,
        recipient,
        message_type,
        kind,
        topic,
        message_id,
        posted,
        start,
        end,
        None if error is None else visible(error),
        None if body is None else _ref(body),
        _short(more[0]) if more and more[0] else None,
        None if reply is None else _ref(reply),
        _short(inside),
    )


def _plain(names: tuple[Any, ...]) -> bool:
    """Whether all of them are texts that can be shown as they are: one look instead of six."""
    try:
        return "".join(names).isprintable()
    except TypeError:
        return False


def sample_of(row: Row) -> Sample:
    """A memory sample from its row: run, step, messages, time, data."""
    data: dict[str, Any] = msgpack.decode(row[4])
    agents: dict[str, Any] = data.get("agents") or {}
    return Sample(
        time_ns=_natural(row[3]),
        step=int(row[1]),
        messages=int(row[2]),
        collected=bool(data.get("collected")),
        rss=_whole(data.get("rss")) or 0,
        gc_enabled=bool(data.get("gc", True)),
        agent_blocks={_short(agent): float(pair[0]) for agent, pair in agents.items()},
        agent_heap={_short(agent): float(pair[1]) for agent, pair in agents.items()},
        agent_deliveries={_short(a): float(of[2]) for a, of in agents.items() if len(of) > 2},
        instances=_counts(data.get("instances")),
        mailboxes=_counts(data.get("mailboxes")),
        mailbox_ages=_counts(data.get("mailbox_ages")),
        agent_in_flight=_counts(data.get("agent_in_flight")),
        temp_files=_counts(data.get("temp_files")),
        holders=tuple(_holder(*told) for told in data.get("holders") or ()),
        looked="holders" in data,
        rest=bool(data.get("rest")),
        agent_files=_counts(data.get("agent_files")),
        agent_tasks=_counts(data.get("agent_tasks")),
        agent_sockets=_counts(data.get("agent_sockets")),
        agent_threads=_counts(data.get("agent_threads")),
        agent_children=_counts(data.get("agent_children")),
        lines=tuple(
            (_short(file), int(line), int(blocks), int(size))
            for file, line, blocks, size in data.get("lines") or ()
        ),
        **{name: _whole(data.get(name)) for name in _READINGS},
    )


def _holder(
    what: Any,
    size: Any,
    grew: Any,
    path: Any,
    agent: Any,
    course: Any = (),
    bound: int | None = None,
) -> Holder:
    points = tuple((int(messages), int(length)) for messages, length in course)
    way = tuple(map(_short, path))
    return Holder(_short(what), int(size), int(grew), way, _short(agent), points, bound)


def _counts(of: dict[str, Any] | None) -> dict[str, int] | None:
    return None if of is None else {_short(name): int(count) for name, count in of.items()}


def run_info(number: int, unended: RunStatus, row: Row) -> RunInfo:
    """A row of the `runs` table; `unended` is what a run without an end is."""
    detail: dict[str, Any] = msgpack.decode(row[20])
    status: RunStatus = unended if row[4] == "running" else row[4]
    if status not in STATUSES:
        raise ValueError(f"status {status!r}")
    counts = dict(zip(COUNTS, row[8:18], strict=True))
    if not all(isinstance(count, int) for count in (*counts.values(), row[2], row[6])):
        raise TypeError("a count is no number")
    return RunInfo(
        number=number,
        trace_id=row[1].hex(),
        root_span=row[2] & (1 << 64) - 1,
        name=_short(row[3]),
        status=status,
        error=_why(status, row),
        start_ns=_natural(row[6]),
        end_ns=None if row[7] is None else _natural(row[7]),
        agents=tuple(AgentTotals(_short(a[0]), *map(_natural, a[1:])) for a in detail["agents"]),
        **counts,
    )


def _why(status: RunStatus, row: Row) -> str | None:
    if row[5] is not None:
        return visible(row[5])
    return "the program ended first" if row[4] == "running" and status == "cancelled" else None


def root_of(row: Row) -> Span:
    """The root span of a run from its row."""
    detail: dict[str, Any] = msgpack.decode(row[20])
    return Span(
        id=row[2] & (1 << 64) - 1,
        parent=0,
        run=row[0],
        op=c.RUN,
        name=_short(row[3]),
        agent="",
        start_ns=_natural(row[6]),
        end_ns=None if row[7] is None else _natural(row[7]),
        error=None if row[5] is None else visible(row[5]),
        step=None,
        attributes=_values(detail["attributes"]),
        bodies={_named(key): _ref(ref) for key, ref in detail.get("bodies", {}).items()},
        links=tuple(Link(_natural(to), _short(kind)) for to, kind in detail.get("links", ())),
        events=tuple(Event(_short(n), _natural(t), _values(a)) for n, t, a in detail["events"]),
    )
