"""The recording's file: schema and the statements that fill it. `docs/store.md` explains it.

One SQLite file in WAL mode. Span records are packed into pages (MessagePack arrays), since a row a
span costs several times as much; runs, bodies, contexts and samples are rows.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .errors import StoreError

SCHEMA_VERSION: Final = 3
APPLICATION_ID: Final = 0x6C6F7570  # "loup"

SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    trace_id BLOB NOT NULL,
    root_span INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER,
    steps INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    dead_letters INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    chats INTEGER NOT NULL,
    tools INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    unknown_tokens INTEGER NOT NULL,
    peak_rss INTEGER NOT NULL,
    first_page INTEGER,
    last_page INTEGER,
    detail BLOB NOT NULL
);
CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    run INTEGER,
    low_step INTEGER,
    high_step INTEGER,
    spans INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE briefs (
    page INTEGER PRIMARY KEY,
    low_run INTEGER NOT NULL,
    high_run INTEGER NOT NULL,
    runs INTEGER NOT NULL
);
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    size INTEGER NOT NULL,
    hash BLOB NOT NULL,
    ends BLOB,
    data BLOB NOT NULL
);
CREATE TABLE contexts (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    kept INTEGER NOT NULL,
    added BLOB NOT NULL
);
CREATE TABLE samples (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    step INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX samples_of_run ON samples (run);
"""

_INSERT: Final = {
    "runs": "INSERT OR REPLACE INTO runs VALUES (" + ",".join("?" * 21) + ")",
    "pages": "INSERT INTO pages VALUES (?,?,?,?,?,?)",
    "briefs": "INSERT INTO briefs VALUES (?,?,?,?)",
    "bodies": "INSERT INTO bodies VALUES (?,?,?,?,?,?)",
    "contexts": "INSERT INTO contexts VALUES (?,?,?,?)",
    "samples": "INSERT INTO samples (run, step, messages, time_ns, data) VALUES (?,?,?,?,?)",
    "meta": "INSERT OR REPLACE INTO meta VALUES (?,?)",
}

ADVICE: Final = "set AGENTLOUPE_DIR to a folder that can be written"

Row = Sequence[object]


def note(
    path: Path, facts: Mapping[str, int | str], missing: Mapping[str, int | str] | None = None
) -> None:
    """Write facts into the `meta` table of a recording that nobody writes any more; those of
    `missing` only where it does not tell them itself.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)
    try:
        if db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())
            db.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", (missing or {}).items())
            _fold(db)
    finally:
        db.close()


def _unwritable(path: Path, error: Exception) -> StoreError:
    return StoreError(f"cannot write a recording to {str(path)!r}: {error}", ADVICE)


def _create(path: Path) -> sqlite3.Connection:
    """A new, empty file that only its owner can read, and a connection to it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except FileExistsError:
        if not path.exists():  # a file stands where the folder should be
            raise StoreError(
                f"cannot write a recording to {str(path)!r}: its folder is a file", ADVICE
            ) from None
        raise StoreError(
            f"{str(path)!r} exists already", "choose another file with --out, or remove it"
        ) from None
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(path, error) from error


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


class Store:
    """A recording open for writing. Not thread-safe: one writer owns it."""

    def __init__(self, path: Path) -> None:
        self._adopt(path, _create(path))
        try:
            # at once: whoever follows the file finds all of the tables, or that it is none of ours
            self._db.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
        except sqlite3.Error as error:
            self._db.close()
            raise _unwritable(path, error) from error

    def _adopt(self, path: Path, db: sqlite3.Connection) -> None:
        try:
            db.execute("PRAGMA page_size = 16384")  # texts of a KB waste a fifth of smaller ones
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute("PRAGMA wal_autocheckpoint = 2000")  # 32 MB: copy the log less often
            # A cache that fills up looks like a leak. What a commit fills is written on the way: in
            # memory, which is fresh each time, all of it would cost half as much again.
            db.execute("PRAGMA cache_size = -256")
            page = db.execute("PRAGMA page_size").fetchone()[0]
            self._file = _identity(path)
        except (OSError, sqlite3.Error) as error:
            db.close()
            raise _unwritable(path, error) from error
        self.path = path
        self._db = db
        # A connection keeps a weak reference to each cursor ever made, dead ones until 200 more
        # were: a tooth of 190 blocks in what the sampler reads.
        self._cursor = db.cursor()
        self._page_size: int = page

    def write(self, rows: Iterable[tuple[str, Iterable[Row]]]) -> None:
        """One transaction: `rows` are (table, its rows). All of it is there, or none.

        Raises:
            sqlite3.Error: the disk is full, the file is gone; the store can be used again.
        """
        cursor = self._cursor
        cursor.execute("BEGIN IMMEDIATE")
        try:
            for table, values in rows:
                if values:
                    cursor.executemany(_INSERT[table], values)
            cursor.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                cursor.execute("ROLLBACK")
            raise

    def size(self) -> int:
        """Bytes of the file once its log is folded into it."""
        return self._cursor.execute("PRAGMA page_count").fetchone()[0] * self._page_size

    def vanished(self) -> bool:
        """Whether the file has lost its name: it was deleted, or another has taken its place."""
        try:
            return _identity(self.path) != self._file
        except FileNotFoundError:
            return True
        except OSError:
            return False  # nothing is known

    def move(self, path: Path) -> None:
        """Write on in a new file, with all that is in the one that vanished.

        Its folder is made anew, but no folder above that.

        Raises:
            StoreError, OSError, sqlite3.Error: that is not possible; the store is as before.
        """
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700)
        db = _create(path)
        before = self._db
        try:
            before.backup(db)
        except BaseException:
            db.close()
            path.unlink()
            raise
        self._adopt(path, db)
        before.close()

    def checkpoint(self) -> None:
        """Copy the log into the file, which frees its room.

        Raises:
            sqlite3.Error: the file cannot grow.
        """
        self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Fold the log into the file, so that it stands alone."""
        try:
            _fold(self._db)
        finally:
            self._db.close()


def _fold(db: sqlite3.Connection) -> None:
    """End the log mode, which is for files that are written to: readers make no files then.

    While somebody reads the file it has to keep the mode.
    """
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with suppress(sqlite3.OperationalError):
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA journal_mode = DELETE")
