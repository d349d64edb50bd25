"""`open_any`: a recording, or a trace file turned into one."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from sys import intern
from typing import Final

from msgspec.structs import replace

from ..errors import NotARecording
from ..locate import SUFFIX
from ..model import RecordingInfo
from ..reader import Recording, open_recording
from . import own, standard
from .aside import LARGE, Aside
from .assembly import DraftRun, runs_of
from .dialect import Dialect, Joiner, dialect_of
from .draft import SERVICE, Draft
from .errors import TraceTooLarge
from .loading import SQLITE, Loading
from .merge import Merge
from .spans import Plain, WireSpan, as_dict
from .spool import Placed, Spool
from .writing import Origin, write

SHORT: Final = 64  # characters
UNKNOWN: Final = "unknown_service"  # begins what SDKs call a service without a name
TOGETHER: Final = 400_000  # spans of a run that are in memory at once, at 1 to 3 KB each


class ImportedRecording(Recording):
    """A trace file as a recording. The temporary file behind it goes with it."""

    def __init__(self, original: Path, temporary: Path) -> None:
        self._original = original
        self._remove = weakref.finalize(self, rmtree, temporary.parent, ignore_errors=True)
        super().__init__(temporary)

    @property
    def info(self) -> RecordingInfo:
        """Where it comes from: `path` is the original file."""
        return replace(super().info, path=str(self._original))

    def close(self) -> None:
        """Let go of the files."""
        super().close()
        self._remove()


def open_any(path: str | Path) -> Recording:
    """Open a recording, or a trace file (OTLP/JSON: one document, or one request a line).

    Raises:
        NotARecording: there is no such file, or it is damaged.
        WrongSchema: another version of agentloupe wrote it.
        NotATrace: it is no recording and no trace.
        TraceTooLarge: it is beyond what is read into memory.
    """
    path = Path(path)
    if not path.is_file() or _is_sqlite(path):
        return open_recording(path)
    folder = Path(tempfile.mkdtemp(prefix="agentloupe-"))
    try:
        temporary = folder / "imported.loupe"
        import_file(path, temporary)
        return ImportedRecording(path, temporary)
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError as error:
        raise NotARecording(f"{str(path)!r} cannot be read: {error.strerror}") from error


def import_file(source: Path, target: Path, *, limit: int | None = None) -> int:
    """Write the runs of a trace file as the recording `target`; returns how many there are.

    `limit`: bytes of the file to read, when it is being written to.

    Raises:
        NotATrace, TraceTooLarge: as `open_any`.
        StoreError: the recording cannot be written.
    """
    with Spool() as spool:
        loading = Loading(source, limit)
        traces = _put_aside(loading, spool)
        origin = _origin(source, spool.first.resource)
        return write(target, _runs(spool, traces), replace(origin, lost=int(loading.cut)))


def _origin(path: Path, resource: Mapping[str, Plain]) -> Origin:
    """What the first span's resource says about the program; ours say more. One without a name is
    called after the file."""
    ours = resource.get("telemetry.sdk.name") == own.SDK
    name, python = resource.get(SERVICE), resource.get("process.runtime.version")
    named = isinstance(name, str) and (ours or not name.startswith(UNKNOWN))
    versions = as_dict(resource.get(own.VERSIONS)) or {}
    created = resource.get(own.CREATED)
    return Origin(
        program=str(name) if named else path.stem.removesuffix(SUFFIX),
        source=str(path),
        python=python if ours and isinstance(python, str) else "",
        versions={key: str(value)[:100] for key, value in versions.items()} if ours else {},
        created_ns=created if ours and isinstance(created, int) else None,
    )


def normalised(spans: Iterable[WireSpan]) -> list[DraftRun]:
    """The runs of spans from anywhere, in our own model."""
    with Spool() as spool:
        traces = _put_aside(spans, spool)
        return [run for placed in spool.runs(traces.joined) for run in _run(placed, traces)]


def _put_aside(spans: Iterable[WireSpan], spool: Spool) -> Traces:
    """Pack the spans away; returns what is known of their traces."""
    merge = Merge()
    joiners: dict[Dialect, Joiner | None] = {}
    together: set[int] = set()
    numbers: dict[Dialect | None, int] = {None: 0}
    spoken = array("H")
    for span in spans:
        dialect = dialect_of(span)
        spoken.append(numbers.setdefault(dialect, len(numbers)))
        if dialect is not None:
            if dialect not in joiners:
                joiners[dialect] = dialect.joiner(merge)
            joiner = joiners[dialect]
            if joiner is not None:
                joiner.see(span)
            if type(dialect).arrange is not Dialect.arrange:
                together.add(span.trace_id)
        spool.add(span)
    for joiner in joiners.values():
        if joiner is not None:
            joiner.finish()
    joined = merge.groups()
    runs = {joined.get(trace, trace) for trace in together}
    return Traces(joined, runs, tuple(numbers), spoken)


@dataclass(frozen=True, slots=True)
class Traces:
    """What a file's spans tell of its traces.

    Args:
        joined: traces that belong to another trace's run: trace id to the run's.
        together: runs of which a dialect wants to see all spans at once.
        dialects: those that spans are of; None is the conventions' own.
        spoken: by span in the file's order, which of these.
    """

    joined: Mapping[int, int]
    together: Set[int]
    dialects: Sequence[Dialect | None]
    spoken: Sequence[int]

    def dialect(self, place: int) -> Dialect | None:
        """Who reads the span at this place in the file."""
        return self.dialects[self.spoken[place]]


def _runs(spool: Spool, traces: Traces) -> Iterator[DraftRun]:
    """One run after another: whoever gets one is done with the one before."""
    for placed in spool.runs(traces.joined):
        if len(placed) > LARGE:
            with closing(Aside()) as aside:
                yield from _run(placed, traces, aside)
        else:
            yield from _run(placed, traces)


def _run(placed: Placed, traces: Traces, aside: Aside | None = None) -> list[DraftRun]:
    """The run of these spans; none when all they say is said by others."""
    drafts: list[Draft] = []
    for order, span, dialect in _arranged(placed, traces):
        span.trace_id = traces.joined.get(span.trace_id, span.trace_id)
        draft = standard.draft(span, order) if dialect is None else dialect.draft(span, order)
        if draft is not None:
            name = span.source.resource.get(SERVICE)
            draft.service = intern(name) if isinstance(name, str) else ""
            if aside is not None:
                aside.take(draft, placed.size(order))
            drafts.append(draft)
        span.attributes, span.events = {}, []  # they are in the draft, as bytes
    return runs_of(drafts)


def _arranged(placed: Placed, traces: Traces) -> Iterator[tuple[int, WireSpan, Dialect | None]]:
    """A run's spans, each with its place and who reads it, one after another where that will do."""
    _, first = next(iter(placed))
    if traces.joined.get(first.trace_id, first.trace_id) not in traces.together:
        for order, span in placed:
            yield order, span, traces.dialect(order)
        return
    if len(placed) > TOGETHER:
        raise TraceTooLarge(
            f"a run of {len(placed):,} spans holds some that can only be read all together,"
            f" more than {TOGETHER:,}",
            "split it by trace",
        )
    spans = [_lean(span) for _, span in placed]
    chosen = [traces.dialect(place) for place in placed.places]
    for dialect in {each: None for each in chosen if each is not None}:
        spoken = (span for span, by in zip(spans, chosen, strict=True) if by is dialect)
        dialect.arrange([*spoken], spans)
    spans.reverse()
    for order, dialect in zip(placed.places, chosen, strict=True):
        yield order, spans.pop(), dialect  # nobody holds it any more


def _lean(span: WireSpan) -> WireSpan:
    """With its short texts, which are the same in many spans, shared with them."""
    for key, value in span.attributes.items():
        if isinstance(value, str) and len(value) <= SHORT:
            span.attributes[key] = intern(value)
    return span
