"""The tools of a run: how often, how long, how often in vain, how often the very same."""

from __future__ import annotations

from ..pieces import Line, fit
from ..series import Series
from ..survey import Tool
from ..units import change, many, number, size, span
from .base import Board, Column, Row, fields, sentence, titles

_COLUMNS = (
    Column("tool", 24, number=False),
    Column("calls", 7),
    Column("errors", 6),
    Column("open", 4, least=90),
    Column("same", 6),
    Column("p50", 7),
    Column("p95", 7, least=70),
    Column("bytes out", 9, least=86),
    Column("memory", 8, least=96),
    Column("agents", 24, number=False, least=108),
)


class Tools(Board):
    """One row a tool, the most called first."""

    name = "tools"
    twin = "--tools"
    surveyed = True

    def head(self, width: int, height: int) -> list[Line]:
        tools = self.survey.tools.values()
        calls, errors = sum(t.calls for t in tools), sum(t.errors for t in tools)
        same = sum(t.repeats for t in tools)
        facts: Line = [(f" {many(calls, 'call')} of {many(len(tools), 'tool')}", "bold")]
        facts.append((f"  {number(errors)} failed", "error" if errors else "dim"))
        facts.append((f"  {number(same)} with arguments that had been used before", "dim"))
        return [fit(facts, width)]

    def renew(self) -> None:
        names = Row(lambda width: titles(_COLUMNS, width), kind="heading")
        memory = self.session.memory
        self.rows = [names, *(_row(tool, memory) for tool in self.survey.ordered())]
        if not self.survey.tools:
            self.rows = [sentence(self.progress() or "no tool was called in this run")]


def _row(tool: Tool, memory: Series) -> Row:
    grown = tool.grown(memory)
    failed = f"{number(tool.errors)} ✗" if tool.errors else "–"
    values = (
        (tool.name, "tool bold"),
        (number(tool.calls), ""),
        (failed, "error bold" if tool.errors else "dim"),
        (number(tool.unfinished) if tool.unfinished else "–", "warning"),
        (number(tool.repeats) if tool.repeats else "–", "" if tool.repeats else "dim"),
        (_time(tool.percentile(50)), ""),
        (_time(tool.percentile(95)), ""),
        (size(tool.written) if tool.written else "–", "dim"),
        ("unknown" if grown is None else change(grown), "memory" if grown else "dim"),
        (", ".join(tool.agents), "dim"),
    )
    step = tool.first_error if tool.first_error is not None else tool.first
    return Row(lambda width: fields(_COLUMNS, width, values), step, lambda: _detail(tool, grown))


def _time(ns: int | None) -> str:
    return "–" if ns is None else span(ns)


def _detail(tool: Tool, grown: int | None) -> list[Line]:
    out: list[Line] = [[(tool.name, "tool bold"), (f"  {', '.join(tool.agents)}", "dim")]]
    if tool.first is not None:
        out.append([("first called in step ", "dim"), (str(tool.first), "bold")])
    if tool.first_error is not None:
        out.append([("first failed in step ", "dim"), (str(tool.first_error), "error bold")])
    if grown is not None:
        out.append([("memory over the steps with its calls ", "dim"), (change(grown), "bold")])
    out += [[], [("── ", "dim"), ("commonest arguments", "heading")]]
    for text, times in tool.most_repeated(20):
        role = "bold" if times > 1 else "dim"
        out.append([(f"{times:>6,} × ", role), (text or "(none)", "said")])
    return out
