"""What `y` and `Y` put on the clipboard: a row as text, and a command that shows it again."""

from __future__ import annotations

import shlex

from .cast import short_type
from .session import Session


def as_text(session: Session) -> str:
    """The cursor's step on one line."""
    step = session.step(session.cursor.step)
    cast = session.cast
    line = f"#{step.index} {cast.name(step.sender)} → {cast.name(step.recipient)}"
    line += f" {short_type(session.kind(step))}"
    said = session.headline(step.body)
    if said:
        line += f": {said}"
    return f"{line}  ✗ {' '.join(step.error.split())}" if step.error else line


def as_command(session: Session) -> str:
    """A command that opens the same recording at the same step."""
    where = f"{session.path or session.title}#{session.info.trace_id[:8]}@{session.cursor.step}"
    return f"loupe view {shlex.quote(where)}"
