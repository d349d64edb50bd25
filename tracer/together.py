"""Spans that are over, packed many at a time by whoever ends the last of so many.

What there is to do for one is alike, and each step between two costs more than what it does: names
are looked up once for all of them, and one call hands them over. The writer packs what waits when
it passes. Who packs has all of them in its core's cache, and only bytes go to the writer: handing
over the objects instead costs twice the time, since another core then reads and frees each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Struct

from .interrupts import interrupts

if TYPE_CHECKING:
    from .intake import Intake
    from .plain import PlainSpan
    from .recorder import LiveRun, LiveSpan

TOGETHER: Final = 32  # spans
MOST: Final = 4 * TOGETHER  # that one end packs, after the writer was at it for long

SpanT = TypeVar("SpanT", bound="PlainSpan | LiveSpan")


class Several(Struct, gc=False, eq=False):
    """Records of spans of a run, on their way."""

    run: LiveRun
    records: list[bytes]
    steps: list[int | None]  # of each
    weight: int = 0  # bytes


class Together(ABC, Generic[SpanT]):
    """What is over and not packed waits here. For any thread."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.reset()

    def reset(self) -> None:
        """Begin anew, as a forked child does: what is under way is the parent's to record."""
        self.spans: deque[SpanT] = deque()

    def pack_here(self) -> None:
        """There are enough of them."""
        intake = self._intake
        if intake.packing.locked():  # somebody is at it, perhaps whom a signal's handler interrupts
            return
        try:
            with intake.packing:
                count, size = self.take(intake.append, MOST, intake.numbering.light)
        except Exception as error:  # no stack or memory left to the program, or a bug of ours:
            if interrupts(error):  # the writer has a stack of its own, and tells of bugs
                raise
            return
        intake.records += count
        intake.brake(size)
        if intake.much > intake.enough:
            intake.have_it_work()

    def take(
        self, put: Callable[[Several | SpanT], None], most: float = inf, light: float = inf
    ) -> tuple[int, int]:
        """Pack what has ended and `put` it: records, and spans with texts of `light` bytes. To be
        called with the intake's `packing`. Returns how many spans and bytes."""
        waiting = self.spans
        spans = [waiting[at] for at in range(int(min(len(waiting), most)))]
        packed = self._packed(spans, light)
        size = first = 0
        for after in _ends([span.run for span in spans], packed):
            span, records = spans[first], packed[first:after]
            if records[0]:
                weight = sum(map(len, records))
                steps = [each.step for each in spans[first:after]]
                put(Several(span.run, records, steps, weight))
            else:
                weight = self._weight(span)
                put(span)
            size += weight
            first = after
        for _ in spans:  # now: an interrupt before leaves some that are there twice
            waiting.popleft()
        return len(spans), size

    @abstractmethod
    def _packed(self, spans: Sequence[SpanT], light: float) -> list[bytes]:
        """Their records; an empty one: it has a text of `light` bytes."""

    @abstractmethod
    def _weight(self, span: SpanT) -> int:
        """Bytes of a span's texts that nobody has counted."""


def _ends(runs: list[LiveRun], records: list[bytes]) -> list[int]:
    """Where records of one run end, and those that are not made."""
    many = len(runs)
    if runs and runs.count(runs[0]) == many and b"" not in records:  # nearly always
        return [many]
    return [
        after
        for after in range(1, many + 1)
        if after == many
        or runs[after] is not runs[after - 1]
        or not records[after]
        or not records[after - 1]
    ]
