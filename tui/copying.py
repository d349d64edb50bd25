"""What `y`, `Y` and `S` take along: a row as text, a command that shows it again, the screen."""

from __future__ import annotations

import shlex
from pathlib import Path

from .cast import short_type
from .names import digits_of
from .session import Session


def as_text(session: Session, index: int | None = None) -> str:
    """A step, or the cursor's, on one line."""
    step = session.step(session.cursor.step if index is None else index)
    cast = session.cast
    line = f"#{step.index} {cast.name(step.sender)} → {cast.name(step.recipient)}"
    line += f" {short_type(session.kind(step))}"
    said = session.said(step)
    if said:
        line += f": {said}"
    return f"{line}  ✗ {' '.join(step.error.split())}" if step.error else line


def run_name(session: Session) -> str:
    """The run as a RUN argument."""
    digits = digits_of(run.trace_id for run in session.source.recording.runs)
    return f"{session.path or session.title}#{session.info.trace_id[:digits]}"


def as_command(session: Session) -> str:
    """A command that opens the same recording at the same step."""
    return f"loupe view {shlex.quote(f'{run_name(session)}@{session.cursor.step}')}"


def as_show(session: Session, options: str, *, at_cursor: bool) -> str:
    """A command that prints what a screen shows."""
    where = f"{run_name(session)}@{session.cursor.step}" if at_cursor else run_name(session)
    return f"loupe show {shlex.quote(where)} {options}".rstrip()


def fresh(name: str, suffix: str) -> Path:
    """A path in the current folder that nothing has yet."""
    path, number = Path(f"{name}{suffix}"), 2
    while path.exists():
        path, number = Path(f"{name}-{number}{suffix}"), number + 1
    return path


def saved(place: str, grid: str, svg: str) -> tuple[Path, Path]:
    """The screen as a text and an SVG file in the current folder.

    Raises:
        OSError: they cannot be written.
    """
    text, picture = fresh(f"loupe-{place}", ".txt"), fresh(f"loupe-{place}", ".svg")
    text.write_text(grid + "\n", encoding="utf-8")
    picture.write_text(svg, encoding="utf-8")
    return text, picture
