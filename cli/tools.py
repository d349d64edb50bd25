"""The tools of a run: how often, how long, how often in vain, how often the very same."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Span, plain_name
from ..tracer.reader import Run
from ..tracer.text import visible
from ..tui.units import many, number, span
from .shapes import ToolRow
from .spans import groups
from .terminal import columns, cut, paint, table

COUNTED: Final = 100_000  # different argument texts counted per tool
SHOWN: Final = 200  # characters of an argument text


class Tally:
    """All calls of one tool so far."""

    def __init__(self) -> None:
        self.agents: dict[str, None] = {}
        self.calls = 0
        self.errors = 0
        self.unfinished = 0
        self.durations = array("q")
        self.arguments: dict[str, int] = {}

    def add(self, call: Span, arguments: str) -> None:
        """Count a call."""
        self.calls += 1
        self.errors += call.error is not None
        if call.agent:
            self.agents[plain_name(call.agent)] = None
        if call.duration_ns is None:
            self.unfinished += 1
        else:
            self.durations.append(call.duration_ns)
        if arguments in self.arguments:
            self.arguments[arguments] += 1
        elif len(self.arguments) < COUNTED:
            self.arguments[arguments] = 1

    def row(self, name: str) -> ToolRow:
        """What there is to say about the tool."""
        durations = sorted(self.durations)
        most = max(self.arguments, key=lambda text: self.arguments[text])
        return ToolRow(
            tool=name,
            agents=list(self.agents),
            calls=self.calls,
            errors=self.errors,
            unfinished=self.unfinished,
            p50=_seconds(percentile(durations, 50)),
            p95=_seconds(percentile(durations, 95)),
            repeats=sum(self.arguments.values()) - len(self.arguments),
            repeated_times=self.arguments[most],
            most_repeated=visible(most[:SHOWN], newlines=False),
        )


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile of sorted values; None without any."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9


def rows(run: Run, window: tuple[int, int] | None) -> list[ToolRow]:
    """The tools by name, the most called first."""
    tallies: dict[str, Tally] = {}
    for spans in groups(run, window):
        for call in spans:
            if call.op == c.TOOL:
                name = str(call.attributes.get(c.TOOL_NAME) or call.name)
                tallies.setdefault(name, Tally()).add(call, _arguments(run, call))
    found = [tally.row(name) for name, tally in tallies.items()]
    return sorted(found, key=lambda row: (-row.calls, row.tool))


def _arguments(run: Run, call: Span) -> str:
    """The arguments in a form in which equal ones are equal texts."""
    ref = call.bodies.get(c.TOOL_ARGUMENTS)
    if ref is None:
        return ""
    text = run.text(ref)
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def lines(found: Iterable[ToolRow], *, plain: bool) -> Iterator[str]:
    """A table, and below it what was called again and again."""
    found = list(found)
    if not found:
        yield "no tool calls"
        return
    head = ("TOOL", "CALLS", "ERRORS", "OPEN", "P50", "P95", "SAME ARGUMENTS", "AGENTS")
    yield from table(head, [_fields(row) for row in found], "CALLS ERRORS OPEN P50 P95")
    width = None if plain else columns()
    for row in found:
        if row.repeated_times > 1:
            text = (
                f"{row.tool}: {many(row.repeated_times, 'call')} with {row.most_repeated or '{}'}"
            )
            yield paint(cut(text, width), dim=True)


def _fields(row: ToolRow) -> tuple[str, ...]:
    return (
        row.tool,
        number(row.calls),
        number(row.errors),
        number(row.unfinished),
        _time(row.p50),
        _time(row.p95),
        f"{number(row.repeats)} again" if row.repeats else "none",
        ", ".join(row.agents),
    )


def _time(value: float | None) -> str:
    return "-" if value is None else span(round(value * 1e9))
