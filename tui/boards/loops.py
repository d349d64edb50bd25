"""What went round in circles: loops that the checks found, and rows that repeat back to back."""

from __future__ import annotations

from collections.abc import Iterator

from ..cycles import Fold
from ..pieces import Line, fit
from ..units import change, many, number, span
from .base import Board, Row, delivery_line, finding_row, heading, sentence

LOOPING = ("loop", "stall")
SHOWN = 500


class Loops(Board):
    """Findings of the loop rules, then one row for each repeat."""

    name = "loops"
    twin = "--loops"
    detail = "below"
    surveyed = True  # for the tokens

    def head(self, width: int, height: int) -> list[Line]:
        folds = self.session.folding.folds
        inside = sum(self._stop(fold) - self._start(fold) for fold in folds)
        total = max(1, self.session.total)
        line: Line = [(f" {many(len(folds), 'exact repeat')}", "bold")]
        line.append((f"  {many(inside, 'step')}, {100 * inside // total} % of the run", "dim"))
        return [fit(line, width)]

    def renew(self) -> None:
        self.rows = [*self._found(), *self._repeats()]

    def _found(self) -> Iterator[Row]:
        board = self.session.findings
        marks = [m for m in board.by_severity() if m.finding.slug.partition(".")[0] in LOOPING]
        yield heading("Found by the checks")
        for mark in marks:
            yield finding_row(mark)
        if not marks:
            checking = board.state in ("waiting", "checking")
            yield sentence("the run is being checked…" if checking else "✓ no loop", "dim")

    def _repeats(self) -> Iterator[Row]:
        folds = self.session.folding.folds
        yield heading("Rows that repeat word for word", "longest first")
        if not folds:
            yield sentence("none" if self.session.indexed else "still being read…")
        longest = sorted(folds, key=lambda fold: self._start(fold) - self._stop(fold))
        for fold in longest[:SHOWN]:
            yield self._repeat(fold)
        if len(longest) > SHOWN:
            yield sentence(f"and {number(len(longest) - SHOWN)} shorter ones")

    def _repeat(self, fold: Fold) -> Row:
        return Row(lambda width: self._line(fold), self._start(fold), lambda: self._detail(fold))

    def _line(self, fold: Fold) -> Line:
        start, stop = self._start(fold), self._stop(fold)
        spent = self.survey.tokens.between(start, stop)
        known = self.survey.steps >= stop
        broke = self.session.folding.deviation(fold)
        line: Line = [
            (f" ×{number(fold.times):<6}", "fold bold"),
            (f"{many(fold.period, 'row'):>8}  ", "fold"),
            (f"{start}–{stop - 1}", "bold"),
            (f"  {many(spent, 'token')}" if known else "  tokens …", ""),
            (f"  {self._took(start, stop)}  ", "dim"),
            *self._members(fold),
        ]
        grown = self.session.grown_over(start, stop)
        if grown is not None:
            line.append((f"  {change(grown)}", "memory" if grown > 0 else "dim"))
        line.append(("  first deviation ", "dim") if broke is not None else ("  to the end", "dim"))
        line.append((str(broke) if broke is not None else "", "fold bold"))
        return line

    def _members(self, fold: Fold) -> Line:
        """Who speaks in it; a broadcast reaches many that have no part in it."""
        cast, session = self.session.cast, self.session
        seen: dict[str, None] = {}
        start, stop = self._start(fold), self._stop(fold)
        per_cycle = max(1, (stop - start) // fold.times)
        for step in session.pages.range(start, min(stop, start + per_cycle)):
            seen.setdefault(step.sender)
            if step.kind != "publish":
                seen.setdefault(step.recipient)
        line: Line = []
        for identity in seen:
            line += [(" " if line else "", ""), (cast.name(identity), cast.role(identity))]
        return line

    def _detail(self, fold: Fold) -> list[Line]:
        """One turn of the cycle, and what broke it."""
        session = self.session
        start, stop = self._start(fold), self._stop(fold)
        per_cycle = max(1, (stop - start) // fold.times)
        turn = session.pages.range(start, min(stop, start + min(per_cycle, 40)))
        out: list[Line] = [[(f"one turn of ×{fold.times}, from step {start}", "heading")]]
        out += [[(f"{step.index:>6} ", "number"), *delivery_line(session, step)] for step in turn]
        broke = session.folding.deviation(fold)
        if broke is None:
            return [*out, [], [("It went on to the end of what is recorded.", "warning")]]
        head: Line = [(f"first deviation: step {broke}", "heading")]
        return [*out, [], head, delivery_line(session, session.step(broke))]

    def _took(self, start: int, stop: int) -> str:
        first, last = self.session.step(start), self.session.step(stop - 1)
        return span((last.end_ns or last.start_ns) - first.start_ns)

    def _start(self, fold: Fold) -> int:
        return self.session.folding.steps_of(fold)[0]

    def _stop(self, fold: Fold) -> int:
        return self.session.folding.steps_of(fold)[1]
