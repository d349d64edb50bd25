"""The steps that a filter means, found a chunk at a time while the first are already shown."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from ..tracer.filter import Filter
from .facts import Facts
from .folding import Row
from .series import Series
from .source import Source

CHUNK = 512


class Matches:
    """Rows like those of `Folding`, one for each step that is meant."""

    def __init__(self, meant: Filter) -> None:
        self.meant = meant
        self.steps = array("I")
        self.looked = 0
        self.stopped = False

    @property
    def rows(self) -> int:
        return len(self.steps)

    def row(self, at: int) -> Row:
        """The row at that place, from 0."""
        step = self.steps[at]
        return Row("steps", step, step + 1)

    def at(self, step: int) -> int:
        """The place of the last row at or before a step, -1 before the first."""
        return bisect_right(self.steps, step) - 1

    def next(self, step: int, by: int) -> int | None:
        """The next step that is meant, in either direction."""
        place = bisect_right(self.steps, step) if by > 0 else bisect_left(self.steps, step) - 1
        return self.steps[place] if 0 <= place < len(self.steps) else None

    def work(self, source: Source, memory: Series, tell: Callable[[], None]) -> None:
        """Look at the steps that have not been looked at, until told to stop."""
        facts, matches = Facts(source, memory), self.meant.matches
        while self.looked < source.info.steps and not self.stopped:
            steps = source.steps(self.looked, self.looked + CHUNK)
            found = [step.index for step in steps if matches(facts.of(step))]
            self.steps.extend(found)
            self.looked = min(self.looked + CHUNK, source.info.steps)
            tell()
