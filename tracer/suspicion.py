"""Whether memory seems to grow, by the last readings, while the program still runs.

Weaker than the verdict, which is made of the whole series: it only decides whether it is worth
looking at the heap, or having allocations traced for a while. Sixteen readings are kept.
"""

from __future__ import annotations

import contextlib
import os
import tracemalloc
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

READINGS: Final = 16
QUARTER: Final = READINGS // 4
FLOOR: Final = 0.04  # blocks a message
LEAST: Final = 64  # blocks in all
WINDOW: Final = 4  # readings for which allocations are traced
WINDOWS: Final = 2  # of a process
LINES: Final = 5
_ROOM: Final = Path(__file__).parents[1]
_OURS: Final = tuple(
    str(_ROOM / name) + os.sep for name in ("tracer", "runtime", "diagnose", "cli")
)


class Suspicion:
    """Is told every collected reading of allocated blocks."""

    def __init__(self) -> None:
        self._messages = array("Q", bytes(8 * READINGS))
        self._blocks = array("Q", bytes(8 * READINGS))
        self._count = 0

    def note(self, messages: int, blocks: int) -> bool:
        """Whether each quarter of the last readings lies above the one before, and by enough."""
        place = self._count % READINGS
        self._messages[place], self._blocks[place] = messages, blocks
        self._count += 1
        if self._count < READINGS:
            return False
        oldest = self._count % READINGS
        order = [(oldest + n) % READINGS for n in range(READINGS)]
        floors = [
            min(self._blocks[at] for at in order[start : start + QUARTER])
            for start in range(0, READINGS, QUARTER)
        ]
        grew = floors[-1] - floors[0]
        took = messages - self._messages[order[0]]
        rises = floors[0] < floors[1] < floors[2] < floors[3]
        return rises and grew >= LEAST and grew > FLOOR * took * 0.75


Line = tuple[str, int, int, int]  # file, line, blocks, bytes


class Window:
    """Traces allocations with one frame for a few readings, and tells what of them stayed.

    Only what is allocated while it is open is traced, so that a big heap costs nothing; while it is
    open Python code takes three to five times as long. A program that traces itself is left alone.
    """

    def __init__(self) -> None:
        self._left = 0
        self._opened = 0

    @property
    def open(self) -> bool:
        """Whether allocations are traced, by us."""
        return self._left > 0

    def begin(self) -> None:
        """Trace from now on, if that was not done too often, and nobody else does."""
        if self._opened < WINDOWS and not tracemalloc.is_tracing():
            self._opened += 1
            self._left = WINDOW
            tracemalloc.start(1)

    def reading(self) -> list[Line]:
        """A reading was taken, after a collection: the lines whose blocks stayed, at the last."""
        self._left -= 1
        if self._left:
            return []
        try:
            return _folded()
        finally:
            tracemalloc.stop()

    def close(self) -> None:
        """Trace no more."""
        if self._left:
            self._left = 0
            with contextlib.suppress(RuntimeError):
                tracemalloc.stop()


def _folded() -> list[Line]:
    """By line, of the raw traces: `Snapshot.statistics` takes half a minute for a big heap."""
    import _tracemalloc  # pyright: ignore[reportMissingModuleSource]  has the traces without copies

    traces: Sequence[tuple[Any, ...]] = _tracemalloc._get_traces()
    by_line: dict[tuple[str, int], tuple[int, int]] = {}
    for trace in traces:
        filename, line = trace[2][0]
        if filename.startswith(_OURS):
            continue
        count, size = by_line.get((filename, line), (0, 0))
        by_line[filename, line] = count + 1, size + trace[1]
    del traces
    ranked = sorted(by_line.items(), key=lambda item: -item[1][0])[:LINES]
    return [(filename, line, count, size) for (filename, line), (count, size) in ranked]
