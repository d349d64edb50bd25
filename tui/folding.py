"""Which row shows which step: base rows with folds closed or open.

A closed fold is one row. An open fold is a headline followed by its rows. Steps that are not
indexed yet stand one a row after the indexed ones. Every step is shown by exactly one row, and
headlines of open folds show no step of their own.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from .cycles import Fold
from .inner import Spoken
from .rows import RowIndex, Snapshot


@dataclass(frozen=True, slots=True)
class Row:
    """One row on the screen: the steps `start` up to `stop`.

    `talk` is the line above an open inner conversation, `inside` a span of one that has no steps;
    `nested` rows stand below such a line.
    """

    kind: Literal["steps", "fold", "headline", "talk", "inside"]
    start: int
    stop: int
    fold: Fold | None = None
    nested: bool = False
    spoken: Spoken | None = None


class Folding:
    """The rows of a run as they are folded now."""

    def __init__(self, index: RowIndex, total: int) -> None:
        self.index = index
        self.total = total
        self.open: set[int] = set()  # first base rows of the folds that are open
        self._seen = Snapshot()
        self._firsts = array("I")
        self._tops = array("I")  # view row of each fold's (head)line
        self._gone = array("q", [0])  # view rows saved by the folds before
        self.sync(total)

    @property
    def folds(self) -> tuple[Fold, ...]:
        return self._seen.folds

    @property
    def rows(self) -> int:
        """How many rows the run has as folded now."""
        return self._seen.rows - self._gone[-1] + max(0, self.total - self._seen.steps)

    def sync(self, total: int) -> bool:
        """Take over what the index has published; True if rows may have moved."""
        snapshot = self.index.snapshot
        changed = snapshot is not self._seen or total != self.total
        self.total = total
        if snapshot is not self._seen:
            self._seen = snapshot
            self._lay_out()
        return changed

    def toggle(self, fold: Fold) -> None:
        """Open a closed fold, close an open one."""
        self.open ^= {fold.first}
        self._lay_out()

    def set_all(self, *, closed: bool) -> None:
        """Close or open every fold."""
        self.open = set() if closed else {fold.first for fold in self.folds}
        self._lay_out()

    def row(self, at: int) -> Row:
        """The row at that place, from 0."""
        number = bisect_right(self._tops, at) - 1
        if number >= 0:
            fold = self.folds[number]
            inside = at - self._tops[number]
            if inside == 0:
                kind = "headline" if fold.first in self.open else "fold"
                return Row(kind, self._start(fold.first), self._start(fold.last), fold)
            if fold.first in self.open and inside <= fold.last - fold.first:
                return self._base_row(fold.first + inside - 1, fold)
        return self._base_row(at + self._gone[number + 1], None)

    def at(self, step: int) -> int:
        """The place of the row that shows a step."""
        base = self._base_of(step)
        number = bisect_right(self._firsts, base) - 1
        if number >= 0:
            fold = self.folds[number]
            if base < fold.last:
                top = self._tops[number]
                return top + 1 + base - fold.first if fold.first in self.open else top
        return base - self._gone[number + 1]

    def fold_of(self, step: int) -> Fold | None:
        """The fold a step lies in, open or closed."""
        base = self._base_of(step)
        number = bisect_right(self._firsts, base) - 1
        if number >= 0 and base < self.folds[number].last:
            return self.folds[number]
        return None

    def steps_of(self, fold: Fold) -> tuple[int, int]:
        """First step of a fold and the first after it."""
        return self._start(fold.first), self._start(fold.last)

    def deviation(self, fold: Fold) -> int | None:
        """The step that broke the cycle, None if it goes on to the end of what is known."""
        return None if fold.deviation < 0 else self._start(fold.deviation)

    def _base_of(self, step: int) -> int:
        if step >= self._seen.steps:
            return self._seen.rows + step - self._seen.steps
        return bisect_right(self.index.starts, step, hi=self._seen.rows) - 1

    def _base_row(self, base: int, fold: Fold | None) -> Row:
        return Row("steps", self._start(base), self._start(base + 1), fold)

    def _start(self, base: int) -> int:
        if base < self._seen.rows:
            return self.index.starts[base]
        return self._seen.steps + base - self._seen.rows

    def _lay_out(self) -> None:
        folds, is_open = self.folds, self.open
        saved = [-1 if f.first in is_open else f.last - f.first - 1 for f in folds]
        self._gone = array("q", accumulate(saved, initial=0))
        self._firsts = array("I", [fold.first for fold in folds])
        self._tops = array(
            "I", [fold.first - gone for fold, gone in zip(folds, self._gone, strict=False)]
        )
