"""What can still be read of a recording that was cut or damaged.

SQLite refuses a file that is shorter than its header says. Told that the schema may be written, it
reads what is there (`lockBtree` in btree.c), and so every table is copied into a new file up to the
first row that cannot be read: what was written last is what a cut takes. The original is never
touched. A run then has the steps that follow one another without a gap.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from .errors import RecordingError
from .glance import Glances
from .part import DAMAGED, Row, columns_of, defend, refuse_what_is_not_ours
from .segment import Segment
from .store import APPLICATION_ID, SCHEMA_VERSION
from .upgrade import TABLES

HEAD: Final = 100  # bytes of a SQLite file's header
AFFINITIES: Final = ("INTEGER", "BLOB", "TEXT")
BATCH: Final = 64
MOST: Final = 1 << 30  # bytes of a file that is copied just for being looked at
_COUNTED: Final = ("pages", "bodies", "samples")


class Salvaged(Struct, frozen=True):
    """A copy of what could be read, in a folder of its own, and what is known of the loss."""

    path: Path
    told: str

    def drop(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def salvage(path: Path) -> Salvaged | None:
    """Copy what can be read of a recording; None when it is none, or nothing can be read."""
    told = None
    with suppress(OSError):
        told = _ours(path)
    if told is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="loupe-salvaged-"))
    copy = folder / path.name
    try:
        found = _copied(path, copy)
        _follow_one_another(copy)
    except (*DAMAGED, OSError, RecordingError):
        found = {}
    if not found.get("runs"):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    counts = ", ".join(f"{found.get(name, 0):,} {name}" for name in _COUNTED)
    return Salvaged(copy, f"{told}; read up to there: {counts}")


def _ours(path: Path) -> str | None:
    """How the file is hurt, None when it is no recording of a schema that is known."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, 2)
    if size > MOST or len(head) < HEAD or not head.startswith(b"SQLite format 3\0"):
        return None
    (page,) = struct.unpack_from(">H", head, 16)
    (count,) = struct.unpack_from(">I", head, 28)
    schema, _, application = struct.unpack_from(">3I", head, 60)
    if application != APPLICATION_ID or not 0 < schema <= SCHEMA_VERSION:
        return None
    whole = count * (65_536 if page == 1 else page)
    if size < whole:
        return f"the file is cut: {size / 1e6:.1f} of {whole / 1e6:.1f} MB are there"
    return "the file is damaged"


def _copied(path: Path, copy: Path) -> dict[str, int]:
    """The number of rows that were copied of each table."""
    uri = path.resolve().as_uri()
    found: dict[str, int] = {}
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(copy, isolation_level=None)) as into:
        defend(into, writes=True)
        for mode in ("mode=ro", "mode=ro&immutable=1"):
            with closing(sqlite3.connect(f"{uri}?{mode}", uri=True, isolation_level=None)) as db:
                defend(db)
                db.execute("PRAGMA writable_schema = ON")
                with suppress(*DAMAGED):
                    _begin(db, into, path)
                    for table in TABLES:
                        found[table] = _rows(db, into, table)
                    break
    return found


def _begin(db: sqlite3.Connection, into: sqlite3.Connection, path: Path) -> None:
    """Make the tables. What the file says of itself is not run: only names are taken from it.

    Raises:
        RecordingError: the file holds what no recording has.
    """

    def ask(sql: str) -> list[Row]:
        return db.execute(sql).fetchall()

    refuse_what_is_not_ours(ask, path, "main")
    for name in ("application_id", "user_version"):
        into.execute(f"PRAGMA {name} = {int(ask(f'PRAGMA {name}')[0][0])}")
    for table in TABLES:
        columns = columns_of(ask, "main", table)
        if columns:
            into.execute(_made_anew(table, columns))


def _made_anew(table: str, columns: list[Row]) -> str:
    kind, rows = ("TEXT", " WITHOUT ROWID") if table == "meta" else ("INTEGER", "")
    key, *others = ('"' + str(column[1]).replace('"', '""') + '"' for column in columns)
    told = [f"{key} {kind} PRIMARY KEY"]
    for name, column in zip(others, columns[1:], strict=True):
        affinity = column[2] if column[2] in AFFINITIES else ""
        told.append(f"{name} {affinity}{' NOT NULL' if column[3] else ''}")
    return f"CREATE TABLE {table} ({', '.join(told)}){rows}"


def _rows(db: sqlite3.Connection, into: sqlite3.Connection, table: str) -> int:
    """Copy the rows of a table up to the first that cannot be read; how many."""
    copied = 0
    try:
        rows = db.execute(f"SELECT * FROM {table} ORDER BY 1")
        marks = ",".join("?" * len(rows.description))
        into.execute("BEGIN")
        while batch := rows.fetchmany(BATCH):
            into.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", batch)
            copied += len(batch)
    except DAMAGED:
        copied += _one_by_one(db, into, table, copied)
    with suppress(sqlite3.Error):
        into.execute("COMMIT")
    return copied


def _one_by_one(db: sqlite3.Connection, into: sqlite3.Connection, table: str, offset: int) -> int:
    """The rows of the batch in which the damage lies, up to it."""
    for copied in range(BATCH):
        try:
            query = f"SELECT * FROM {table} ORDER BY 1 LIMIT 1 OFFSET {offset + copied}"
            row = db.execute(query).fetchone()
        except DAMAGED:
            return copied
        if row is None:
            return copied
        into.execute(f"INSERT OR IGNORE INTO {table} VALUES ({','.join('?' * len(row))})", row)
    return BATCH


def _follow_one_another(copy: Path) -> None:
    """Tell the copy how many steps each run really has left.

    Raises:
        RecordingError: the copy is no recording that can be read.
    """
    with closing(Segment(copy)) as segment:
        left = [(_left(segment, row[0]), row[0]) for row in segment.runs()]
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.executemany("UPDATE runs SET steps = ? WHERE number = ?", left)


def _left(segment: Segment, run: int) -> int:
    """Steps of a run up to the first that is missing, or that cannot be read."""
    count = 0
    with suppress(RecordingError):
        for batch in Glances(segment, run):
            for glance in batch:
                if glance.index != count:
                    return count
                count += 1
    return count
