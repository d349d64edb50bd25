"""The files of one process's recording, opened as data from elsewhere.

Read-only, without trust in their schema, with limits on what a cell may be. Only plain tables of
ours are read: a file with a view, a trigger, a virtual table or a computed column in it is refused.
Parts and earlier schemas are made one by views of this connection's own.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .disk import part_path
from .errors import NotARecording, RecordingError, WrongSchema
from .store import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from .upgrade import OLDEST, TABLES, views

CELL: Final = 40 << 20  # bytes of a cell; the largest text we keep is 32 MiB
PATIENCE: Final = 1.0  # seconds for somebody who has locked the file
SQL: Final = 1 << 20  # bytes of a statement, those of the file's schema included
OBJECTS: Final = 64  # tables and indexes of a file
ROWS: Final = 1_000_000  # rows of one answer
LISTED: Final = 256 << 20  # bytes of all rows of `runs`, `meta`

#: SQLite tells of damage in text that may itself be damaged.
DAMAGED: Final = (sqlite3.Error, UnicodeDecodeError, OverflowError)
Row = tuple[Any, ...]
Ask = Callable[[str], list[Row]]

_OURS: Final = {*re.findall(r"CREATE (?:TABLE|INDEX) (\w+)", SCHEMA), *TABLES}


class Parts:
    """A connection to the first file and all further parts that are there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db, self._mode = _connect(path)
        self._parts: list[tuple[str, int]] = []
        try:
            self._add("main")
            self.look()
        except BaseException:
            self._db.close()
            raise

    @property
    def schema(self) -> int:
        """The schema that the first file has."""
        return self._parts[0][1]

    def look(self) -> None:
        """Attach the parts that came since."""
        found = len(self._parts)
        while (part := part_path(self.path, len(self._parts) + 1)).is_file():
            if not self._attach(f"part{len(self._parts) + 1}", part):
                break  # it is only just beginning, or beyond what can be attached
        if len(self._parts) > found or found == 1:
            self._make_one()

    def _attach(self, name: str, part: Path) -> bool:
        try:
            self._db.execute(f"ATTACH ? AS {name}", (f"{part.resolve().as_uri()}?{self._mode}",))
        except DAMAGED:
            return False
        try:
            self._add(name)
        except RecordingError:
            with suppress(*DAMAGED):
                self._db.execute(f"DETACH {name}")  # else its name is taken at the next look
            return False
        return True

    def _add(self, database: str) -> None:
        schema = _schema(self, database)
        refuse_what_is_not_ours(self.all, self.path, database)
        self._parts.append((database, schema))

    def _make_one(self) -> None:
        statements = views(self._parts)
        if statements:
            self._db.execute("PRAGMA query_only = OFF")
            for statement in statements:
                self.all(statement)
            self._db.execute("PRAGMA query_only = ON")

    @property
    def version(self) -> tuple[int, ...]:
        """Changes whenever another process commits to one of the files."""
        return tuple(self.one(f"PRAGMA {name}.data_version")[0] for name, _ in self._parts)

    def all(self, sql: str, *values: object) -> list[Row]:
        """All rows of an answer.

        Raises:
            RecordingError: the file is damaged, or the answer is larger than any of ours.
        """
        try:
            rows = self._db.execute(sql, values).fetchmany(ROWS + 1)
        except DAMAGED as error:
            raise self._damaged(error) from error
        if len(rows) > ROWS:
            raise RecordingError(f"{str(self.path)!r} has more than {ROWS} rows where few belong")
        return rows

    def each(self, sql: str, *values: object) -> Iterator[Row]:
        """The rows of an answer one by one: each is let go before the next is read.

        Raises:
            RecordingError: the file is damaged.
        """
        try:
            yield from self._db.execute(sql, values)
        except DAMAGED as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> RecordingError:
        return RecordingError(
            f"{str(self.path)!r} is damaged: {error}", "what lies before the damage is lost to it"
        )

    def one(self, sql: str, *values: object) -> Row:
        """The first row of an answer.

        Raises:
            RecordingError: as of `all`, or there is none.
        """
        rows = self.all(sql, *values)
        if not rows:
            raise RecordingError(f"{str(self.path)!r} is damaged: {sql!r} finds nothing")
        return rows[0]

    def check_listed(self) -> None:
        """Before rows of runs are read as a whole.

        Raises:
            RecordingError: they are larger than any of ours.
        """
        runs, meta = self.one(
            "SELECT (SELECT total(length(name) + ifnull(length(error), 0) + length(detail))"
            " FROM runs), (SELECT total(length(key) + ifnull(length(value), 0)) FROM meta)"
        )
        if runs + meta > LISTED:
            raise RecordingError(
                f"{str(self.path)!r} lists {runs + meta:.0f} bytes of runs: not ours"
            )

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()


