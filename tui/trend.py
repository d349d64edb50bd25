"""Values over a run as one line of blocks, and how steadily they rise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[int, float]

_EIGHTHS = "▁▂▃▄▅▆▇█"


def spark(points: Sequence[Point], cells: int, low: int, high: int) -> str:
    """The greatest value of each of `cells` parts of `low` to `high`; gaps keep the last value.

    >>> spark([(0, 1), (5, 4), (9, 8)], 5, 0, 10)
    '▁▁▄▄█'
    """
    if cells <= 0 or not points or high <= low:
        return ""
    most: list[float | None] = [None] * cells
    for at, value in points:
        place = min(cells - 1, max(0, (at - low) * cells // (high - low)))
        known = most[place]
        most[place] = value if known is None else max(known, value)
    least, greatest = min(v for _, v in points), max(v for _, v in points)
    out, last = "", None
    for value in most:
        last = value if value is not None else last
        if last is None:
            out += " "
        elif greatest <= least:
            out += _EIGHTHS[0]
        else:
            out += _EIGHTHS[round((last - least) / (greatest - least) * 7)]
    return out


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through points by least squares: rise per unit, and the share it explains."""

    slope: float
    r2: float


def trend(points: Sequence[Point]) -> Trend | None:
    """None for fewer than three points, and where places or values are all the same."""
    count = len(points)
    if count < 3:
        return None
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return Trend(xy / xx, xy * xy / (xx * yy)) if xx and yy else None
