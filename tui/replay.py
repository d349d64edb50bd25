"""The replay screen's rows as lines, made from a session: what the swimlane widget paints."""

from __future__ import annotations

from ..tracer import conventions as c
from ..tracer.model import Step
from .cast import short_type
from .folding import Row
from .inner import Spoken, title
from .lanes import Delivery, Layout, beneath, delivery, gutter, lay_out, talk
from .pieces import Line, fit, guarded, length, right
from .session import Session, calls
from .strip import ceiling
from .talking import agent, heading, outcome
from .units import change, clock, many, number, size, span

BARS = " ▁▂▃▄▅▆▇█"


class Lanes:
    """Rows of a session at one width."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.compact = False  # asked for by the user
        self.layout = Layout(0, 4, 0, 0, 0, 0, 0)

    def resize(self, width: int) -> Layout:
        """Lay the columns out for a width, and for the agents known by now."""
        session = self.session
        self.layout = lay_out(
            width,
            session.total,
            session.cast,
            memory=len(session.memory) > 0,
            compact=self.compact,
            inner=session.talks.any(),
        )
        return self.layout

    def line(self, at: int) -> Line:
        """The row at that place, exactly as wide as the layout; one that fails says so."""
        width = self.layout.width
        return guarded(lambda: self._line(at), lambda line: fit([("  ", ""), *line], width))

    def _line(self, at: int) -> Line:
        row = self.session.row(at)
        stands = row.kind in ("steps", "fold")
        here = stands and row.start <= self.session.cursor.step < row.stop
        if row.spoken is not None:
            body = self._spoken(row.spoken)
        elif row.fold and row.kind in ("fold", "headline"):
            body = self._fold(row, here)
        elif self.session.talks.stretch(row):
            body = self._talk(row, here)
        else:
            body = self._steps(row, here)
        if stands and self._chosen(row):
            body[0] = ("▌", "cursor" if here else "notice")
        return fit(body, self.layout.width)

    def _chosen(self, row: Row) -> bool:
        steps = self.session.selection.steps
        return bool(steps) and row.start <= steps[-1] and row.stop > steps[0]

    def _steps(self, row: Row, here: bool) -> Line:
        session, layout = self.session, self.layout
        steps = session.pages.range(row.start, row.stop)
        first = steps[0]
        now = session.cursor.step if here else row.start
        elapsed = session.elapsed_ns(first)
        line = gutter(layout, row.start, elapsed, here=here, mark=self._mark(row))
        line += delivery(layout, session.cast, self._delivery(row, steps, now, here))
        return [*line, *self._gauge(row.stop - 1)]

    def _talk(self, row: Row, here: bool) -> Line:
        """A stretch of an inner conversation: within whose turn, who talks, for how long."""
        session, layout = self.session, self.layout
        steps = session.pages.range(row.start, min(row.stop, row.start + 64))
        elapsed = session.elapsed_ns(steps[0])
        line = gutter(layout, row.start, elapsed, here=here, mark=self._mark(row))
        text: Line = [(f"{row.start}–{row.stop - 1}  {self._took(row)}", "dim")]
        if here and session.cursor.step != row.start:
            text.append((f"  at {session.cursor.step}", "inner bold"))
        owner = session.talks.owner(row)
        count = f"{'▾' if row.kind == 'talk' else '▸'}{number(row.stop - row.start)}"
        who = title(step for step in steps if session.inner(step))
        line += talk(layout, session.cast, owner, who, text, count)
        return [*line, *self._gauge(row.stop - 1)]

    def _spoken(self, item: Spoken) -> Line:
        """A span of an inner conversation that has no steps."""
        session, layout, span_ = self.session, self.layout, item.span
        time = right(clock(span_.start_ns - session.info.start_ns), 8) + " "
        line: Line = [(" " * (2 + layout.number), ""), (time, "time")]
        role = (session.role_of(agent(span_)) if span_.op == c.AGENT else "") or "inner"
        words: Line = [("  " * min(item.depth, 6), ""), *heading(span_, role)]
        line += beneath(layout, words, outcome(span_, session.text))
        return [*line, (" " * layout.memory, "")]

    def _delivery(self, row: Row, steps: list[Step], now: int, here: bool) -> Delivery:
        session, first = self.session, steps[0]
        note, role = self._note(steps)
        badge = self._badge(steps) if self.layout.badge else ""
        broadcast = len(steps) > 1
        current = next((s.recipient for s in steps if s.index == now), "") if broadcast else ""
        return Delivery(
            step=first.index,
            elapsed_ns=session.elapsed_ns(first),
            sender=first.sender,
            recipients=tuple(step.recipient for step in steps),
            message_type=session.kind(first),
            said=session.said(first),
            broadcast=broadcast,
            open=any(step.end_ns is None for step in steps),
            failed=frozenset(step.recipient for step in steps if step.error),
            current=current if here else "",
            note=note,
            note_role=role,
            badge=badge,
            badge_role="error" if "✗" in badge else "tool",
            inner=self._within(row, steps),
            nested=row.nested,
            call=first.kind == "call",
        )

    def _within(self, row: Row, steps: list[Step]) -> str:
        """How many calls were talked inside of a row, where that is shown."""
        talks = self.session.talks
        count = sum(len(talks.spoken(step)) for step in steps) if self.layout.inner else 0
        return f"{'▾' if row.start in talks.nesting.open else '▸'}{count}" if count else ""

    def _badge(self, steps: list[Step]) -> str:
        """What happened inside, in two cells: tools, their failures, model calls."""
        spans = [span for step in steps for span in self.session.spans(step.index)]
        chats, tools = calls(spans)
        if any(tool.error for tool in tools):
            return "⚒✗"
        if tools:
            return f"⚒{len(tools)}" if 1 < len(tools) < 10 else "⚒"
        return "◇✗" if any(chat.error for chat in chats) else "◇" if chats else ""

    def _note(self, steps: list[Step]) -> tuple[str, str]:
        failed = next((step for step in steps if step.error), None)
        if failed is not None:
            return " ".join((failed.error or "").split()), "error"
        waiting = next((step for step in steps if step.end_ns is None), None)
        if waiting is not None:
            return self.session.unfinished(waiting), "warning"
        reply = steps[0].reply_type
        if len(steps) == 1 and reply and reply not in ("None", "NoneType"):
            return f"⇠ {short_type(reply)}", "type"
        return "", "dim"

    def _fold(self, row: Row, here: bool) -> Line:
        session, layout, fold = self.session, self.layout, row.fold
        assert fold is not None
        steps = session.pages.range(row.start, row.start + 1)
        closed = row.kind == "fold"
        line = gutter(
            layout, row.start, session.elapsed_ns(steps[0]), here=here, mark=self._mark(row)
        )
        room = layout.width - layout.left - layout.memory
        text = self._fold_text(row, closed, here, brief=False)
        if length(text) > room:
            text = self._fold_text(row, closed, here, brief=True)
        line += fit(text, room, "fold")
        return [*line, *self._gauge(row.stop - 1)]

    def _fold_text(self, row: Row, closed: bool, here: bool, *, brief: bool) -> Line:
        session, fold = self.session, row.fold
        assert fold is not None
        last = row.stop - 1
        cycle = many(fold.period, "row") if fold.period > 1 else "row"
        text: Line = [
            ("▶ " if closed else "▼ ", "fold bold"),
            (f"×{fold.times} ", "fold bold"),
            (f"same {cycle}" if brief else f"the same {cycle} again and again", "fold"),
            (f"  {row.start}–{last}", "fold"),
        ]
        if here and closed and session.cursor.step != row.start:
            text.append((f"  at {session.cursor.step}", "fold bold"))
        text.append((f"  {self._took(row)}", "fold"))
        grown = session.grown_over(row.start, row.stop)
        if grown is not None:
            text.append((f"  {change(grown)}", "fold bold" if grown > 0 else "fold"))
        broke = session.folding.deviation(fold)
        text.append(
            ("  ≠ " if brief else "  first deviation ", "fold") if broke is not None else ("", "")
        )
        text.append((str(broke), "fold bold") if broke is not None else ("  to the end", "fold"))
        return text

    def _took(self, row: Row) -> str:
        first, last = self.session.step(row.start), self.session.step(row.stop - 1)
        end = last.end_ns if last.end_ns is not None else last.start_ns
        return span(end - first.start_ns)

    def _mark(self, row: Row) -> str:
        covering = self.session.findings.covering(row.start, row.stop)
        if not covering:
            return ""
        starting = [mark for mark in covering if row.start <= mark.first < row.stop]
        return starting[0].glyph if starting else "┆"

    def _gauge(self, step: int) -> Line:
        if not self.layout.memory:
            return []
        now, whole = self.session.rss_at(step), self.session.memory.whole()
        if now is None or whole is None:
            return [(" " * self.layout.memory, "")]
        gauge = bar(now, whole[0], ceiling(*whole))
        return [(f" {gauge}", "memory"), (right(size(now), 6), "dim")]


def bar(value: int, low: int, high: int) -> str:
    """A block whose height tells where a value lies between two others."""
    if high <= low:
        return BARS[1]
    return BARS[1 + round((value - low) / (high - low) * (len(BARS) - 2))]
