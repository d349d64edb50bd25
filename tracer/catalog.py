"""The catalog of a folder: a row for each run, and an index of what was said in them.

`catalog.db` makes listing thousands of runs and searching in them fast. It is made from the
recordings and can be made again: it may be deleted at any time, one that is damaged is thrown away,
and nothing needs it to open a recording. Rows of recordings that changed or are gone are replaced
when it is next used; the index takes its time, in a process of its own, as it costs more than
listing does.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from .errors import LoupeError
from .model import RecordingInfo, RunInfo
from .reader import Recording, Run, open_recording
from .retention import Stored, survey
from .search import texts_of, words_of

NAME: Final = "catalog.db"
VERSION: Final = 1
STEPS: Final = 24  # bits of a row's number in the index that tell the step
NO_STEP: Final = (1 << STEPS) - 1
INDEXED: Final = 1 << 16  # characters of one text that are indexed
STALE: Final = 0.5  # share of the index that may be about recordings that are gone
PATIENCE: Final = 10.0  # seconds to wait for another process that writes the catalog

SCHEMA: Final = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE IF NOT EXISTS recordings (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, written REAL NOT NULL,
    settled INTEGER NOT NULL, indexed INTEGER NOT NULL, segments BLOB, trouble BLOB
);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recording INTEGER NOT NULL, number INTEGER NOT NULL,
    trace_id TEXT NOT NULL, texts INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_of_recording ON runs (recording);
CREATE INDEX IF NOT EXISTS runs_by_trace ON runs (trace_id);
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value);
INSERT OR IGNORE INTO facts VALUES ('texts', 0), ('stale', 0);
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (
    said, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2"
);
"""


class Trouble(msgspec.Struct, frozen=True):
    """Why a recording cannot be opened."""

    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording as the catalog knows it: `segments` are its processes, the first one first.

    With `trouble` it could not be opened, and there is nothing else.
    """

    path: Path
    segments: tuple[RecordingInfo, ...]
    runs: tuple[RunInfo, ...]
    trouble: Trouble | None = None

    @property
    def info(self) -> RecordingInfo:
        return self.segments[0]


@dataclass(frozen=True, slots=True)
class Hit:
    """A run with all the words in one of its steps: the first such step, and how many there are."""

    path: Path
    run: RunInfo
    step: int | None
    steps: int


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8. One that is not can be opened, but not be told in a listing."""
    return name.encode("utf-8", "replace").decode() == name


_pack = msgspec.msgpack.Encoder().encode
_unpack_segments = msgspec.msgpack.Decoder(tuple[RecordingInfo, ...], strict=False).decode
_unpack_run = msgspec.msgpack.Decoder(RunInfo, strict=False).decode
_unpack_trouble = msgspec.msgpack.Decoder(Trouble).decode


