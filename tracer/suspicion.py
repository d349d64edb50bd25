"""Whether memory seems to grow, by the last readings, while the program still runs.

Weaker than the verdict, which is made of the whole series: it only decides whether it is worth
looking at the heap, or having allocations traced for a while. Sixteen readings are kept.
"""

from __future__ import annotations

from array import array
from typing import Final

from .allocations import Line, Tracing, begin

READINGS: Final = 16
QUARTER: Final = READINGS // 4
WINDOW: Final = 4  # readings for which allocations are traced
WINDOWS: Final = 2  # of a process


class Suspicion:
    """Is told every collected reading of one counter.

    Args:
        floor: the least growth a message that counts.
        least: the same in all.
    """

    def __init__(self, floor: float, least: int) -> None:
        self._floor = floor
        self._least = least
        self._messages = array("Q", bytes(8 * READINGS))
        self._values = array("Q", bytes(8 * READINGS))
        self._count = 0

    def note(self, messages: int, value: int) -> bool:
        """Whether each quarter of the last readings lies above the one before, and by enough."""
        place = self._count % READINGS
        self._messages[place], self._values[place] = messages, value
        self._count += 1
        if self._count < READINGS:
            return False
        oldest = self._count % READINGS
        order = [(oldest + n) % READINGS for n in range(READINGS)]
        floors = [
            min(self._values[at] for at in order[start : start + QUARTER])
            for start in range(0, READINGS, QUARTER)
        ]
        grew = floors[-1] - floors[0]
        took = messages - self._messages[order[0]]
        rises = floors[0] < floors[1] < floors[2] < floors[3]
        return rises and grew >= self._least and grew > self._floor * took * 0.75


class Window:
    """Has allocations traced for a few readings, and tells what of them stayed."""

    def __init__(self) -> None:
        self._left = 0
        self._opened = 0
        self._by_size = False
        self._tracing: Tracing | None = None

    @property
    def open(self) -> bool:
        """Whether allocations are traced, by us."""
        return self._tracing is not None

    def begin(self, *, by_size: bool = False) -> None:
        """Trace from now on, if that was not done too often, and nobody else does. `by_size`: it
        is bytes that grow."""
        self._by_size = by_size
        if self._opened < WINDOWS:
            self._tracing = begin()
            if self._tracing is not None:
                self._opened += 1
                self._left = WINDOW

    def reading(self) -> list[Line]:
        """A reading was taken, after a collection: the lines whose blocks stayed, at the last."""
        self._left -= 1
        tracing = self._tracing
        if self._left or tracing is None:
            return []
        self._tracing = None
        return tracing.end(by_size=self._by_size)

    def close(self) -> None:
        """Trace no more."""
        tracing, self._tracing = self._tracing, None
        if tracing is not None:
            tracing.leave()

    def forget(self) -> None:
        """In a forked child: what is traced is the parent's."""
        tracing, self._tracing = self._tracing, None
        if tracing is not None:
            tracing.forget()
