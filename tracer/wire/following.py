"""A recording that is being written, as spans for the wire: each once, when it has ended.

A run that another process's request set off is a part of the run it was set off in, and goes out in
that one's trace. Which one that is says the span that the request came from: its record may reach
the disk a moment later than the part's own, which waits for it, if not for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from .. import conventions as c
from ..errors import RecordingError
from ..joining import parent_of
from ..model import Span, Step
from ..packing import Record
from ..reader import Recording, Run
from ..segment import Segment
from ..stored import Row
from ..unpacking import root_of, run_info, sample_of, span_of, step_of
from .outgoing import Options, Outgoing, source_of
from .spans import Source, WireSpan

PAGES: Final = 64  # unpacked at a time
BEFORE: Final = 16  # pages that were given, in which a part's parent is looked for
LATELY: Final = 256  # runs, in which one of its trace is
WAIT_NS: Final = 1_000_000_000  # after its start, for which a part waits for its parent
DEPTH: Final = 16  # parts of parts
SLACK_NS: Final = 60_000_000_000  # runs are looked for this long before the last one's end


class Follower:
    """The spans of a recording and its segments that were not given yet.

    A span is given when it has ended, a run's root when the run has; `rest` gives what never ended.
    Memory is bounded by what is open at one time, and a number for each run. After an error it goes
    on where that was.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self._path = path
        self._options = options
        self._recording: Recording | None = None
        self._strands: list[_Strand] = []

    def more(self) -> Iterator[WireSpan]:
        """What ended since the last call. Nothing while there is no recording yet.

        Raises:
            RecordingError: not all of it can be read.
        """
        trouble: RecordingError | None = None
        for strand in self._look():
            try:
                yield from strand.more()
            except RecordingError as error:
                trouble = error  # of one process: the others' are read all the same
        if trouble is not None:
            raise trouble

    def rest(self) -> Iterator[WireSpan]:
        """After the last `more`, when nobody writes any more: what is still open, marked so."""
        for strand in self._strands:
            yield from strand.more(final=True)
        for strand in self._strands:
            yield from strand.rest()

    def trace_of(self, row: Row, depth: int = 0) -> bytes | None:
        """The trace in which a run goes out; None: not known yet, it is a part of some other."""
        parent = parent_of(row)
        if parent is None or depth > DEPTH:
            return row[1]
        rows = (
            each
            for strand in self._strands
            for each in strand.segment.runs_of_trace(row[1], LATELY)
        )
        if any(parent_of(each) is None for each in rows):
            return row[1]
        for strand in self._strands:
            found = strand.run_with(parent)
            if found is not None:
                return self.trace_of(strand.segment.run_row(found), depth + 1)
        return None

    def count(self) -> int:
        """How many spans these are, of a recording that nobody writes any more."""
        if self._options.split:  # the roots of parts are made by the way
            return sum(1 for _ in chain(self.more(), self.rest()))
        return sum(strand.count() for strand in self._look())

    def close(self) -> None:
        """Let go of the files."""
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def _look(self) -> list[_Strand]:
        with suppress(RecordingError):  # it is only just beginning
            if self._recording is None:
                self._recording = Recording(self._path)
            self._recording.look()
            for segment in self._recording.open_segments[len(self._strands) :]:
                self._strands.append(_Strand(self, self._recording, segment, self._options))
        return self._strands


