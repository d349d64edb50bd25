"""Growth that is a leak: every one of six segments of the tail rises, and fast enough to matter.

The first two fifths of a series are warm-up. The rest is cut into six segments of equal length on
the axis of messages; each is represented by its floor (memory) or its median (counts of things).
Significance tests flag a third of healthy programs, because a flat program still creeps; demanding
that every segment rises and that the rate is over a floor flagged none of 129. Growth that fades is
a cache, a pool or an allocator that fills up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Final

WARM_UP: Final = 0.4
SEGMENTS: Final = 6
FADING: Final = 3
EVEN: Final = 0.6

Point = tuple[float, float]  # messages, value


@dataclass(frozen=True, slots=True)
class Trend:
    """How a counter went in the tail. `levels` are the segments' floors or medians."""

    levels: tuple[float, ...]
    rates: tuple[float, ...]  # units a message, between neighbouring segments
    rate: float  # units a message, between the first and the last segment
    spread: float  # of the rates between neighbouring segments: half their range
    typical: float  # the median of these rates: what one or two jumps do not raise
    low: float  # the second smallest of them: what two jumps leave when the rest is flat
    start: float  # messages at which the tail begins
    stop: float
    onset: int  # index in the series of the tail's first point

    @property
    def rises(self) -> bool:
        """Every segment lies above the one before."""
        return all(low < high for low, high in zip(self.levels, self.levels[1:], strict=False))

    @property
    def fades(self) -> bool:
        """It rises less and less, as what fills up does: the last third gains under a third of
        what the first gained. A single jump counts as three usual rises: it is no filling."""
        capped = [min(rate, FADING * self.typical) for rate in self.rates]
        return sum(capped[-2:]) * FADING < sum(capped[:2])

    @property
    def even(self) -> bool:
        """It rises in every segment about as much as usually: nothing shows yet that it ends."""
        return min(self.rates) >= EVEN * self.typical > 0

    def wanes(self, begin: float) -> bool:
        """It rises less and less, by counts that have no noise but chance: the last third of the
        tail gains clearly less than the first, or less than that and far less than the warm-up,
        which is twice as long and `begin` at its begin. Clearly: by a standard deviation."""
        first, last = self.levels[2] - self.levels[0], self.levels[-1] - self.levels[-3]
        warm_up = self.levels[0] - begin
        return last < 0.75 * first - sqrt(max(0.0, first + last)) or (
            last < first and last < 0.3 * warm_up - sqrt(max(0.0, warm_up))
        )

    @property
    def growth(self) -> float:
        return self.levels[-1] - self.levels[0]


def trend(points: Sequence[Point], level: Callable[[Sequence[float]], float] = min) -> Trend | None:
    """The trend of a series ordered by messages, None when it is too short for six segments."""
    if len(points) < 2:
        return None
    begin, end = points[0][0], points[-1][0]
    start = begin + WARM_UP * (end - begin)
    tail = [point for point in points if point[0] >= start]
    width = (end - start) / SEGMENTS
    if width <= 0:
        return None
    groups: list[list[Point]] = [[] for _ in range(SEGMENTS)]
    for at, value in tail:
        groups[min(SEGMENTS - 1, int((at - start) / width))].append((at, value))
    if not all(groups):
        return None
    levels = tuple(level([value for _, value in group]) for group in groups)
    middles = [median(at for at, _ in group) for group in groups]
    rates = [
        (levels[i + 1] - levels[i]) / max(1e-9, middles[i + 1] - middles[i])
        for i in range(SEGMENTS - 1)
    ]
    return Trend(
        levels=levels,
        rates=tuple(rates),
        rate=(levels[-1] - levels[0]) / max(1e-9, middles[-1] - middles[0]),
        spread=(max(rates) - min(rates)) / 2,
        typical=median(rates),
        low=sorted(rates)[1],
        start=start,
        stop=end,
        onset=len(points) - len(tail),
    )
