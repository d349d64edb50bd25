"""Runs from elsewhere written as a recording, through the store's own writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from msgspec import Struct, field, msgpack
from msgspec.structs import replace

from .. import conventions as c
from ..errors import StoreError
from ..recorder import LiveRun, LiveSpan, Recorder
from ..sampler import Reading
from ..totals import RunTotals
from ..writer import STALL, Writer
from .assembly import DraftRun
from .draft import Draft

#: Imported spans are over: they never call their recorder.
_NOBODY: Final = cast(Recorder, None)
TOGETHER: Final = 2_000  # spans that may wait to be written


class Origin(Struct, frozen=True):
    """What the recording says about where it comes from."""

    program: str
    source: str  # the file, or the receiver's address
    python: str = ""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    lost: int = 0  # messages that the file holds only in part
    created_ns: int | None = None  # the first run's start when it is not told


def write(path: Path, runs: Iterable[DraftRun], origin: Origin) -> int:
    """Make the recording `path` of `runs`; returns how many there are.

    Raises:
        StoreError: it cannot be created, or not all of it could be written.
    """
    writer = Writer(path, program=origin.program, argv=(origin.source,))
    try:
        put = _put(writer, runs)
    except BaseException:
        writer.close(wait=None)
        path.unlink(missing_ok=True)
        raise
    for key, value in (
        ("created_ns", put.first or 0 if origin.created_ns is None else origin.created_ns),
        ("python", origin.python),
        ("pid", 0),
        ("lost", origin.lost),
        ("versions", msgpack.encode(dict(origin.versions))),
    ):
        writer.meta(key, value)  # after the first put: these are facts about the source, not us
    writer.close(wait=None)
    if writer.lost or writer.written < put.spans:
        raise StoreError(
            f"only {writer.written} of {put.spans} spans could be written to {str(path)!r}",
            "is the disk full?",
        )
    return put.runs


class _Put(Struct):
    """What was handed to the writer."""

    runs: int = 0
    spans: int = 0
    first: int | None = None  # the earliest start


def _put(writer: Writer, runs: Iterable[DraftRun]) -> _Put:
    put = _Put()
    readings: list[tuple[int, int, Reading]] = []
    for number, run in enumerate(runs):
        live = _live_run(number, run)
        writer.put(live.root)
        for draft in run.spans:
            writer.put(_live_span(draft, live))
            put.spans += 1
            if put.spans % TOGETHER == 0:
                writer.flush(STALL)  # what waits is in memory
        readings += _readings(number, run)
        put.runs += 1
        put.first = min(run.root.start_ns, put.first or run.root.start_ns)
    writer.samples.extend(reading for *_, reading in sorted(readings, key=lambda each: each[:2]))
    return put


def _live_run(number: int, run: DraftRun) -> LiveRun:
    draft = run.root
    live = LiveRun(_NOBODY, c.RUN, draft.name, draft.agent, draft.parent, None, number=number)
    live.trace_id = run.trace_id
    live.next_step = run.steps
    totals = RunTotals()
    totals.peak_rss = max((x.reading.rss for x in run.samples if x.reading is not None), default=0)
    live.totals = totals
    _fill(live, draft)
    return live


def _readings(number: int, run: DraftRun) -> list[tuple[int, int, Reading]]:
    """The samples of a run, each with its time and its place in the file."""
    return [
        (sample.start_ns, sample.order, replace(sample.reading, run=number))
        for sample in run.samples
        if sample.reading is not None
    ]


def _live_span(draft: Draft, run: LiveRun) -> LiveSpan:
    span = LiveSpan(_NOBODY, draft.op, draft.name, draft.agent, draft.parent, draft.step, run)
    span.boundary = draft.boundary
    span.message = draft.message
    _fill(span, draft)
    return span


def _fill(span: LiveSpan, draft: Draft) -> None:
    span.id = draft.id
    span.start_ns = draft.start_ns
    span.end_ns = draft.end_ns
    span.error = draft.error
    rest = draft.released()
    span.attributes = rest.attributes or None
    span.bodies = rest.bodies or None
    span.links = tuple(rest.links)
    span.events = rest.events or None
