"""The tools of a run: how often, how long, how often in vain, how often the very same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..tracer.reader import Run
from ..tui.survey import Survey, Tool
from ..tui.units import many, number, span
from .shapes import ToolRow
from .terminal import columns, cut, paint, table


def rows(run: Run, window: tuple[int, int] | None) -> list[ToolRow]:
    """The tools by name, the most called first."""
    survey = Survey().work(run) if window is None else Survey().over(run, *window)
    return [_row(tool) for tool in survey.ordered()]


def _row(tool: Tool) -> ToolRow:
    text, times = tool.most_repeated()[0]
    return ToolRow(
        tool=tool.name,
        agents=list(tool.agents),
        calls=tool.calls,
        errors=tool.errors,
        unfinished=tool.unfinished,
        p50=_seconds(tool.percentile(50)),
        p95=_seconds(tool.percentile(95)),
        repeats=tool.repeats,
        repeated_times=times,
        most_repeated=text,
        written=tool.written,
        first_step=tool.first,
        first_error=tool.first_error,
    )


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9


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
