"""Two sequences aligned: what both have, what only one has.

The greedy algorithm of Myers, "An O(ND) difference algorithm and its variations" (1986), in pieces:
after MOST differences the path that got furthest is kept and the search starts anew from its end.
Runs that have little in common then cost time in proportion to their lengths, and the alignment
is still one, if no longer the shortest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

MOST = 400

Pair = tuple[int | None, int | None]


def align(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """Pairs of places, in order: (i, j) are equal, (i, None) is only in `a`, (None, j) in `b`.

    >>> align("abcd", "axcd")
    [(0, 0), (1, None), (None, 1), (2, 2), (3, 3)]
    """
    start, stop_a, stop_b = 0, len(a), len(b)
    while start < min(stop_a, stop_b) and a[start] == b[start]:
        start += 1
    while min(stop_a, stop_b) > start and a[stop_a - 1] == b[stop_b - 1]:
        stop_a, stop_b = stop_a - 1, stop_b - 1
    out: list[Pair] = [(i, i) for i in range(start)]
    x = y = start
    while x < stop_a or y < stop_b:
        piece = list(_piece(a, b, x, y, stop_a, stop_b))
        out += piece
        x += sum(1 for i, _ in piece if i is not None)
        y += sum(1 for _, j in piece if j is not None)
    out += [(stop_a + n, stop_b + n) for n in range(len(a) - stop_a)]
    return out


def _piece(
    a: Sequence[Hashable], b: Sequence[Hashable], x0: int, y0: int, stop_a: int, stop_b: int
) -> Iterator[Pair]:
    """The pairs from (x0, y0) to the end, or as far as MOST differences lead."""
    width, height = stop_a - x0, stop_b - y0
    furthest = {1: 0}  # diagonal -> x
    trace: list[dict[int, int]] = []
    best = (0, 0, 0)  # x + y, diagonal, differences
    for d in range(min(width + height, MOST) + 1):
        trace.append(dict(furthest))
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
            x = furthest.get(k + 1, 0) if down else furthest.get(k - 1, 0) + 1
            y = x - k
            if x > width or y > height or y < 0:
                continue
            while x < width and y < height and a[x0 + x] == b[y0 + y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            best = max(best, (x + y, k, d), key=lambda end: end[0])
            if x >= width and y >= height:
                yield from _back(trace, x, y, x0, y0, d)
                return
    total, k, d = best
    x = (total + k) // 2
    yield from _back(trace, x, x - k, x0, y0, d)


def _back(
    trace: Sequence[dict[int, int]], x: int, y: int, x0: int, y0: int, last: int
) -> list[Pair]:
    """The pairs on the way to (x, y), which took `last` differences."""
    out: list[Pair] = []
    for d in range(last, 0, -1):
        known, k = trace[d], x - y
        down = k == -d or (k != d and known.get(k - 1, -1) < known.get(k + 1, -1))
        before = k + 1 if down else k - 1
        from_x = known.get(before, 0)
        from_y = from_x - before
        while x > (from_x if down else from_x + 1) and y > (from_y + 1 if down else from_y):
            x, y = x - 1, y - 1
            out.append((x0 + x, y0 + y))
        out.append((None, y0 + from_y) if down else (x0 + from_x, None))
        x, y = from_x, from_y
    while x > 0 and y > 0:
        x, y = x - 1, y - 1
        out.append((x0 + x, y0 + y))
    return out[::-1]
