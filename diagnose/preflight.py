"""What is wrong with a program before it runs, by its text alone: `loupe doctor app.py`.

Nothing of the program is executed or imported. Told is only what the text leaves no doubt about;
what comes from elsewhere, or is put together while the program runs, is looked at by the recorder
when a team is made.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..tracer.errors import LoupeError
from .catalogue import rule
from .config import in_code
from .preflight_agents import capability_faults, name_faults, team_faults
from .preflight_fault import Fault
from .preflight_messages import message_faults
from .preflight_source import Program

LOOKS = (capability_faults, name_faults, team_faults, message_faults)


class UnreadableProgram(LoupeError):  # noqa: N818 reads as a sentence
    """The program cannot be read, or is no Python."""

    code = "LP306"


def preflight(path: Path, root: Path | None = None) -> list[Fault]:
    """The faults of the program that starts with a file, in the order of its lines.

    Args:
        path: a script or a notebook.
        root: the folder from which it imports its own modules; that of the file if not given.

    Raises:
        UnreadableProgram: there is no such file, or it is no Python.
    """
    try:
        found = _found(path, root)
    except RecursionError as error:
        raise UnreadableProgram(f"{str(path)!r} is nested too deeply to be read") from error
    kept = [fault for fault in found if not _suppressed(fault)]
    return sorted(kept, key=Fault.order)


def _found(path: Path, root: Path | None) -> set[Fault]:
    try:
        program = Program(path, root)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UnreadableProgram(f"{str(path)!r} cannot be read: {why}") from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        what = f"{str(path)!r} is no Python: {where}{getattr(error, 'msg', error)}"
        raise UnreadableProgram(what) from error
    return {fault for look in LOOKS for fault in look(program)}


def _suppressed(fault: Fault) -> bool:
    """A comment in the file where it stands takes it back, with a reason."""
    known = rule(fault.code)
    names = (fault.code.lower(), known.slug if known else "", known.family if known else "")
    return any(
        each.rule.lower() in names
        and each.agent in (None, fault.who)
        and (each.until is None or each.until >= date.today())
        for each in in_code(Path(fault.path))
    )
