"""Opens recordings for the screens: runs to choose from, one run to replay, or what went wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..tracer.errors import LoupeError
from ..tracer.model import RecordingInfo, RunInfo
from ..tracer.reader import Recording, Run, open_recording
from ..tracer.text import visible
from .checking import Checker, judge
from .findings import Findings
from .names import digits_of
from .session import Session

MOST_CHECKED = 250_000  # steps of a run that is checked without being asked


_ORIGINALS: dict[Path, Path] = {}


def know_originals(originals: Mapping[Path, Path]) -> None:
    """From now on these recordings go by the names of the trace files that they were made of."""
    _ORIGINALS.clear()
    _ORIGINALS.update(originals)


def original(path: Path) -> Path:
    """The file that a recording is shown as: itself, or the trace file that it was made of."""
    return _ORIGINALS.get(path, path)


class Choosing(Protocol):
    """Which run, step and finding the user named (`agentloupe.tracer.locate.Selection`)."""

    @property
    def path(self) -> Path: ...
    @property
    def run(self) -> str | int | None: ...
    @property
    def step(self) -> int | None: ...
    @property
    def finding(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that the user has to know instead of a screen."""

    what: str
    advice: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list of runs: a run, or a file that could not be read."""

    path: Path
    recording: RecordingInfo | None
    run: RunInfo | None
    trouble: Trouble | None = None
    damage: str = ""  # what of the recording is missing


class Opened:
    """A run that is open for replay. `inline`: everything happens at once, for tests."""

    def __init__(
        self,
        recording: Recording,
        run: Run,
        *,
        step: int = 0,
        finding: str = "",
        known: Findings | None = None,
        inline: bool,
    ) -> None:
        self.path = Path(recording.info.path)
        self.inline = inline
        self.number = run.info.number
        self._recording = recording
        self._finding = finding  # where the cursor goes once the checks have found it
        several = len(recording.runs) > 1
        shown = original(self.path)
        digits = digits_of(each.trace_id for each in recording.runs) if several else 0
        name = f"{shown.name}#{run.info.trace_id[:digits]}" if several else shown.name
        self.session = Session(run, title=name, path=str(shown), step=step)
        self._run = run
        self.checker = Checker()
        self._checked = known is not None and known.state == "done" and self.session.ended
        if known is not None and self._checked:
            self.session.findings = known

    def refresh(self) -> bool:
        """Take in what was written since; the session's source is a fresh look at the run."""
        if not self._recording.refresh():
            return False
        self._run = self._recording.run(self.number)
        self.session.source = self._run
        self.session.reread(self._run)
        return True

    def close(self) -> None:
        """Let go of the file and of the process that checks."""
        self.checker.close()
        self._recording.close()

    def work(self, tell: Callable[[], None], stopped: Callable[[], bool]) -> None:
        """Index the run on a reader of this thread's own."""
        if self.session.indexed and len(self.session.memory):
            return
        self.apart(lambda run: self.session.work(run, tell, stopped))

    def apart(self, work: Callable[[Run], object]) -> None:
        """Do something with the run on a reader of this thread's own."""
        try:
            with open_recording(self.path) as recording:
                work(recording.run(self.number))
        except LoupeError as error:
            self.session.findings.why = error.what

    def check(self, tell: Callable[[], None], stopped: Callable[[], bool]) -> None:
        """Check the run: in a process of its own, or right here when `inline`."""
        findings = self.session.findings
        steps = self.session.total
        if stopped():
            return
        if self._checked:  # when it was listed
            pass
        elif steps > MOST_CHECKED:
            advice = f"loupe check {original(self.path).name}"
            findings.fail(f"{steps:,} steps are too many to check along the way; {advice}")
        elif self.inline:
            judge(self.path, self.number, findings)
        else:
            findings.state = "checking"
            tell()
            self.checker.judge(self.path, self.number, findings)
            self.checker.close(again=True)
        mark = findings.named(self._finding) if self._finding else None
        if mark is not None:
            self.session.wanted = mark.first
        self._finding = ""
        tell()


def trouble_of(error: Exception, path: Path | None) -> Trouble:
    """An error as the panel shows it."""
    if isinstance(error, LoupeError):
        return Trouble(f"{error.code} {error.what}", error.advice, path)
    if isinstance(error, FileNotFoundError):
        return Trouble(f"there is no file {str(path)!r}", "list what is there: loupe runs", path)
    return Trouble(f"{type(error).__name__}: {error}", "", path)


def crash(error: Exception) -> Trouble:
    """A defect of ours, or damage in the recording, as the panel shows it."""
    if isinstance(error, LoupeError):
        return trouble_of(error, None)
    lines = traceback.format_exception(error)[-6:]
    return Trouble(
        f"this could not be shown: {type(error).__name__}: {error}",
        "Esc goes back. If it comes again, please report it with these lines:\n"
        + visible("".join(lines)),
    )


NOTHING = Trouble(
    "No runs have been recorded here yet.",
    "Record a program:   loupe run app.py\nor look at a sample:   loupe demo",
)


def entries(path: Path) -> list[Entry]:
    """The runs of one recording, or what keeps it from being read."""
    try:
        with open_recording(path) as recording:
            info = recording.info
            found = [Entry(path, info, run, damage=recording.damage) for run in recording.runs]
    except (LoupeError, OSError) as error:
        return [Entry(path, None, None, trouble_of(error, path))]
    if found:
        return found
    name = original(path).name
    nothing = Trouble(f"{name} holds no run: nothing was sent in it", "", original(path))
    return [Entry(path, info, None, nothing)]


def memory_in(entry: Entry) -> list[tuple[int, int]]:
    """Step and resident memory of a listed run's samples; none of what cannot be read."""
    assert entry.run is not None
    try:
        with open_recording(entry.path) as recording:
            return recording.run(entry.run.number).resident()
    except (LoupeError, OSError):
        return []


def open_run(
    path: Path,
    run: int | str,
    *,
    step: int = 0,
    finding: str = "",
    known: Findings | None = None,
    inline: bool = False,
) -> Opened | Trouble:
    """A run for replay, or what keeps it from being shown. `known`: what a check has found."""
    try:
        recording = open_recording(path)
    except (LoupeError, OSError) as error:
        return trouble_of(error, path)
    try:
        chosen = recording.run(run)
        return Opened(recording, chosen, step=step, finding=finding, known=known, inline=inline)
    except LoupeError as error:
        recording.close()
        return trouble_of(error, path)


def only_run(recordings: Sequence[Path]) -> tuple[Path, int] | None:
    """The run, when the recordings hold exactly one."""
    if len(recordings) != 1:
        return None
    found = entries(recordings[0])
    run = found[0].run
    return (recordings[0], run.number) if len(found) == 1 and run is not None else None
