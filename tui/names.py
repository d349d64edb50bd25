"""How many digits of a run's id tell it from the others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

FEWEST = 8


def digits_of(ids: Iterable[str]) -> int:
    """As many that no two of these begin alike; ids that begin with a time need more of them.

    >>> digits_of(["0c5c7fd0aa", "2a3af4d4bb"]), digits_of(["01a224f593d8", "01a224f59a2c"])
    (8, 10)
    """
    alike = (_alike(a, b) for a, b in pairwise(sorted(set(ids))))
    return max(FEWEST, 1 + max(alike, default=0))


def _alike(a: str, b: str) -> int:
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (x, y) in pairs if x != y), min(len(a), len(b)))
