"""Memory over steps: compact series, and the extremes of any part of one in a few looks."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

_FAN = 16


class Series:
    """Values at rising steps, with a pyramid of minima and maxima over them."""

    def __init__(self) -> None:
        self.steps = array("q")
        self.values = array("q")
        self._low: list[array[int]] = []
        self._high: list[array[int]] = []
        self._whole: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def extend(self, points: Iterable[tuple[int, int]]) -> None:
        """Take (step, value) points; steps must not fall."""
        for step, value in points:
            self.steps.append(step)
            self.values.append(value)
        self._build()

    def extremes(self, start: int, stop: int) -> tuple[int, int] | None:
        """Least and greatest value at steps from `start` up to `stop`, None without any."""
        low, high = bisect_left(self.steps, start), bisect_left(self.steps, stop)
        return self._over(low, high) if low < high else None

    def at(self, step: int) -> int | None:
        """The last value at or before a step, None before the first."""
        place = bisect_right(self.steps, step) - 1
        return self.values[place] if place >= 0 else None

    def whole(self) -> tuple[int, int] | None:
        """Least and greatest value of all."""
        return self._whole

    def _build(self) -> None:
        self._low, self._high = [self.values], [self.values]
        while len(self._low[-1]) > _FAN:
            low, high = self._low[-1], self._high[-1]
            blocks = range(0, len(low), _FAN)
            self._low.append(array("q", [min(low[i : i + _FAN]) for i in blocks]))
            self._high.append(array("q", [max(high[i : i + _FAN]) for i in blocks]))

        self._whole = self._over(0, len(self.values)) if len(self.values) else None

    def _over(self, start: int, stop: int) -> tuple[int, int]:
        least, greatest = self.values[start], self.values[start]
        level = 0
        while start < stop:
            low, high = self._low[level], self._high[level]
            top = level + 1 == len(self._low)
            edge = stop if top else min(stop, -(-start // _FAN) * _FAN)
            while start < edge:
                least, greatest = min(least, low[start]), max(greatest, high[start])
                start += 1
            if start < stop and not top:
                tail = stop // _FAN * _FAN
                for i in range(max(start, tail), stop):
                    least, greatest = min(least, low[i]), max(greatest, high[i])
                start, stop, level = start // _FAN, max(start, tail) // _FAN, level + 1
        return least, greatest


def memory(points: Iterable[tuple[int, int]]) -> Series:
    """The process's resident memory over the run's steps."""
    series = Series()
    series.extend(points)
    return series
