"""Spans in time: of the cursor's step, of those around it or of all, with the critical path."""

from __future__ import annotations

from typing import Final, Literal

from ...tracer import conventions as c
from ...tracer.filter import Filter
from ...tracer.model import Span, plain_name
from ...tracer.text import visible
from ..critical import path
from ..inspector import span_lines, usage
from ..pieces import Line, cut, fit, pad, right
from ..session import Session
from ..spanfacts import SpanFacts
from ..survey import Survey
from ..units import many, number, span
from .base import Board, Row, sentence
from .trees import Item, Repeat, trees

AROUND = 24  # steps before and after the cursor's
MOST = 2_000  # steps of a whole run
Reach = Literal["step", "around", "run"]
REACHES: Final[tuple[Reach, ...]] = ("around", "step", "run")
ROLES = {c.CHAT: "info", c.TOOL: "tool", c.CODE: "tool", c.HUMAN: "warning", c.SEND: "dim"}
GLYPHS = {c.PROCESS: "▪", c.CHAT: "◇", c.TOOL: "⚒", c.CODE: "⚒", c.HUMAN: "☻", c.AGENT: "▫"}


class Waterfall(Board):
    """One row a span, indented under its parent, with a bar where it lies in time.

    What repeats is one row; a filter shows what it means, and dimmed what that stands below.
    """

    name = "spans"
    twin = "--spans"
    scopes = True
    detail = "below"
    at_cursor = True

    def __init__(self, session: Session, survey: Survey) -> None:
        super().__init__(session, survey)
        self.reach: Reach = "around"
        self.meant: Filter | None = None
        self._window = (0, 0)
        self._time = (0, 1)
        self._shown: list[Item] = []
        self._spans: list[Span] = []
        self._opened: set[int] = set()  # first spans of repeats that are open
        self._meant: set[int] = set()  # spans that the filter means
        self._critical: set[int] = set()

    def scope(self) -> None:
        """The cursor's step alone, the steps around it too, or the whole run."""
        self.reach = REACHES[(REACHES.index(self.reach) + 1) % len(REACHES)]
        self._window = (0, 0)
        self.renew()

    def filter(self, meant: Filter | None) -> None:
        """Show only the spans that are meant, or all again."""
        self.meant = meant
        self.renew()

    def fold(self, at: int) -> bool:
        """Open or close the repeat of a row; False when it is none."""
        shown = self._shown[at] if 0 <= at < len(self._shown) else None
        if shown is None or not isinstance(shown[0], Repeat):
            return False
        self._opened ^= {shown[0].first.id}
        self.renew()
        return True

    def renew(self) -> None:
        session = self.session
        if not session.total:
            self.rows = [sentence("nothing has been delivered in this run")]
            return
        low, high = self._window = self._steps(session.cursor.step)
        self._spans = [span for at in range(low, high) for span in session.spans(at)]
        self._critical = path(self._spans)
        self._measure()
        self._shown = list(trees(self._filtered(), self._opened))
        self.rows = [self._row(item) for item in self._shown]
        if not self.rows:
            text = "no span here is meant by this filter; w looks further, Esc shows all"
            self.rows = [sentence(text)]

    def _measure(self) -> None:
        spans = self._spans
        end = self.session.info.end_ns
        end = end or max((s.end_ns or s.start_ns for s in spans), default=0)
        start = min((s.start_ns for s in spans), default=0)
        stop = max((s.end_ns or end for s in spans), default=1)
        self._time = (start, max(stop, start + 1))

    def _filtered(self) -> list[Span]:
        """What the filter means, with what it stands below."""
        if self.meant is None:
            return self._spans
        known = {span.id: span for span in self._spans}
        session, matches = self.session, self.meant.matches
        self._meant = {each.id for each in self._spans if matches(SpanFacts(session, each))}
        kept: set[int] = set()
        for at in self._meant:
            while at in known and at not in kept:
                kept.add(at)
                at = known[at].parent
        return [span for span in self._spans if span.id in kept]

    def _steps(self, step: int) -> tuple[int, int]:
        low, high = self._window
        total = self.session.total
        around = {"step": 0, "around": AROUND, "run": MOST // 2}[self.reach]
        if low <= step < high <= total and high - low > 1 and self.session.ended and around:
            return low, high  # stands still while the cursor stays inside
        if self.reach == "run" and total <= MOST:
            return 0, total
        return max(0, step - around), min(total, step + around + 1)

    def at_step(self, step: int) -> int | None:
        """The row where a step begins."""
        for at, (item, _, is_open) in enumerate(self._shown):
            if isinstance(item, Repeat):
                if not is_open and any(span.step == step for span in item.spans):
                    return at
            elif item.step == step:
                return at
        return None

    def head(self, width: int, height: int) -> list[Line]:
        low, high = self._window
        where = f"step {low}" if high - low == 1 else f"steps {low}–{high - 1}"
        took = span(self._time[1] - self._time[0])
        on = sum(1 for item in self._spans if item.id in self._critical)
        line: Line = [(f" {where}", "bold"), (f"  {many(len(self._spans), 'span')} in {took}", "")]
        line += [("  ◆ ", "notice"), (f"critical path: {many(on, 'span')}", "dim")]
        if self.meant is not None:
            count = f"  /{self.meant.source}  {number(len(self._meant))} of them"
            line.append((visible(count, newlines=False), "notice"))
        return [fit(line, width), fit(self._axis(width), width)]

    def _columns(self, width: int) -> tuple[int, int]:
        """Cells of the name and of the bar."""
        name = max(20, min(48, width * 2 // 5))
        return name, max(8, width - name - 12)

    def _axis(self, width: int) -> Line:
        name, room = self._columns(width)
        start = self._time[0] - self.session.info.start_ns
        left = f"{start / 1e9:.3f}s"
        end = f"{(self._time[1] - self.session.info.start_ns) / 1e9:.3f}s"
        text = pad(left, max(0, room - len(end))) + end
        return [(" " * (name + 10), "dim"), (text, "dim")]

    def _row(self, shown: Item) -> Row:
        item, depth, is_open = shown
        if isinstance(item, Repeat):
            sign = "▼" if is_open else "▶"
            return Row(
                lambda width: self._repeat(item, depth, sign, width),
                item.first.step,
                lambda: span_lines(self.session, item.first),
            )
        return Row(
            lambda width: self._line(item, depth, width),
            item.step,
            lambda: span_lines(self.session, item),
        )

    def _repeat(self, item: Repeat, depth: int, sign: str, width: int) -> Line:
        name, room = self._columns(width)
        end = item.spans[-1].end_ns
        took = None if end is None else end - item.first.start_ns
        title = plain_name(item.first.agent) if item.first.op == c.PROCESS else item.first.name
        critical = any(each.id in self._critical for each in item.spans)
        title += f" and {many(item.period - 1, 'other')}" if item.period > 1 else ""
        step = f"{item.first.step} " if item.first.op == c.PROCESS else ""
        label: Line = [
            (" ◆" if critical else "  ", "notice"),
            ("  " * min(depth, 8), ""),
            (step, "number"),
            (f"{sign} ×{item.times} ", "fold bold"),
            (visible(title, newlines=False), "fold"),
            (f"  the same {many(item.size, 'span')}" if item.size > 1 else "  the same", "dim"),
        ]
        line = fit(label, name)
        line.append((right(span(took) if took is not None else "open", 9) + " ", "dim"))
        return [*line, *self._stretch(item.first.start_ns, end, room, "fold", critical=critical)]

    def _line(self, item: Span, depth: int, width: int) -> Line:
        name, room = self._columns(width)
        critical = item.id in self._critical
        role = "error" if item.error else ROLES.get(item.op, "")
        label = self._label(item, depth, critical=critical)
        if self.meant is not None and item.id not in self._meant:
            role, label = "dim", [(text, "dim") for text, _ in label]
        took = right(span(item.duration_ns) if item.end_ns is not None else "open", 9)
        line = fit(label, name)
        line.append((took + " ", "warning" if item.end_ns is None else "dim"))
        bar = self._stretch(item.start_ns, item.end_ns, room, role or "memory", critical=critical)
        return [*line, *bar]

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

    def _stretch(
        self, start_ns: int, end_ns: int | None, room: int, role: str, *, critical: bool
    ) -> Line:
        """The bar of what lies between two moments."""
        low, high = self._time
        stop_ns = end_ns if end_ns is not None else high
        start = (start_ns - low) * room // (high - low)
        stop = -(-(stop_ns - low) * room // (high - low))
        start = max(0, min(start, room - 1))
        cells = max(1, min(stop, room) - start)
        full = "█" if critical else "▒"
        text = full * cells if end_ns is not None else full * (cells - 1) + "▶"
        return [(" " * start, ""), (text, f"{role} bold" if critical else role)]
