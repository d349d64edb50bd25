"""Recordings of several programs laid together: one, with a segment for each of their processes.

Workers that were started apart have recordings of their own. Their files are copied as they are, by
SQLite itself, since a program may still write to one; the reader joins what is one run.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from .disk import part_path
from .errors import RecordingError, StoreError
from .reader import open_recording


def gather(sources: Sequence[Path], target: Path) -> int:
    """Make the recording `target` of others, the first one's program its own; returns its runs.

    Raises:
        NotARecording, WrongSchema: one of them is none, or another version's.
        RecordingError: one cannot be copied.
        StoreError: `target` is there, or cannot be written.
    """
    segments = [path for source in sources for path in _segments(source)]
    if target.exists():
        raise StoreError(f"{str(target)!r} exists already", "choose another file with --out")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, segment in enumerate(segments):
        name = target if number == 0 else target.with_name(f"{target.name}.{number}")
        part = 1
        while (path := part_path(segment, part)).is_file():
            _copy(path, part_path(name, part))
            part += 1
    with open_recording(target) as recording:
        return len(recording.runs)


def _segments(source: Path) -> list[Path]:
    with open_recording(source) as recording:
        return [segment.path for segment in recording.open_segments]


def _copy(source: Path, target: Path) -> None:
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except (OSError, sqlite3.Error) as error:
        raise RecordingError(f"{str(source)!r} cannot be copied: {error}") from error
