"""What a recording comes to, told by its tables: for whoever only wants to count.

The reader knows much more, and takes as long to load as a small program takes to run. What only it
can tell (child processes, runs that were cut off, traces in several parts) is left to it.
"""

from __future__ import annotations

import glob
import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from .store import SCHEMA_VERSION

_PLAIN: Final = """
SELECT (SELECT user_version FROM pragma_user_version) = ?
    AND (SELECT count(*) = count(DISTINCT trace_id) AND count(*) = count(end_ns) FROM runs)
    AND NOT EXISTS (SELECT 1 FROM briefs JOIN runs ON number BETWEEN low_run AND high_run)
"""
_COUNTS: Final = """
SELECT count(*) + (SELECT total(runs) FROM briefs),
    total(steps) + (SELECT total(runs) FROM briefs),
    total(status <> 'ok')
FROM runs
"""


class Tally(NamedTuple):
    """Of all runs of a recording."""

    runs: int
    steps: int
    unwell: int  # runs that did not end well


def tally(path: Path) -> Tally | None:
    """Count; None where only the reader can.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    own = {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    if any(file.name not in own for file in path.parent.glob(f"{glob.escape(path.name)}*")):
        return None
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        if not db.execute(_PLAIN, (SCHEMA_VERSION,)).fetchone()[0]:
            return None
        return Tally(*map(int, db.execute(_COUNTS).fetchone()))
    finally:
        db.close()
