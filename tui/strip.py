"""The memory strip and the scrubber under the swimlane: the whole run, one column a few steps."""

from __future__ import annotations

from collections.abc import Sequence

from .findings import Findings
from .pieces import Line, right
from .series import Series
from .units import size

_EIGHTHS = " ▁▂▃▄▅▆▇█"
AXIS = 8  # cells left of the strip
LEAST = 8  # a curve has room for at least this part of its least value above that


def ceiling(low: int, high: int) -> int:
    """How far up a chart reaches: a curve that hardly moves is not to look like a mountain.

    >>> ceiling(100, 800), ceiling(800, 810)
    (800, 900)
    """
    return max(high, low + low // LEAST)


class Strip:
    """Columns of a run of `total` steps at one width; the playhead is laid over them."""

    def __init__(
        self, width: int, height: int, total: int, memory: Series, findings: Findings
    ) -> None:
        self.columns = max(1, width - AXIS)
        self.height = height
        self.total = total
        self._memory = memory
        self._whole = memory.whole()
        self._heights = self._measure()
        self._marks = self._place(findings)

    def column(self, step: int) -> int:
        """The column a step lies in."""
        return min(self.columns - 1, step * self.columns // max(1, self.total))

    def step(self, column: int) -> int:
        """The first step of a column (for the mouse)."""
        return max(0, min(self.total - 1, -(-column * self.total // self.columns)))

    def lines(self, step: int) -> list[Line]:
        """Memory from top to bottom, then the scrubber, with the playhead at `step`."""
        here = self.column(step)
        return [self._band(level, here) for level in range(self.height)] + [self._scrubber(here)]

    def _measure(self) -> list[int]:
        """The height of each column, in eighths of a cell, from 1 where anything is known."""
        if self._whole is None:
            return [0] * self.columns
        low, high = self._whole[0], ceiling(*self._whole)
        full = self.height * 8
        heights: list[int] = []
        known: int | None = None
        for column in range(self.columns):
            start = column * self.total // self.columns
            stop = max(start + 1, (column + 1) * self.total // self.columns)
            extremes = self._memory.extremes(start, stop)
            known = extremes[1] if extremes else known
            if known is None:
                heights.append(0)
            else:
                share = (known - low) / (high - low) if high > low else 0.0
                heights.append(1 + round(share * (full - 1)))
        return heights

    def _band(self, level: int, here: int) -> Line:
        below = (self.height - 1 - level) * 8
        text = "".join(_EIGHTHS[max(0, min(8, height - below))] for height in self._heights)
        line: Line = [(self._axis(level), "dim")]
        return [*line, *_over(text, here, "memory", "┃" if text[here] in " " else text[here])]

    def _axis(self, level: int) -> str:
        if self._whole is None:
            return right("memory ?" if level == 0 else "", AXIS)
        if level == 0:
            return right(size(ceiling(*self._whole)), AXIS - 1) + " "
        if level == self.height - 1:
            return right(size(self._whole[0]), AXIS - 1) + " "
        return " " * AXIS

    def _place(self, findings: Findings) -> list[tuple[str, str]]:
        marks = [("─", "dim")] * self.columns
        for mark in reversed(findings.by_severity()):
            role = mark.finding.severity
            for column in range(self.column(mark.first), self.column(mark.last) + 1):
                marks[column] = ("━", role)
        for mark in reversed(findings.by_severity()):
            marks[self.column(mark.first)] = (mark.digit, f"{mark.finding.severity} bold")
        return marks

    def _scrubber(self, here: int) -> Line:
        line: Line = [(right("run ", AXIS), "dim")]
        for column, (char, role) in enumerate(self._marks):
            if column == here:
                line.append(("●" if char in "─━" else char, "playhead"))
            elif len(line) > 1 and line[-1][1] == role:
                line[-1] = (line[-1][0] + char, role)
            else:
                line.append((char, role))
        return line


def band_lines(
    points: Sequence[tuple[int, int]], width: int, height: int, low: int, high: int
) -> list[Line]:
    """A chart of points between two places, `height` rows high, with the extremes at its left."""
    columns = max(1, width - AXIS)
    most: list[int | None] = [None] * columns
    for at, value in points:
        place = min(columns - 1, max(0, (at - low) * columns // max(1, high - low)))
        known = most[place]
        most[place] = value if known is None else max(known, value)
    least = min(v for _, v in points)
    greatest = ceiling(least, max(v for _, v in points))
    heights: list[int] = []
    last: int | None = None
    for value in most:
        last = last if value is None else value
        share = 0.0 if last is None or greatest <= least else (last - least) / (greatest - least)
        heights.append(0 if last is None else 1 + round(share * (height * 8 - 1)))
    out: list[Line] = []
    for level in range(height):
        below = (height - 1 - level) * 8
        text = "".join(_EIGHTHS[max(0, min(8, each - below))] for each in heights)
        ends = {0: size(greatest), height - 1: size(least) if least < greatest else ""}
        axis = right(ends.get(level, ""), AXIS - 1) + " "
        out.append([(axis, "dim"), (text, "memory")])
    return out


def _over(text: str, at: int, role: str, head: str) -> Line:
    pieces = [(text[:at], role), (head, "playhead"), (text[at + 1 :], role)]
    return [piece for piece in pieces if piece[0]]
