"""Inner conversations that are open, laid between the rows of a folding.

A closed one is a single row: a stretch of inner steps, or a step in which something was talked
that has no steps. Open, the stretch becomes a line above its rows, and a step has lines below it
that stand for no step. Rows inside closed folds stay hidden.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from .folding import Folding, Row

Unfold = Callable[[Row], list[Row]]
NO_STEP = ("headline", "talk", "inside")  # rows that stand for no step of their own


class Nesting:
    """The rows of a run with the inner conversations that are open now."""

    def __init__(self, folding: Folding, unfold: Unfold) -> None:
        self.folding = folding
        self.open: set[int] = set()  # the first steps of what is open
        self._unfold = unfold
        self._places: list[int] = []  # rows of the folding that have something below them
        self._below: list[list[Row]] = []
        self._tops: list[int] = []  # where those rows stand
        self._extra: list[int] = [0]  # rows that were put in before each of them

    @property
    def rows(self) -> int:
        return self.folding.rows + self._extra[-1]

    def lay_out(self) -> None:
        """What is open, folded or known has changed."""
        if not self.open and not self._places:
            return
        found: dict[int, list[Row]] = {}
        for step in sorted(self.open):
            if step >= self.folding.total:
                continue
            place = self.folding.at(step)
            row = self.folding.row(place)
            if row.kind == "steps" and row.start == step:
                found[place] = self._unfold(row)
        self._places, self._below = list(found), list(found.values())
        self._extra = list(accumulate(map(len, self._below), initial=0))
        self._tops = [a + b for a, b in zip(self._places, self._extra, strict=False)]

    def row(self, at: int) -> Row:
        """The row at that place, from 0."""
        number = bisect_right(self._tops, at) - 1
        if number < 0:
            return self.folding.row(at)
        inside, below = at - self._tops[number], self._below[number]
        if inside == 0:
            row = self.folding.row(self._places[number])
            return replace(row, kind="talk") if _stretch(below) else row
        if inside <= len(below):
            return below[inside - 1]
        return self.folding.row(at - self._extra[number + 1])

    def at(self, step: int) -> int:
        """The place of the row that shows a step."""
        place = self.folding.at(step)
        number = bisect_left(self._places, place)
        at = place + self._extra[number]
        if number < len(self._places) and self._places[number] == place:
            below = self._below[number]
            if _stretch(below):
                known = bisect_right(below, step, key=lambda row: row.start)
                while known > 1 and below[known - 1].kind == "inside":
                    known -= 1
                return at + known
        return at

    def around(self, step: int) -> Row | None:
        """The open stretch that a step stands in."""
        place = self.folding.at(step)
        row = self.folding.row(place)
        number = bisect_left(self._places, place)
        here = number < len(self._places) and self._places[number] == place
        return row if here and _stretch(self._below[number]) else None


def _stretch(below: list[Row]) -> bool:
    return bool(below) and below[0].kind == "steps"
