"""Two runs side by side as rows: figures first, then the stretches in which they part."""

from __future__ import annotations

from collections.abc import Iterator

from ...tracer.model import Step
from ..bodies import flat
from ..compare import changes
from ..comparing import Comparison, Delta, Part
from ..names import digits_of
from ..pieces import Line, cut, fit, pad, right
from ..session import Session
from ..units import many
from .base import Row, blank, heading, sentence

SHOWN = 200  # steps of one stretch that get a row each
_ROLES = {"-": "removed", "+": "added", "~": "warning", "=": "dim"}


class Compared:
    """The rows of a comparison; `chosen` is the one the cursor is on."""

    def __init__(self, a: Session, b: Session, found: Comparison) -> None:
        self.a, self.b = a, b
        self.found = found
        self.rows: list[Row] = [*self._figures(), blank(), *self._parts()]
        self.chosen = self._first()

    def _first(self) -> int:
        """The first row where the runs part."""
        items = [at for at, row in enumerate(self.rows) if row.kind == "item"]
        return next(
            (at for at in items if self.rows[at].step is not None), items[0] if items else -1
        )

    def count(self) -> int:
        return len(self.rows)

    def line(self, at: int, width: int) -> Line:
        return [("▸" if at == self.chosen else " ", "cursor"), *self.rows[at].line(width - 1)]

    def move(self, by: int) -> int:
        """Choose another row; the row that was chosen before."""
        before, at = self.chosen, self.chosen
        for _ in range(abs(by)):
            at = self._next(at, 1 if by > 0 else -1)
        self.chosen = at
        return before

    def go(self, at: int) -> int:
        """Choose a row, if it can be; the row that was chosen before."""
        before = self.chosen
        if self.rows[at].kind == "item":
            self.chosen = at
        return before

    def _next(self, at: int, by: int) -> int:
        place = at + by
        while 0 <= place < len(self.rows) and self.rows[place].kind != "item":
            place += by
        return place if 0 <= place < len(self.rows) else at

    def head(self, width: int) -> Line:
        """Which runs, and where they part."""
        first = self.found.first
        line: Line = [(f" A {self._name(self.a)}", "removed bold"), ("   ", "")]
        line += [(f"B {self._name(self.b)}", "added bold"), ("   ", "")]
        if first is None:
            line.append((f"the same {many(self.found.a.steps, 'step')}", "good"))
        else:
            where = f"they part at step {first.a[0]} of A, {first.b[0]} of B"
            line.append((where, "bold"))
        return fit(line, width)

    @staticmethod
    def _name(session: Session) -> str:
        digits = digits_of(run.trace_id for run in session.source.recording.runs)
        return f"{session.info.name} {session.info.trace_id[:digits]}"

    def _figures(self) -> Iterator[Row]:
        names: Line = [
            (pad("", 15) + right("A", 14) + right("B", 14) + right("change", 14), "head")
        ]
        yield Row(lambda width: names, kind="heading")
        for delta in self.found.deltas:
            yield self._figure(delta)
        codes = [self._codes(session) or "none" for session in (self.a, self.b)]
        if codes != ["none", "none"]:
            line: Line = [
                (" " + pad("findings", 14), "dim"),
                ("  A ", "removed"),
                (codes[0], "bold"),
            ]
            line += [("   B ", "added"), (codes[1], "bold")]
            yield Row(lambda width: line, kind="heading")

    def _codes(self, session: Session) -> str:
        marks = session.findings.by_severity()
        return " ".join(dict.fromkeys(mark.finding.code for mark in marks))

    @staticmethod
    def _figure(delta: Delta) -> Row:
        role = "bold" if delta.differs else ""
        line: Line = [
            (" " + pad(delta.name, 14), "dim"),
            (right(delta.a, 14), role),
            (right(delta.b, 14), role),
            (right(delta.change, 14), "notice" if delta.differs else "dim"),
        ]
        return Row(lambda width: line, kind="heading")

    def _parts(self) -> Iterator[Row]:
        yield heading("Steps", "= the same  ~ said otherwise  - only in A  + only in B")
        if not self.found.parts:
            yield sentence("neither run has steps")
        for part in self.found.parts:
            yield from self._part(part)

    def _part(self, part: Part) -> Iterator[Row]:
        count = max(part.a[1] - part.a[0], part.b[1] - part.b[0])
        if part.like == "=":
            text = f"= {_range(part.a):>11}  {_range(part.b):>11}  {many(count, 'step')} the same"
            yield Row(lambda width: [(text, "dim")], kind="heading")
            return
        for offset in range(min(count, SHOWN)):
            yield self._pair(part, offset)
        if count > SHOWN:
            yield sentence(f"{part.like} and {many(count - SHOWN, 'more step')}", _ROLES[part.like])

    def _pair(self, part: Part, offset: int) -> Row:
        a = part.a[0] + offset if part.a[0] + offset < part.a[1] else None
        b = part.b[0] + offset if part.b[0] + offset < part.b[1] else None

        def line(width: int) -> Line:
            session, index = (self.b, b) if a is None else (self.a, a)
            assert index is not None
            step = session.step(index)
            numbers = f"{'' if a is None else a:>11}  {'' if b is None else b:>11}"
            out: Line = [(f"{part.like} {numbers}  ", _ROLES[part.like])]
            out += [*fit(_who(session, step), max(24, min(58, width * 2 // 5)) - 1), (" ", "")]
            if a is not None and b is not None:
                room = max(10, (width - 30 - max(24, min(58, width * 2 // 5))) // 2)
                said = _apart(
                    self.a.headline(self.a.step(a).body), self.b.headline(self.b.step(b).body)
                )
                out.append((pad(said[0], room), "removed"))
                return [*out, (" │ ", "dim"), (cut(said[1], room), "added")]
            return [*out, (session.headline(step.body), _ROLES[part.like])]

        return Row(line, a if a is not None else b, lambda: self._detail(a, b))

    def sides(self) -> tuple[Session, bool]:
        """Whose step the chosen row leads to, and whether that is A's."""
        row = self.rows[self.chosen]
        only_b = row.line(200)[0][0].startswith("+")
        return (self.b, False) if only_b else (self.a, True)

    @staticmethod
    def _said(session: Session, index: int) -> str:
        return session.headline(session.step(index).body)

    def _detail(self, a: int | None, b: int | None) -> list[Line]:
        """The two messages against each other, or the one there is."""
        texts: list[list[str]] = []
        for session, index in ((self.a, a), (self.b, b)):
            body = None if index is None else session.step(index).body
            texts.append([] if body is None else flat(session.text(body)))
        return changes(texts[0], texts[1]) or [[("No bodies were recorded.", "dim")]]


def _who(session: Session, step: Step) -> Line:
    cast = session.cast
    return [
        (cast.name(step.sender), cast.role(step.sender)),
        (" → ", "dim"),
        (cast.name(step.recipient), cast.role(step.recipient)),
        (f"  {cut(session.kind(step).rpartition('.')[2], 22)}  ", "type"),
    ]


def _apart(a: str, b: str) -> tuple[str, str]:
    """Both from a little before where they begin to differ."""
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    start = max(0, same - 12) if same > 24 else 0
    lead = "…" if start else ""
    return lead + a[start:], lead + b[start:]


def _range(steps: tuple[int, int]) -> str:
    return f"{steps[0]}" if steps[1] - steps[0] == 1 else f"{steps[0]}–{steps[1] - 1}"
