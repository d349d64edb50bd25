"""Exact cycles of a token sequence, online: one counter for every period that is watched.

`run[p]` counts how many of the last tokens equal the token p places before. A suffix that repeats
with period p is exactly a run of at least p; this is the Z-function of the suffix, kept
incrementally in O(longest period) a token and independent of the length of the sequence.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Token = TypeVar("Token", bound=Hashable)


class LagRuns:
    """Run lengths by period for a growing sequence of hashes."""

    __slots__ = ("_last", "_place", "_runs", "_still", "longest")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._last: list[int | None] = [None] * longest  # ring
        self._runs = [0] * (longest + 1)
        self._place = 0
        self._still = False  # the latest token was none of those before it

    def add(self, token: int) -> None:
        """The next token's hash."""
        last, longest, place = self._last, self.longest, self._place
        if token not in last:  # nothing repeats: the common case
            if not self._still:
                self._runs, self._still = [0] * (longest + 1), True
            last[place % longest] = token
            self._place = place + 1
            return
        runs, self._still = self._runs, False
        for period in range(1, longest + 1):
            runs[period] = runs[period] + 1 if last[(place - period) % longest] == token else 0
        last[place % longest] = token
        self._place = place + 1

    @property
    def still(self) -> bool:
        """The latest token is none of those before it, as far back as is watched."""
        return self._still

    def run(self, period: int) -> int:
        """How many tokens at the end equal the one `period` before them."""
        return self._runs[period]

    def period(self, repeats: float) -> int | None:
        """The smallest period p whose cycle stands `repeats` times at the end: p·repeats tokens."""
        if self._still and repeats > 1:
            return None
        for period in range(1, self.longest + 1):
            if self._runs[period] >= period * (repeats - 1):
                return period
        return None


def least_rotation(cycle: Sequence[str]) -> tuple[str, ...]:
    """The rotation of `cycle` that comes first in order (Booth 1980): a cycle's own name.

    >>> least_rotation(["b", "c", "a"])
    ('a', 'b', 'c')
    """
    doubled = list(cycle) * 2
    failure = [-1] * len(doubled)
    best = 0
    for place in range(1, len(doubled)):
        token = doubled[place]
        matched = failure[place - best - 1]
        while matched != -1 and token != doubled[best + matched + 1]:
            if token < doubled[best + matched + 1]:
                best = place - matched - 1
            matched = failure[matched]
        if matched == -1 and token != doubled[best]:
            if token < doubled[best]:
                best = place
            failure[place - best] = -1
        else:
            failure[place - best] = matched + 1
    return tuple(doubled[best : best + len(cycle)])
