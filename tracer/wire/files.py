"""`open_any`: a recording, or a trace file turned into one."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from ..errors import NotARecording
from ..model import RecordingInfo
from ..reader import Recording, open_recording
from . import own, standard
from .assembly import DraftRun, runs_of
from .dialect import Dialect, dialect_of
from .draft import SERVICE, Draft
from .loading import load
from .spans import Plain, WireSpan, as_dict
from .writing import Origin, write

SQLITE = b"SQLite format 3\x00"


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
    loaded = load(source, limit)
    origin = _origin(source, loaded.spans[0].source.resource)
    runs = normalised(loaded.spans)
    write(target, runs, replace(origin, lost=int(loaded.cut)))
    return len(runs)


def _origin(path: Path, resource: Mapping[str, Plain]) -> Origin:
    """What the first span's resource says about the program; ours say more."""
    ours = resource.get("telemetry.sdk.name") == own.SDK
    name, python = resource.get(SERVICE), resource.get("process.runtime.version")
    versions = as_dict(resource.get(own.VERSIONS)) or {}
    created = resource.get(own.CREATED)
    return Origin(
        program=name if ours and isinstance(name, str) else path.stem,
        source=str(path),
        python=python if ours and isinstance(python, str) else "",
        versions={key: str(value)[:100] for key, value in versions.items()} if ours else {},
        created_ns=created if ours and isinstance(created, int) else None,
    )


def normalised(spans: Sequence[WireSpan]) -> list[DraftRun]:
    """The runs of spans from anywhere, in our own model."""
    services: dict[int, str] = {}
    drafts: list[Draft] = []
    spoken: dict[Dialect, list[WireSpan]] = {}
    chosen = [dialect_of(span) for span in spans]
    for span, dialect in zip(spans, chosen, strict=True):
        if dialect is not None:
            spoken.setdefault(dialect, []).append(span)
    for dialect, own_spans in spoken.items():
        run_of = dialect.arrange(own_spans, spans)
        for span in spans if run_of else ():
            span.trace_id = run_of.get(span.trace_id, span.trace_id)
    for order, (span, dialect) in enumerate(zip(spans, chosen, strict=True)):
        name = span.source.resource.get(SERVICE)
        if isinstance(name, str):
            services[order] = name
        draft = standard.draft(span, order) if dialect is None else dialect.draft(span, order)
        if draft is not None:
            drafts.append(draft)
        span.attributes, span.events = {}, []  # they are in the draft, as bytes
    return runs_of(drafts, services)