def _connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """A connection, and in which mode it is.

    The file is not looked at in any other way: closing a second descriptor would drop the locks of
    a recorder in this process.
    """
    if not path.is_file():
        raise NotARecording(
            f"there is no recording {str(path)!r}", "`loupe runs` lists what is there"
        )
    uri = path.resolve().as_uri()
    last: Exception | None = None
    for mode in ("mode=ro", "mode=ro&immutable=1"):  # the second for folders that cannot be written
        try:
            return _connected(f"{uri}?{mode}"), mode
        except DAMAGED as error:
            last = error
    if getattr(last, "sqlite_errorname", "") == "SQLITE_NOTADB":
        raise NotARecording(
            f"{str(path)!r} is not a recording: it is no SQLite file",
            "`loupe run app.py` makes one",
        )
    raise NotARecording(
        f"{str(path)!r} cannot be read: {last}", "the file is damaged or truncated"
    ) from last


def _connected(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        uri, timeout=PATIENCE, uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        defend(db)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DAMAGED:
        db.close()
        raise
    return db


def defend(db: sqlite3.Connection, *, writes: bool = False) -> None:
    """Hold a connection to what is asked of a file that comes from elsewhere."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL)
    db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, SQL)
    db.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA temp_store = MEMORY")


def _schema(parts: Parts, database: str) -> int:
    path = str(parts.path)
    if parts.one(f"PRAGMA {database}.application_id")[0] != APPLICATION_ID:
        raise NotARecording(f"{path!r} is a SQLite file, but not a recording")
    schema: int = parts.one(f"PRAGMA {database}.user_version")[0]
    if schema > SCHEMA_VERSION:
        raise WrongSchema(
            f"{path!r} has schema {schema}, this version reads up to {SCHEMA_VERSION}",
            "a newer agentloupe wrote it: pip install --upgrade agentloupe",
        )
    if schema < OLDEST:
        raise WrongSchema(
            f"{path!r} has schema {schema}, this version reads {OLDEST} to {SCHEMA_VERSION}",
            "an older agentloupe wrote it, and can read it",
        )
    return schema


def refuse_what_is_not_ours(ask: Ask, path: Path, database: str) -> None:
    """Before anything is read of a file: its schema is ours, down to the keys.

    Raises:
        RecordingError: somebody has changed it.
    """
    found = ask(f"SELECT type, name, sql FROM {database}.sqlite_master LIMIT {OBJECTS + 1}")
    for kind, name, sql in found:
        plain = kind in ("table", "index") and not str(sql).upper().startswith("CREATE VIRTUAL")
        if not plain or (name not in _OURS and not str(name).startswith("sqlite_")):
            raise RecordingError(
                f"{str(path)!r} holds the {str(kind)[:20]} {str(name)[:60]!r}, which no "
                "recording has",
                "somebody has changed it: read it with sqlite3 if you trust them",
            )
    if len(found) > OBJECTS:
        raise RecordingError(f"{str(path)!r} holds more tables than any recording")
    for table in TABLES:
        for place, name, _, _, _, key, computed in columns_of(ask, database, table):
            if computed:
                raise RecordingError(f"{str(path)!r} computes {table}.{name!r}: not ours")
            if bool(key) != (place == 0):  # rows in order would be sorted in memory
                raise RecordingError(f"{str(path)!r} has another key of {table}: not ours")


def columns_of(ask: Ask, database: str, table: str) -> list[Row]:
    """Place, name, type, never null, default, place in the key, whether it is computed."""
    return ask(f"PRAGMA {database}.table_xinfo({table})")
