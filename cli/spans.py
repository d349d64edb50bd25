"""Spans as rows and as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..tracer import conventions as c
from ..tracer.model import Scalar, Span, Value, plain_name
from ..tracer.reader import Run
from ..tracer.text import visible
from ..tui.trend import spark
from ..tui.units import many, size, span
from .shapes import BodyRow, EventRow, SpanRow, iso, seconds
from .terminal import columns, cut, paint

BRANCHES = ("├─ ", "└─ ", "│  ", "   ")
CELLS = 12  # of a curve
TRIED = 8  # attempts that are told one by one
PLAIN_BRANCHES = ("|- ", "`- ", "|  ", "   ")


def span_row(span: Span, *, bodies: list[BodyRow] | None = None) -> SpanRow:
    """One span; bodies only where they are asked for."""
    return SpanRow(
        span=span.hex_id,
        parent=f"{span.parent:016x}" if span.parent else None,
        operation=span.op,
        name=span.name,
        agent=plain_name(span.agent),
        step=span.step,
        start=iso(span.start_ns),
        seconds=seconds(span.duration_ns),
        error=span.error,
        attributes=_all_plain(span.attributes),
        events=[EventRow(e.name, iso(e.time_ns), _all_plain(e.attributes)) for e in span.events],
        bodies=bodies,
    )


def _all_plain(told: Mapping[str, Value]) -> dict[str, Scalar | list[Scalar] | dict[str, Scalar]]:
    return {key: _plain(value) for key, value in told.items()}


def _plain(value: Value) -> Scalar | list[Scalar] | dict[str, Scalar]:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def bodies_of(run: Run, span: Span) -> list[BodyRow]:
    """The bodies of a span as recorded."""
    return [
        BodyRow(name=name, size=run.size(ref), text=run.text(ref))
        for name, ref in span.bodies.items()
    ]


def groups(run: Run, window: tuple[int, int] | None) -> Iterator[list[Span]]:
    """Spans that belong together, a step at a time; before them those of no step."""
    if window is None:
        yield [run.root]
        loose = run.loose_spans()
        if loose:
            yield loose
        for _, spans in run.iter_turns():
            yield spans
        return
    start, stop = window
    by_step: dict[int | None, list[Span]] = {}
    for each in run.spans(start, stop):
        by_step.setdefault(each.step, []).append(each)
    yield from (by_step[step] for step in sorted(by_step, key=lambda step: step or 0))


def tree(spans: Sequence[Span], *, plain: bool) -> Iterator[str]:
    """Lines of a forest: what has its parent among `spans` stands below it.

    The memory of executed code, a span a reading, stands on the line of the execution.
    """
    known = {each.id for each in spans}
    below: dict[int, list[Span]] = {}
    readings: dict[int, list[Span]] = {}
    for each in spans:
        if each.op == c.SAMPLE and each.parent in known:
            readings.setdefault(each.parent, []).append(each)
            continue
        parent = each.parent if each.parent in known and each.parent != each.id else 0
        below.setdefault(parent, []).append(each)
    branches = PLAIN_BRANCHES if plain else BRANCHES
    width = None if plain else columns()
    stack = [("", "", each) for each in reversed(below.get(0, []))]
    while stack:  # not recursive: depth is whatever a program nests
        lead, indent, each = stack.pop()
        memory = _memory(readings.get(each.id, []), plain=plain)
        text = cut(f"{lead}{describe(each)}{memory}", width)
        yield paint(text, color="red") if each.error else text
        children = below.get(each.id, [])
        for place, child in reversed(list(enumerate(children))):
            last = place == len(children) - 1
            stack.append((indent + branches[last], indent + branches[2 + last], child))


def _memory(readings: Sequence[Span], *, plain: bool) -> str:
    points: list[tuple[int, float]] = []
    for each in readings:
        told = each.attributes.get(c.CONTAINER_MEMORY, each.attributes.get(c.MEMORY_USAGE))
        if isinstance(told, int | float):
            points.append((each.start_ns, float(told)))
    if not points:
        return ""
    values = [value for _, value in points]
    curve = "" if plain else f" {spark(points, CELLS, points[0][0], points[-1][0] + 1)}"
    return f"  memory{curve} {size(min(values))} to {size(max(values))}"


def _tried(call: Span) -> str:
    """How its client's attempts went, where there was more than the one that worked."""
    made = [event.attributes for event in call.events if event.name == c.ATTEMPT]
    went = [str(e.get(c.HTTP_STATUS) or e.get(c.ERROR_TYPE) or "ok") for e in made]
    if len(went) < 2 and not any(c.ERROR_TYPE in attempt for attempt in made):
        return ""
    more = f" and {len(went) - TRIED} more" if len(went) > TRIED else ""
    return f"{many(len(went), 'attempt')}: {', '.join(went[:TRIED])}{more}"


def _spent(known: Sequence[int]) -> str:
    return many(sum(known), "token") if known else "tokens unknown"


def title(each: Span) -> str:
    """A span's name; a delivery is named after its agent."""
    return f"process {plain_name(each.agent)}" if each.op == c.PROCESS else each.name


def describe(each: Span) -> str:
    """One span on one line."""
    agent = plain_name(each.agent)
    name = title(each)
    parts = [f"@{each.step}" if each.op == c.PROCESS else "", name]
    if agent and agent not in name:
        parts.append(f"[{agent}]")
    kind = each.attributes.get(c.MESSAGE_TYPE)
    if isinstance(kind, str) and kind and kind not in name:
        parts.append(kind)
    parts.append(span(each.duration_ns))
    tokens = [each.attributes.get(key) for key in (c.INPUT_TOKENS, c.OUTPUT_TOKENS)]
    if each.op == c.CHAT:
        known = [count for count in tokens if isinstance(count, int)]
        parts.append("cached" if each.attributes.get(c.CACHED) is True else _spent(known))
        parts.append(_tried(each))
    dead = each.attributes.get(c.DEAD_LETTER)
    if isinstance(dead, str):
        parts.append(f"dead letter: {dead}")
    if each.error:
        parts.append(f"error: {visible(each.error, newlines=False)}")
    return "  ".join(part for part in parts if part)
