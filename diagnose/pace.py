"""The pace of a row of acts: its period, and how long it may go on as it waits for something."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from .loop import Mark


def period_of(row: Sequence[Mark]) -> int:
    return max(1, round(median(mark.place - mark.match for mark in row)))


def patience(row: list[Mark], period: int) -> int:
    """How many times longer than usual a row may go on: it waits for something."""
    waits = [sum(mark.idle for mark in row[at : at + period]) for at in range(0, len(row), period)]
    factor = 1
    if len(waits) >= 2:
        middle = median(waits)
        if middle >= 45:
            return 12
        growing = (
            len(waits) >= 3
            and waits[-3] >= 0.05
            and all(
                later >= 1.4 * earlier
                for earlier, later in zip(waits[-3:], waits[-2:], strict=False)
            )
        )
        factor = 3 if middle >= 20 or growing else 1
    calls = [mark for mark in row if mark.kind == "call"]
    if calls and all(mark.pending for mark in calls):
        factor = 3
    return factor
