"""Reading a recording: windows of steps, spans, bodies, samples, while it is written or after.

The file is data from elsewhere and opened as such: read-only, no trusted schema, sizes checked.
Pages are unpacked when asked for and a bounded number is kept.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final

from msgspec.structs import replace

from . import conventions as c
from .errors import NoSuchRun, RecordingError
from .glance import Glances, naming, resident
from .joining import Joined, Listed, joined, parent_of
from .model import BodyRef, RecordingInfo, RunInfo, RunStatus, Sample, Span, Step
from .packing import Record
from .part import DAMAGED
from .salvage import Salvaged, salvage
from .segment import Segment
from .stored import PageHead
from .unpacking import run_info, sample_of, span_of, step_of

WINDOW = 2_048  # steps unpacked at a time by the iterators

Records = dict[int, Record]

OPEN: Final = 1 << 63  # ns, beyond any end


class Run:
    """One run of a recording."""

    def __init__(
        self, recording: Recording, segment: Segment | Joined, info: RunInfo, local: int
    ) -> None:
        self.recording = recording
        self.info = info
        self._segment = segment
        self._local = local  # the run's number within its segment

    # -- steps and spans ---------------------------------------------------------------------
    def steps(self, start: int = 0, stop: int | None = None) -> list[Step]:
        """Steps `start` to `stop` (exclusive), by index. Positions outside are left out."""
        low, high = self._range(start, stop)
        found = [
            self._make_step(record)
            for record in self._records(low, high).values()
            if record[10] is not None and _is_step(record) and low <= _step(record) < high
        ]
        return sorted(found, key=lambda step: step.index)

    def steps_of(self, agent: str) -> list[Step]:
        """The steps in which an agent, by its identity, received a message or sent one."""
        found: Records = {}
        local = self._local
        for page, data in self._segment.stored_pages(local):
            for record in naming(self._segment, page, data, agent):
                message = record[10]
                if (
                    record[2] == local
                    and _is_step(record)
                    and (message[2] == agent or message[1] == agent)
                ):
                    found[record[0]] = record
        steps = self._segment.make(lambda rows: [*map(step_of, rows)], found.values(), "a step")
        return sorted(steps, key=_index)

    def step(self, index: int) -> Step:
        """One step.

        Raises:
            IndexError: the run has no such step; the message says how many it has.
        """
        found = self.steps(index, index + 1) if index >= 0 else []
        if not found:
            raise IndexError(f"run {self.info.name!r} has {self.info.steps} steps, no step {index}")
        return found[0]

    def iter_steps(self) -> Iterator[Step]:
        """All steps in order, unpacking a window at a time."""
        for start in range(0, self.info.steps, WINDOW):
            yield from self.steps(start, start + WINDOW)

    def spans(self, start: int | None = None, stop: int | None = None) -> list[Span]:
        """Spans that belong to steps `start` to `stop`, all of the run's when both are None."""
        if start is None and stop is None:
            records = self._records(None, None).values()
        else:
            low, high = self._range(start or 0, stop)
            records = [
                record
                for record in self._records(low, high).values()
                if record[9] is not None and low <= _step(record) < high
            ]
        return sorted((self._make_span(record) for record in records), key=_by_start)

    def glances(self, start: int = 0) -> Glances:
        """A quick look at all steps from `start` on, without keeping what was read."""
        return Glances(self._segment, self._local, start)

    def iter_turns(self) -> Iterator[tuple[Step, list[Span]]]:
        """Every step with the spans that belong to it, its own first; a window at a time."""
        make = self._segment.make
        for start in range(0, self.info.steps, WINDOW):
            low, high = self._range(start, start + WINDOW)
            records = [r for r in self._records(low, high).values() if low <= _step(r) < high]
            spans: dict[int | None, list[Span]] = {}
            for span in make(lambda rows: [*map(span_of, rows)], records, "a span"):
                spans.setdefault(span.step, []).append(span)
            began = [record for record in records if _is_step(record)]
            steps = make(lambda rows: [*map(step_of, rows)], began, "a step")
            for step in sorted(steps, key=_index):
                own = spans.get(step.index, [])
                if len(own) > 1:
                    own.sort(key=partial(_own_first, step.span_id))
                yield step, own

    def loose_spans(self) -> list[Span]:
        """Spans that belong to no step: what the program itself did."""
        return self._spans_that(_is_loose)

    def open_spans(self) -> list[Span]:
        """Spans that never ended, by start."""
        return self._spans_that(lambda record: record[7] is None)

    def dead_letters(self) -> list[Span]:
        """Messages that nobody took: their send or publish spans, by time."""
        if not self.info.dead_letters:
            return []
        return self._spans_that(
            lambda record: isinstance(record[11], dict) and c.DEAD_LETTER in record[11]
        )

    @property
    def root(self) -> Span:
        """The run's `invoke_workflow` span."""
        return self._segment.root(self._local)

    # -- bodies and samples ------------------------------------------------------------------
    def text(self, ref: BodyRef) -> str:
        """A body's text, raw: pass it through `text.visible` before it reaches a terminal."""
        if isinstance(ref, str):
            return ref
        if isinstance(ref, int):
            return self._segment.body(ref)
        return "[" + ",".join(self.text(part) for part in self._segment.context(ref[1])) + "]"

    def parts(self, ref: BodyRef) -> list[BodyRef]:
        """The bodies that a model request is made of; a single body is its own only part."""
        if isinstance(ref, str | int):
            return [ref]
        return self._segment.context(ref[1])

    def size(self, ref: BodyRef) -> int:
        """The body's size in bytes before it was capped."""
        if isinstance(ref, str):
            return len(ref.encode())
        if isinstance(ref, int):
            return self._segment.body_size(ref)
        return sum(self.size(part) for part in self._segment.context(ref[1]))

    def samples(self) -> list[Sample]:
        """Memory samples taken after steps of this run, by time."""
        return _samples(self._segment, self._local)

    def resident(self) -> list[tuple[int, int]]:
        """Step and resident memory of each of them: all that a curve over the run needs."""
        return resident(self._segment, self._local)

    # -- inner -------------------------------------------------------------------------------
    def _range(self, start: int, stop: int | None) -> tuple[int, int]:
        end = self.info.steps if stop is None else min(stop, self.info.steps)
        return max(0, start), end

    def _records(self, low: int | None, high: int | None) -> Records:
        """The last record of each span in the pages that meet the window of steps."""
        found: Records = {}
        local = self._local
        for page in self._segment.pages_of(local):
            if low is not None and high is not None and not _meets(page, low, high):
                continue
            for record in self._segment.page(page.id):
                if record[2] == local:
                    found[record[0]] = record
        return found

    def records(self) -> Iterator[Record]:
        """All records of the run as they are stored; the last one of a span id counts."""
        local = self._local
        for page in self._segment.pages_of(local):
            for record in self._segment.page(page.id):
                if record[2] == local:
                    yield record

    def span_of(self, record: Record) -> Span:
        """The span of a record."""
        return self._make_span(record)

    def bodies_with(self, words: list[str], refs: set[int]) -> set[int]:
        """Those of the stored bodies `refs` that may hold all of these lower-case ASCII words."""
        return self._segment.bodies_with(words, min(refs), max(refs)) & refs if refs else refs

    def _spans_that(self, fit: Callable[[Record], bool]) -> list[Span]:
        """Spans of the whole run whose last record fits; only those are kept in memory."""
        found: Records = {}
        local = self._local
        for page in self._segment.pages_of(local):
            for record in self._segment.page(page.id):
                if record[2] != local:
                    continue
                if fit(record):
                    found[record[0]] = record
                elif found:
                    found.pop(record[0], None)
        return sorted(map(self._make_span, found.values()), key=_by_start)

    def _make_span(self, record: Record) -> Span:
        return self._segment.make(span_of, record, "a span")

    def _make_step(self, record: Record) -> Step:
        return self._segment.make(step_of, record, "a step")

    def __repr__(self) -> str:
        return f"<Run {self.info.number} {self.info.name!r} of {self.recording.info.path!r}>"


