"""Spans in time: those of the cursor's step, or of the steps around it, with the critical path."""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ...tracer.text import visible
from ..critical import children, path
from ..inspector import span_lines, usage
from ..pieces import Line, cut, fit, pad, right
from ..session import Session
from ..survey import Survey
from ..units import many, span
from .base import Board, Row, sentence

AROUND = 24  # steps before and after the cursor's
ROLES = {c.CHAT: "info", c.TOOL: "tool", c.CODE: "tool", c.HUMAN: "warning", c.SEND: "dim"}
GLYPHS = {c.PROCESS: "▪", c.CHAT: "◇", c.TOOL: "⚒", c.CODE: "⚒", c.HUMAN: "☻", c.AGENT: "▫"}


class Waterfall(Board):
    """One row a span, indented under its parent, with a bar where it lies in time."""

    name = "spans"
    twin = "--spans"
    detail = "below"
    at_cursor = True

    def __init__(self, session: Session, survey: Survey) -> None:
        super().__init__(session, survey)
        self.whole = True
        self._window = (0, 0)
        self._reach = (0, 1)
        self._shown: list[tuple[Span, int]] = []
        self._critical: set[int] = set()

    def scope(self) -> None:
        """The cursor's step alone, or the steps around it too."""
        self.whole = not self.whole
        self._window = (0, 0)
        self.renew()

    def renew(self) -> None:
        session = self.session
        if not session.total:
            self.rows = [sentence("nothing has been delivered in this run")]
            return
        step = session.cursor.step
        low, high = (step, step + 1) if not self.whole else self._steps_around(step)
        self._window = (low, high)
        spans = [span for at in range(low, high) for span in session.spans(at)]
        self._shown = _ordered(spans)
        self._critical = path(spans)
        end = session.info.end_ns or max((s.end_ns or s.start_ns for s in spans), default=0)
        starts = [s.start_ns for s in spans]
        ends = [s.end_ns or end for s in spans]
        self._reach = (
            min(starts, default=0),
            max(max(ends, default=1), min(starts, default=0) + 1),
        )
        self.rows = [self._row(item, depth) for item, depth in self._shown]

    def _steps_around(self, step: int) -> tuple[int, int]:
        low, high = self._window
        total = self.session.total
        if low <= step < high <= total and high - low > 1 and self.session.ended:
            return low, high  # stands still while the cursor stays inside
        return max(0, step - AROUND), min(total, step + AROUND + 1)

    def at_step(self, step: int) -> int | None:
        """The row where a step begins."""
        for at, (item, _) in enumerate(self._shown):
            if item.step == step:
                return at
        return None

    def head(self, width: int, height: int) -> list[Line]:
        low, high = self._window
        where = f"step {low}" if high - low == 1 else f"steps {low}–{high - 1}"
        took = span(self._reach[1] - self._reach[0])
        on = sum(1 for item, _ in self._shown if item.id in self._critical)
        line: Line = [(f" {where}", "bold"), (f"  {many(len(self._shown), 'span')} in {took}", "")]
        line += [("  ◆ ", "notice"), (f"critical path: {many(on, 'span')}", "dim")]
        return [fit(line, width), fit(self._axis(width), width)]

    def _columns(self, width: int) -> tuple[int, int]:
        """Cells of the name and of the bar."""
        name = max(20, min(48, width * 2 // 5))
        return name, max(8, width - name - 12)

    def _axis(self, width: int) -> Line:
        name, room = self._columns(width)
        start = self._reach[0] - self.session.info.start_ns
        left = f"{start / 1e9:.3f}s"
        end = f"{(self._reach[1] - self.session.info.start_ns) / 1e9:.3f}s"
        text = pad(left, max(0, room - len(end))) + end
        return [(" " * (name + 10), "dim"), (text, "dim")]

    def _row(self, item: Span, depth: int) -> Row:
        return Row(
            lambda width: self._line(item, depth, width),
            item.step,
            lambda: span_lines(self.session, item),
        )

    def _line(self, item: Span, depth: int, width: int) -> Line:
        name, room = self._columns(width)
        critical = item.id in self._critical
        role = "error" if item.error else ROLES.get(item.op, "")
        label = self._label(item, depth, critical=critical)
        took = right(span(item.duration_ns) if item.end_ns is not None else "open", 9)
        line = fit(label, name)
        line.append((took + " ", "warning" if item.end_ns is None else "dim"))
        return [*line, *self._bar(item, room, role or "memory", critical=critical)]

    def _label(self, item: Span, depth: int, *, critical: bool) -> Line:
        glyph = "✗" if item.error else GLYPHS.get(item.op, "·")
        role = "error" if item.error else ROLES.get(item.op, "")
        line: Line = [(" ◆" if critical else "  ", "notice"), ("  " * min(depth, 8), "")]
        if item.op == c.PROCESS:
            kind = str(item.attributes.get(c.MESSAGE_TYPE, "")).rpartition(".")[2]
            line += [(f"{item.step} ", "number"), (f"{glyph} ", role)]
            line.append((plain_name(item.agent), f"{self.session.cast.role(item.agent)} bold"))
            return [*line, (f" {kind}", "type")]
        name = visible(item.name, newlines=False)
        line += [(f"{glyph} ", role or "dim"), (cut(name, 40), role or "said")]
        if item.op == c.CHAT:
            line.append((f" {usage(item)}", "dim"))
        return line

    def _bar(self, item: Span, room: int, role: str, *, critical: bool) -> Line:
        low, high = self._reach
        stop_ns = item.end_ns if item.end_ns is not None else high
        start = (item.start_ns - low) * room // (high - low)
        stop = -(-(stop_ns - low) * room // (high - low))
        start = max(0, min(start, room - 1))
        cells = max(1, min(stop, room) - start)
        full = "█" if critical else "▒"
        text = full * cells if item.end_ns is not None else full * (cells - 1) + "▶"
        return [(" " * start, ""), (text, f"{role} bold" if critical else role)]


def _ordered(spans: list[Span]) -> list[tuple[Span, int]]:
    """Spans as a tree, in the order of their starts, with their depths."""
    below = children(spans)
    out: list[tuple[Span, int]] = []
    stack = [(item, 0) for item in sorted(below.get(0, []), key=_start, reverse=True)]
    while stack:
        item, depth = stack.pop()
        out.append((item, depth))
        inner = sorted(below.get(item.id, []), key=_start, reverse=True)
        stack += [(child, depth + 1) for child in inner]
    return out


def _start(item: Span) -> tuple[int, int]:
    return (item.step if item.step is not None else -1, item.start_ns)