class Catalog:
    """The catalog of a folder, brought up to date when it is opened. Use as a context manager.

    Where it cannot be written (a folder of somebody else's) it lives in memory.
    """

    def __init__(self, folder: Path, progress: Callable[[int, int], None] | None = None) -> None:
        self.folder = folder
        self._progress = progress
        self._db = self._open()
        try:
            self._sync()
        except sqlite3.DatabaseError as error:
            self._db.close()
            self._db = self._made_again() if _damaged(error) else _memory()
            self._sync()

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self.folder / NAME)
        except sqlite3.DatabaseError as error:
            return self._made_again() if _damaged(error) else _memory()
        except OSError:
            return _memory()

    def _made_again(self) -> sqlite3.Connection:
        """Put a new one in the place of what is damaged, which others that have it open keep."""
        path = self.folder / NAME
        new = path.with_name(f"{NAME}.{os.getpid()}-{threading.get_ident()}")
        try:
            _connect(new).close()
            path.with_name(f"{NAME}-journal").unlink(missing_ok=True)
            new.replace(path)
            return _connect(path)
        except (OSError, sqlite3.DatabaseError):
            new.unlink(missing_ok=True)
            return _memory()

    # -- recordings --------------------------------------------------------------------------
    def _sync(self) -> None:
        found = (each for each in survey(self.folder) if each.path in each.files)
        stored = {each.path.name: each for each in found if _is_text(each.path.name)}
        known: dict[str, tuple[int, str, int]] = {
            name: (number, stamp, settled)
            for number, name, stamp, settled in self._db.execute(
                "SELECT id, name, stamp, settled FROM recordings"
            )
        }
        gone = [known[name][0] for name in known.keys() - stored.keys()]
        changed = [
            each
            for name, each in stored.items()
            if name not in known or known[name][1] != _stamp(each) or not known[name][2]
        ]
        if gone:
            with self._transaction():
                for number in gone:
                    self._forget(number)
        for done, each in enumerate(changed):
            self._take(each, known.get(each.path.name))
            if self._progress is not None:
                self._progress(done + 1, len(changed))

    def _take(self, stored: Stored, before: tuple[int, str, int] | None) -> None:
        stamp = _stamp(stored)  # before it is read: what comes meanwhile is seen the next time
        segments: tuple[RecordingInfo, ...] = ()
        runs: tuple[RunInfo, ...] = ()
        trouble: bytes | None = None
        settled = True
        try:
            with open_recording(stored.path) as recording:
                segments, runs = recording.segments, recording.runs
                settled = not any(segment.alive for segment in recording.open_segments)
        except LoupeError as error:
            trouble = _pack(Trouble(error.code, error.what))
        if before is not None and before[1] == stamp and self._same(before[0], runs, settled):
            return
        with self._transaction():
            row = self._db.execute(
                "SELECT id, stamp, settled FROM recordings WHERE name = ?", (stored.path.name,)
            ).fetchone()
            if row is not None and row[1] == stamp and row[2]:
                return  # another process was quicker
            if row is not None:
                self._forget(row[0])
            cursor = self._db.execute(
                "INSERT INTO recordings (name, stamp, written, settled, indexed, segments, trouble)"
                " VALUES (?, ?, ?, ?, 0, ?, ?)",
                (stored.path.name, stamp, stored.written, settled, _pack(segments), trouble),
            )
            number = cursor.lastrowid
            self._db.executemany(
                "INSERT INTO runs (recording, number, trace_id, texts, data) VALUES (?,?,?,0,?)",
                [(number, run.number, run.trace_id, _pack(run)) for run in runs],
            )

    def _same(self, recording: int, runs: Sequence[RunInfo], settled: bool) -> bool:
        """Whether nothing is new of a recording whose process was at work the last time."""
        if settled:
            return False
        rows = self._db.execute(
            "SELECT data FROM runs WHERE recording = ? ORDER BY number", (recording,)
        )
        return [row[0] for row in rows] == [_pack(run) for run in runs]

    def _forget(self, recording: int) -> None:
        """The index cannot let go of single rows: they are counted, and it is made anew in time."""
        self._db.execute(
            "UPDATE facts SET value = value + (SELECT ifnull(sum(texts), 0) FROM runs"
            " WHERE recording = ?) WHERE key = 'stale'",
            (recording,),
        )
        self._db.execute("DELETE FROM runs WHERE recording = ?", (recording,))
        self._db.execute("DELETE FROM recordings WHERE id = ?", (recording,))

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def entries(self) -> list[Entry]:
        """All recordings of the folder, newest first."""
        runs: dict[int, list[RunInfo]] = {}
        for recording, data in self._db.execute(
            "SELECT recording, data FROM runs ORDER BY recording, number"
        ):
            runs.setdefault(recording, []).append(_unpack_run(data))
        return [
            Entry(
                self.folder / name,
                _unpack_segments(segments),
                tuple(runs.get(number, ())),
                None if trouble is None else _unpack_trouble(trouble),
            )
            for number, name, segments, trouble in self._db.execute(
                "SELECT id, name, segments, trouble FROM recordings ORDER BY written DESC, name"
            )
        ]

    def by_trace(self, prefix: str) -> list[tuple[Path, str]]:
        """Recording and trace id of the runs whose trace id begins so."""
        rows = self._db.execute(
            "SELECT name, trace_id FROM runs JOIN recordings ON recordings.id = recording"
            " WHERE trace_id >= ? AND trace_id < ? ORDER BY written DESC, runs.number",
            (prefix, f"{prefix}g"),
        )
        return [(self.folder / name, trace) for name, trace in rows]

    # -- texts -------------------------------------------------------------------------------
    def unindexed(self) -> int:
        """How many recordings the index does not know yet."""
        sql = "SELECT count(*) FROM recordings WHERE NOT indexed AND trouble IS NULL"
        return self._db.execute(sql).fetchone()[0]

    def index(self) -> None:
        """Index what is not indexed yet, the newest first; as far as others let us."""
        with suppress(sqlite3.OperationalError):
            self._index_all()

    def _index_all(self) -> None:
        self._renew()
        todo = self._db.execute(
            "SELECT id, name FROM recordings WHERE NOT indexed AND trouble IS NULL"
            " ORDER BY written DESC"
        ).fetchall()
        for done, (number, name) in enumerate(todo):
            with suppress(LoupeError), open_recording(self.folder / name) as recording:
                self._index(number, recording)
            if self._progress is not None:
                self._progress(done + 1, len(todo))

    def _index(self, number: int, recording: Recording) -> None:
        """Texts are read before the catalog is locked, a run at a time."""
        rows = self._db.execute(
            "SELECT id, number FROM runs WHERE recording = ? AND texts = 0", (number,)
        ).fetchall()
        for row, run in rows:
            if run < len(recording.runs):
                self._index_run(row, _steps(recording.run(run)))
        self._db.execute("UPDATE recordings SET indexed = 1 WHERE id = ?", (number,))

    def _index_run(self, row: int, steps: dict[int, str]) -> None:
        with self._transaction():
            claimed = self._db.execute(
                "UPDATE runs SET texts = ? WHERE id = ? AND texts = 0", (len(steps), row)
            )
            if not claimed.rowcount:
                return  # another process was quicker
            self._db.executemany(
                "INSERT INTO texts (rowid, said) VALUES (?, ?)",
                [(row << STEPS | step, said) for step, said in steps.items()],
            )
            self._count("texts", len(steps))

    def _count(self, key: str, more: int) -> None:
        self._db.execute("UPDATE facts SET value = value + ? WHERE key = ?", (more, key))

    def _renew(self) -> None:
        """Begin anew when too much of the index is about what is gone."""
        facts = dict(self._db.execute("SELECT key, value FROM facts"))
        if facts["stale"] <= STALE * facts["texts"]:
            return
        with self._transaction():
            self._db.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
            self._db.execute("UPDATE facts SET value = 0")
            self._db.execute("UPDATE runs SET texts = 0")
            self._db.execute("UPDATE recordings SET indexed = 0")

    def search(self, text: str, limit: int = 1_000) -> list[Hit]:
        """The runs that have all words of `text` in one of their steps, the newest first."""
        words = words_of(text)
        if not words:
            return []
        rows = self._db.execute(
            "WITH found AS (SELECT rowid >> ? AS run, min(rowid & ?) AS step, count(*) AS steps"
            " FROM texts WHERE texts MATCH ? GROUP BY 1)"
            " SELECT name, data, step, steps FROM found JOIN runs ON runs.id = found.run"
            " JOIN recordings ON recordings.id = runs.recording"
            " ORDER BY written DESC, runs.number DESC LIMIT ?",
            (STEPS, NO_STEP, " ".join(f'"{word}"' for word in words), limit),
        ).fetchall()
        return [
            Hit(self.folder / name, _unpack_run(data), None if step == NO_STEP else step, steps)
            for name, data, step, steps in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def index_apart(folder: Path) -> None:
    """Bring the index up to date in a process of its own, which goes on when this one ends."""
    silent = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_RDWR, 0) for end in (0, 1, 2)]
    with suppress(OSError, AttributeError, NotImplementedError):  # where there is no such call
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", __name__, str(folder)],
            os.environ,
            file_actions=silent,
            setsid=True,
        )