def _samples(segment: Segment | Joined, run: int | None) -> list[Sample]:
    return [segment.make(sample_of, row, "a sample") for row in segment.samples(run)]


def _meets(page: PageHead, low: int, high: int) -> bool:
    if page.run is None:
        return True
    return page.low is not None and page.high is not None and page.low < high and page.high >= low


def _is_loose(record: Record) -> bool:
    return record[9] is None


def _step(record: Record) -> int:
    step = record[9]
    return step if isinstance(step, int) else -1


def _is_step(record: Record) -> bool:
    message = record[10]
    if not message or len(message) < 7 or record[9] is None:
        return False
    return record[3] == c.PROCESS or message[0] == "call"


def _index(step: Step) -> int:
    return step.index


def _own_first(step: int, span: Span) -> tuple[bool, int, int]:
    """The step's own span, then the others by start, as `_by_start` has them."""
    end = OPEN if span.end_ns is None else span.end_ns
    return span.id != step, span.start_ns, -end


def _by_start(span: Span) -> tuple[int, int, int]:
    """Of two that start at once, the one that lasts longer has the other in it."""
    end = OPEN if span.end_ns is None else span.end_ns
    return span.start_ns, span.step if span.step is not None else -1, -end


class Recording:
    """A recording with the segments of its child processes. Use as a context manager."""

    def __init__(self, path: Path, salvaged: Salvaged | None = None) -> None:
        self._path = path
        self._salvaged = salvaged
        self._segments: list[Segment] = [Segment(path if salvaged is None else salvaged.path)]
        self._runs: list[Listed] = []
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> RecordingInfo:
        """Whose process it was and how that ended."""
        info = self._segments[0].info()
        return info if self._salvaged is None else replace(info, path=str(self._path))

    @property
    def damage(self) -> str:
        """What is known of the loss when the file was cut or damaged, "" when it is whole."""
        return "" if self._salvaged is None else self._salvaged.told

    @property
    def segments(self) -> tuple[RecordingInfo, ...]:
        """The same for each process of the tree, the first one first."""
        return (self.info, *(segment.info() for segment in self._segments[1:]))

    @property
    def runs(self) -> tuple[RunInfo, ...]:
        """All runs, by start."""
        return tuple(info for _, info, _ in self._runs)

    @property
    def open_segments(self) -> tuple[Segment, ...]:
        """The files of the process tree, the first process's first."""
        return tuple(self._segments)

    def look(self) -> bool:
        """Find the files of processes that began since. True when any file changed."""
        known = {segment.path for segment in self._segments}
        changed = [segment.refresh() for segment in self._segments]
        for path in sorted(self._path.parent.glob(f"{glob.escape(self._path.name)}.*")):
            if path not in known and path.name[len(self._path.name) + 1 :].isdigit():
                # a child that is only just beginning, or was killed then, has nothing to say
                with suppress(RecordingError):
                    self._segments.append(Segment(path))
        return any(changed) or len(self._segments) > len(known)

    def refresh(self) -> bool:
        """Take in what was written since. True when anything changed."""
        if not self.look() and self._runs:
            return False
        rows = [(segment, row) for segment in self._segments for row in segment.runs()]
        unended: dict[Path, RunStatus] = {each.path: each.unended for each in self._segments}
        runs: list[Listed] = [
            (
                segment,
                segment.make(partial(run_info, number, unended[segment.path]), row, "a run"),
                row[0],
            )
            for number, (segment, row) in enumerate(rows)
        ]
        runs.sort(key=lambda run: (run[1].start_ns, run[1].number))
        parents = {(segment.path, row[0]): parent_of(row) for segment, row in rows}
        runs = joined(runs, {part: up for part, up in parents.items() if up is not None})
        self._runs = [
            (segment, replace(info, number=number), local)
            for number, (segment, info, local) in enumerate(runs)
        ]
        return True

    def run(self, selector: int | str) -> Run:
        """A run by its number, or by the beginning of its trace id.

        Raises:
            NoSuchRun: there is none, or the beginning fits several.
        """
        number = self._number(selector)
        segment, info, local = self._runs[number]
        return Run(self, segment, info, local)

    def _number(self, selector: int | str) -> int:
        count = len(self._runs)
        name = self._path.name
        if not count:
            raise NoSuchRun(f"{name!r} holds no run", "was the recorded program an agent program?")
        if isinstance(selector, int) or (selector.isdecimal() and selector == str(int(selector))):
            number = int(selector)
            if number < count:
                return number
            if isinstance(selector, int):
                raise NoSuchRun(f"{name!r} has runs 0 to {count - 1}, no run {number}")
        fits = [
            i for i, (_, info, _) in enumerate(self._runs) if info.trace_id.startswith(selector)
        ]
        if len(fits) == 1:
            return fits[0]
        what = f"several runs of {name!r} begin" if fits else f"no run of {name!r} begins"
        raise NoSuchRun(f"{what} with {selector!r}", "`loupe runs` lists what is there")

    def samples(self) -> list[Sample]:
        """Memory samples of the first process over all its runs, by time."""
        return _samples(self._segments[0], None)

    def close(self) -> None:
        """Let go of the files."""
        for segment in self._segments:
            segment.close()
        if self._salvaged is not None:
            self._salvaged.drop()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_recording(path: str | Path) -> Recording:
    """Open a recording for reading; it may still be written to.

    Of a file that was cut or damaged all that lies before the damage is read, from a copy;
    `damage` then says so.

    Raises:
        NotARecording: there is no such file, it is something else, or it is damaged.
        WrongSchema: another version of agentloupe wrote it.
    """
    path = Path(path)
    try:
        return Recording(path)
    except RecordingError as error:
        found = salvage(path) if isinstance(error.__cause__, DAMAGED) else None
        if found is None:
            raise
        return Recording(path, found)


__all__ = ["Recording", "Run", "open_recording"]