class _Strand:
    """One process's part of it."""

    def __init__(
        self, follower: Follower, recording: Recording, segment: Segment, options: Options
    ) -> None:
        self.segment = segment
        self._follower = follower
        self._recording = recording
        self._options = options
        self._source: Source | None = None
        self._page = 0
        self._within = 0  # records of the page after it that were given
        self._sample = 0
        self._ended_ns = 0  # the latest end of a run that was given
        self._moment = 0
        self._open: dict[int, Record] = {}
        self._runs: dict[int, Outgoing] = {}
        self._given: set[int] = set()  # runs whose root was given
        self._known = -1  # the last run that was looked at
        self._parts: dict[int, bytes] = {}  # runs that are parts, and their traces

    def more(self, *, final: bool = False) -> Iterator[WireSpan]:
        over = self.segment.runs_ended(self._ended_ns - SLACK_NS)  # before their last pages
        while True:
            pages = self.segment.pages_after(self._page, PAGES)
            if not self._placed(final):  # the runs of these pages are listed by now
                return
            if not pages:
                break
            yield from self._pages(pages)
        yield from self._samples()
        for number, end_ns in over:
            yield from self._root(number)
            self._ended_ns = max(self._ended_ns, end_ns)

    def run_with(self, span: int) -> int | None:
        """The run of a span, if that is open or was seen lately."""
        record = self._open.get(span)
        return self.segment.run_with(span, self._page, BEFORE) if record is None else record[2]

    def _placed(self, final: bool) -> bool:
        """Whether it is known in which trace each run goes out, or not worth waiting for."""
        for row in self.segment.runs_after(self._known):
            trace = self._follower.trace_of(row)
            if trace is None and not final and time.time_ns() < row[6] + WAIT_NS:
                return False
            if trace is not None and trace != row[1]:
                self._parts[row[0]] = trace
            self._known = row[0]
        return True

    def rest(self) -> Iterator[WireSpan]:
        for record in self._open.values():
            yield self._made(self._out(record[2]), record)
        self._open.clear()
        for number in self.segment.run_numbers():
            yield from self._root(number)
        for out in self._runs.values():
            yield from out.part_roots()

    def count(self) -> int:
        """The same by what is stored, without making spans of it."""
        ended, still = 0, set[int]()
        while pages := self.segment.pages_after(self._page, PAGES):
            for page in pages:
                for record in self.segment.page(page):
                    if record[7] is None:
                        still.add(record[0])
                    else:
                        ended += 1
                        still.discard(record[0])
            self._page = pages[-1]
        samples = len(self.segment.samples_after(0))
        return ended + len(still) + samples + len(self.segment.run_numbers())

    def _pages(self, pages: list[int]) -> Iterator[WireSpan]:
        briefs = {page: self.segment.briefs_on(page) for page in pages}
        for row in chain.from_iterable(briefs.values()):
            self._out(row[0], row)
        records = {page: self.segment.page(page) for page in pages}
        for record in chain.from_iterable(records.values()):
            self._out(record[2]).note(record[0], record[3], record[9])
        for page in pages:
            for record in records[page][self._within :]:
                span = self._span(record)
                self._within += 1
                if span is not None:
                    yield span
            for row in briefs[page]:
                yield from self._root(row[0], row)
            self._page, self._within = page, 0

    def _span(self, record: Record) -> WireSpan | None:
        self._moment = max(self._moment, record[7] or record[6])
        out = self._out(record[2])
        if record[7] is None:
            self._open[record[0]] = record
            return None
        made = self._made(out, record)
        self._open.pop(record[0], None)
        return made

    def _made(self, out: Outgoing, record: Record) -> WireSpan:
        out.moment = self._moment
        span: Span = self.segment.make(span_of, record, "a span")
        message = record[10]
        step: Step | None = None
        if message and (record[3] == c.PROCESS or message[0] == "call"):
            step = self.segment.make(step_of, record, "a step")
        if span.step is not None:
            out.reach(span.step, span.start_ns)
        return out.span(span, step)

    def _samples(self) -> Iterator[WireSpan]:
        for number, row in self.segment.samples_after(self._sample):
            sample = self.segment.make(sample_of, row, "a sample")
            self._sample = number
            yield self._out(row[0]).sample(sample)

    def _root(self, number: int, row: Row | None = None) -> Iterator[WireSpan]:
        if number in self._given:
            return
        out = self._out(number, row)
        out.moment = self._moment
        stored = row or self.segment.run_row(number)
        root = out.span(self.segment.make(root_of, stored, "a run"), None)
        self._given.add(number)
        yield from out.part_roots()
        yield root
        if not self._options.split:
            del self._runs[number]  # a late span makes it anew

    def _out(self, number: int, row: Row | None = None) -> Outgoing:
        out = self._runs.get(number)
        if out is None:
            self._source = self._source or source_of(self._recording.info)
            info = self.segment.make(
                partial(run_info, number, "running"), row or self.segment.run_row(number), "a run"
            )
            trace = self._parts.get(number)
            if trace is not None:
                info = replace(info, trace_id=trace.hex())
            run = Run(self._recording, self.segment, info, number)
            out = self._runs[number] = Outgoing(run, self._options, self._source)
            out.joins = trace is not None
        return out