def _steps(run: Run) -> dict[int, str]:
    """What was said in each step."""
    said: dict[int, list[str]] = {}
    for span, _, text in texts_of(run):
        step = NO_STEP if span.step is None or span.step >= NO_STEP else span.step
        said.setdefault(step, []).append(text[:INDEXED])
    return {step: "\n".join(texts) for step, texts in said.items()}


def _stamp(stored: Stored) -> str:
    """Changes when any file of a recording does."""
    return f"{len(stored.files)} {stored.size} {stored.written}"


class _OtherVersion(sqlite3.DatabaseError):
    """Another version of agentloupe made the catalog."""


def _damaged(error: sqlite3.DatabaseError) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return isinstance(error, _OtherVersion) or name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _connect(path: Path) -> sqlite3.Connection:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return _prepared(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE))


def _memory() -> sqlite3.Connection:
    return _prepared(sqlite3.connect(":memory:", isolation_level=None))


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    """No log mode here: its shared memory does not bear that a file is replaced."""
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA synchronous = OFF")  # it can be made again
        if _version(db) == 0:
            db.execute("BEGIN IMMEDIATE")
            if _version(db) == 0:  # nobody was quicker
                for statement in SCHEMA.split(";")[:-1]:
                    db.execute(statement)
            db.execute("COMMIT")
        if _version(db) != VERSION:
            raise _OtherVersion(f"version {_version(db)}")
        db.execute("SELECT count(*) FROM texts WHERE texts MATCH 'x'").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(19)
    with suppress(sqlite3.Error, OSError), Catalog(Path(sys.argv[1])) as catalog:
        catalog.index()
