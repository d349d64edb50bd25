"""A page while it is filled: records are packed one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .packing import Record, masked, pack_into, unpack

if TYPE_CHECKING:
    from .recorder import LiveRun
    from .screening import Screen
    from .store import Row

PAGE: Final = 512  # records a page, about
WEIGHT: Final = 4 << 20  # bytes after which a page is full whatever it holds
NEVER: Final = 1 << 62  # beyond any step
HEAD: Final = 5  # bytes of an array's head with a 32-bit count


class Sheet:
    """Records for one page: of one run, or of many small ones."""

    __slots__ = ("briefs", "count", "data", "high_run", "high_step", "low_run", "low_step", "runs")

    def __init__(self) -> None:
        self.data = bytearray(HEAD)
        self.count = 0
        self.runs: dict[LiveRun, None] = {}  # that have spans here
        self.low_step = NEVER
        self.high_step = -1
        self.briefs = 0
        self.low_run = self.high_run = 0  # of the brief ones

    @property
    def full(self) -> bool:
        """Whether the next record belongs on another page."""
        return self.count >= PAGE or len(self.data) >= WEIGHT

    def add(self, run: LiveRun, record: Record, step: int | None) -> None:
        """A span's record."""
        pack_into(record, self.data)
        self.count += 1
        self.runs[run] = None
        if step is not None:
            if step > self.high_step:
                self.high_step = step
            if step < self.low_step:
                self.low_step = step

    def brief(self, run: int, record: Record) -> None:
        """The record of a run that is one message."""
        pack_into(record, self.data)
        self.count += 1
        self.low_run = min(self.low_run, run) if self.briefs else run
        self.high_run = max(self.high_run, run)
        self.briefs += 1

    def take(self, other: Sheet) -> None:
        """Put the records of a smaller sheet behind one's own."""
        self.data += other.data[HEAD:]
        self.count += other.count
        self.runs |= other.runs

    def row(self, number: int, run: int | None, screen: Screen) -> Row:
        """The row of the page, without secrets: of one run's, or of a page that runs share."""
        self.data[:HEAD] = b"\xdd" + self.count.to_bytes(4, "big")
        if not screen.clean(self.data):
            self._mask()
        known = run is not None and self.high_step >= 0
        steps = (self.low_step, self.high_step) if known else (None, None)
        return (number, run, *steps, self.count + self.briefs, self.data)

    def _mask(self) -> None:
        records = unpack(bytes(self.data))
        del self.data[HEAD:]
        for record in records:
            pack_into(masked(record), self.data)
