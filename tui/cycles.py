"""Finds blocks of rows that repeat back to back, while the rows come in.

A candidate is a period p for which key[i] == key[i - p] has held since some row. When all
candidates have died, every earlier occurrence of the key within reach proposes one, so the true
period of a repeat is always among them (it cannot die before the repeat ends); while some live, the
nearest occurrence does, for repeats inside what may become a longer cycle. The candidate that
first fills enough cycles leads; when it dies, its whole cycles become a fold, and the row at
which it died is the fold's deviation. A long cycle whose inside repeats too takes the place of
the folds inside it. Cost: about one comparison a row and live candidate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 32  # rows in a block
FEWEST = 3  # times a block must stand back to back


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows `first` up to `last` are `times` repeats of the same `period` rows.

    `deviation` is the row that broke the cycle, -1 when none did (yet).
    """

    first: int
    last: int
    period: int
    deviation: int = -1

    @property
    def times(self) -> int:
        return (self.last - self.first) // self.period


class CycleFinder:
    """Give it keys with `add`; closed folds gather in `folds`, in order and apart."""

    def __init__(self, longest: int = LONGEST, fewest: int = FEWEST) -> None:
        self.folds: list[Fold] = []
        self._longest = longest
        self._fewest = fewest
        self._recent: list[int] = []  # the last `longest` keys and some slack before them
        self._seen: dict[int, int] = {}  # the last row of each key, old ones among them
        self._base = 0  # row of _recent[0]
        self._live: dict[int, int] = {}  # period -> first row of its repeat
        self._leader = 0  # period, 0: none

    @property
    def rows(self) -> int:
        return self._base + len(self._recent)

    def extend(self, keys: Iterable[int]) -> None:
        """Take the keys of the next rows."""
        longest, recent, seen, live = self._longest, self._recent, self._seen, self._live
        row, full = self.rows, 4 * longest
        for key in keys:
            before = seen.get(key)
            if live or (before is not None and row - before <= longest):
                self.add(key)
            else:  # nothing repeats, nor does this begin to
                seen[key] = row
                recent.append(key)
                if len(recent) > full:
                    self._forget()
            row += 1

    def add(self, key: int) -> None:
        """Take the key of the next row."""
        recent, base = self._recent, self._base
        row = base + len(recent)
        if self._live:
            dead = [p for p in self._live if recent[row - p - base] != key]
            for period in dead:
                if period == self._leader:
                    self._close(row)
                self._live.pop(period, None)
        seen = self._seen
        nearest = row - seen.get(key, -self._longest - 1)
        if nearest > self._longest:
            nearest = 0
        seen[key] = row
        recent.append(key)
        if nearest and not self._live:
            self._propose(row, key)
        elif nearest and nearest not in self._live:
            self._live[nearest] = self._grown_back(row - nearest, nearest)
        if self._live and not self._leader:
            self._elect(row)
        if len(recent) > 4 * self._longest:
            self._forget()

    def _forget(self) -> None:
        """Let go of what is too far back to be repeated."""
        recent, seen, rows = self._recent, self._seen, self.rows
        del recent[: -2 * self._longest]
        self._base = rows - len(recent)
        if len(seen) > 16 * self._longest:
            seen.clear()
            seen.update((key, self._base + at) for at, key in enumerate(recent))

    def provisional(self) -> Fold | None:
        """The repeat that is still going on, if it fills enough cycles."""
        if not self._leader:
            return None
        first = self._live[self._leader]
        whole = (self.rows - first) // self._leader * self._leader
        return Fold(first, first + whole, self._leader)

    def _propose(self, row: int, key: int) -> None:
        recent, base = self._recent, self._base
        for back in range(row - 1, max(base, row - self._longest) - 1, -1):
            if recent[back - base] == key:
                self._live[row - back] = self._grown_back(back, row - back)

    def _grown_back(self, first: int, period: int) -> int:
        recent, base = self._recent, self._base
        at = first - base
        while at > 0 and recent[at - 1] == recent[at - 1 + period]:
            at -= 1
        return base + at

    def _elect(self, row: int) -> None:
        for period, first in sorted(self._live.items()):
            if row + 1 - first < self._fewest * period:
                continue
            keep = len(self.folds)
            while keep and self.folds[keep - 1].first >= first:
                keep -= 1
            first = max(first, self.folds[keep - 1].last if keep else 0)
            if row + 1 - first >= self._fewest * period:
                del self.folds[keep:]
                self._live[period] = first
                self._leader = period
                return

    def _close(self, row: int) -> None:
        period = self._leader
        first = self._live[period]
        last = first + (row - first) // period * period
        self.folds.append(Fold(first, last, period, row))
        self._leader = 0
