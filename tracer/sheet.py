"""A page while it is filled: packed records, one behind the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

from .packing import masked, pack, unpack_one

if TYPE_CHECKING:
    from .recorder import LiveRun
    from .screening import Screen
    from .store import Row

PAGE: Final = 512  # records a page, about
WEIGHT: Final = 4 << 20  # bytes after which a page is full whatever it holds
NEVER: Final = 1 << 62  # beyond any step


class Sheet:
    """Records for one page: of one run, or of many small ones."""

    __slots__ = (
        "briefs",
        "high_run",
        "high_step",
        "low_run",
        "low_step",
        "records",
        "runs",
        "weight",
    )

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.weight = 0
        self.runs: dict[LiveRun, None] = {}  # that have spans here
        self.low_step = NEVER
        self.high_step = -1
        self.briefs = 0
        self.low_run = self.high_run = 0  # of the brief ones

    @property
    def full(self) -> bool:
        """Whether the next record belongs on another page."""
        return len(self.records) >= PAGE or self.weight >= WEIGHT

    def extend(
        self, run: LiveRun, records: list[bytes], weight: int, steps: Iterable[int | None]
    ) -> None:
        """Records of spans of a run, so many bytes, and their steps."""
        self.records += records
        self.weight += weight
        self.runs[run] = None
        told = {*steps}  # mostly the same one
        told.discard(None)
        if told:
            known = cast("set[int]", told)
            self.high_step = max(self.high_step, *known)
            self.low_step = min(self.low_step, *known)

    def brief(self, run: int, record: bytes) -> None:
        """The record of a run that is one message."""
        self.records.append(record)
        self.weight += len(record)
        self.low_run = min(self.low_run, run) if self.briefs else run
        self.high_run = max(self.high_run, run)
        self.briefs += 1

    def take(self, other: Sheet) -> None:
        """Put the records of a smaller sheet behind one's own."""
        self.records += other.records
        self.weight += other.weight
        self.runs |= other.runs

    def row(self, number: int, run: int | None, screen: Screen) -> Row:
        """The row of the page, without secrets: of one run's, or of a page that runs share."""
        records = self.records
        header = b"\xdd" + len(records).to_bytes(4, "big")
        data = b"".join((header, *records))
        dirty = screen.dirty(records, data, len(header))
        for place in dirty:
            records[place] = pack(masked(unpack_one(records[place])))
        if dirty:
            data = b"".join((header, *records))
        known = run is not None and self.high_step >= 0
        steps = (self.low_step, self.high_step) if known else (None, None)
        return (number, run, *steps, len(records) + self.briefs, data)
