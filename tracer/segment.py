"""One file of a recording, opened read-only: rows, pages and bodies by number."""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import msgpack

from .errors import NotARecording, RecordingError, WrongSchema
from .model import BodyRef, RecordingInfo, Span
from .packing import unpack
from .store import APPLICATION_ID, SCHEMA_VERSION
from .text import visible
from .unpacking import root_of

KEPT_PAGES: Final = 64
KEPT_CONTEXTS: Final = 256
MAX_PAGE: Final = 64 << 20  # bytes; our own pages are far below

Row = tuple[Any, ...]
#: SQLite tells of damage in text that may itself be damaged.
DAMAGED: Final = (sqlite3.Error, UnicodeDecodeError)

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageHead:
    """What is known of a page without unpacking it."""

    id: int
    run: int | None
    low: int | None
    high: int | None


def _refs(added: bytes) -> list[BodyRef]:
    return [*msgpack.decode(added, type=list[str | int])]


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise NotARecording(
            f"there is no recording {str(path)!r}", "`loupe runs` lists what is there"
        )
    with path.open("rb") as file:
        if not file.read(16).startswith(b"SQLite format 3\x00"):
            raise NotARecording(
                f"{str(path)!r} is not a recording: it is no SQLite file",
                "`loupe run app.py` makes one",
            )
    uri = path.resolve().as_uri()
    last: Exception | None = None
    for mode in ("mode=ro", "mode=ro&immutable=1"):  # the second for folders that cannot be written
        db = sqlite3.connect(
            f"{uri}?{mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA cell_size_check = ON")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except DAMAGED as error:
            last = error
            db.close()
        else:
            return db
    raise NotARecording(f"{str(path)!r} cannot be read: {last}", "the file is damaged or truncated")


class Segment:
    """The file of one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = _connect(path)
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._contexts: OrderedDict[int, list[BodyRef]] = OrderedDict()
        self._heads: dict[int, tuple[int, list[PageHead]]] = {}
        self._version = -1
        self._meta: dict[str, Any] = {}
        try:
            self._check()
            self.refresh()
        except BaseException:
            self._db.close()
            raise

    def _check(self) -> None:
        application = self._one("PRAGMA application_id")[0]
        schema = self._one("PRAGMA user_version")[0]
        if application != APPLICATION_ID:
            raise NotARecording(f"{str(self.path)!r} is a SQLite file, but not a recording")
        if schema != SCHEMA_VERSION:
            raise WrongSchema(
                f"{str(self.path)!r} has schema {schema}, this version reads {SCHEMA_VERSION}",
                "install the version of agentloupe that wrote it, or a newer one",
            )

    def _all(self, sql: str, *values: object) -> list[Row]:
        try:
            return self._db.execute(sql, values).fetchall()
        except DAMAGED as error:
            raise RecordingError(
                f"{str(self.path)!r} is damaged: {error}",
                "what lies before the damage is lost to it",
            ) from error

    def make(self, kind: Callable[[S], T], stored: S, what: str) -> T:
        """`kind(stored)`; whatever a damaged or hostile value does there is one clear error."""
        try:
            return kind(stored)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise RecordingError(f"{what} of {str(self.path)!r} is damaged: {error}") from error

    def _one(self, sql: str, *values: object) -> Row:
        rows = self._all(sql, *values)
        if not rows:
            raise RecordingError(f"{str(self.path)!r} is damaged: {sql!r} finds nothing")
        return rows[0]

    def refresh(self) -> bool:
        """True when the file changed since the last call."""
        version = self._one("PRAGMA data_version")[0]
        if version == self._version:
            return False
        self._version = version
        self._heads.clear()
        self._meta = dict(self._all("SELECT key, value FROM meta"))
        return True

    # -- rows --------------------------------------------------------------------------------
    @property
    def alive(self) -> bool:
        """Whether the process that writes it may still be at work."""
        if self._meta.get("ended_ns") is not None or self._meta.get("signal") is not None:
            return False
        if self._meta.get("exit_code") is not None:
            return False
        pid = self._meta.get("pid")
        if not isinstance(pid, int):
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True

    def info(self) -> RecordingInfo:
        """The `meta` table."""
        meta = self._meta

        def number(key: str) -> int | None:
            value = meta.get(key)
            return value if isinstance(value, int) else None

        def words(key: str) -> Any:
            value = meta.get(key)
            return self.make(msgpack.decode, value, key) if isinstance(value, bytes) else []

        return RecordingInfo(
            path=str(self.path),
            schema=SCHEMA_VERSION,
            created_ns=number("created_ns") or 0,
            program=visible(str(meta.get("program", "")), newlines=False),
            argv=tuple(visible(str(word), newlines=False) for word in words("argv")),
            python=visible(str(meta.get("python", "")), newlines=False),
            pid=number("pid") or 0,
            versions={visible(str(k)): visible(str(v)) for k, v in dict(words("versions")).items()},
            ended_ns=number("ended_ns"),
            exit_code=number("exit_code"),
            signal=number("signal"),
            lost=number("lost") or 0,
        )

    def runs(self) -> list[Row]:
        """Rows of the `runs` table by start."""
        return self._all("SELECT * FROM runs ORDER BY start_ns, number")

    def root(self, run: int) -> Span:
        """The root span of a run."""
        return self.make(root_of, self._one("SELECT * FROM runs WHERE number = ?", run), "a run")

    def samples(self, run: int | None) -> list[Row]:
        """Rows of the `samples` table: of one run, or of the whole process."""
        columns = "SELECT run, step, messages, time_ns, data FROM samples"
        if run is None:
            return self._all(f"{columns} ORDER BY id")
        return self._all(f"{columns} WHERE run = ? ORDER BY id", run)

    # -- pages -------------------------------------------------------------------------------
    def pages_of(self, run: int) -> list[PageHead]:
        """The pages that may hold records of a run, oldest first."""
        known = self._heads.get(run)
        if known is not None and known[0] == self._version:
            return known[1]
        first, last = self._one("SELECT first_page, last_page FROM runs WHERE number = ?", run)
        rows = self._all(
            "SELECT id, run, low_step, high_step FROM pages"
            " WHERE id BETWEEN ? AND ? AND (run IS NULL OR run = ?) ORDER BY id",
            first,
            last,
            run,
        )
        heads = [PageHead(*row) for row in rows]
        self._heads[run] = (self._version, heads)
        return heads

    def page(self, number: int) -> list[Row]:
        """The records of a page."""
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page
        size = self._one("SELECT length(data) FROM pages WHERE id = ?", number)[0]
        if not isinstance(size, int) or size > MAX_PAGE:
            raise RecordingError(f"page {number} of {str(self.path)!r} is {size} bytes: not ours")
        data = self._one("SELECT data FROM pages WHERE id = ?", number)[0]
        page = self.make(unpack, data, f"page {number}")
        if any(len(record) < 15 for record in page):
            raise RecordingError(f"page {number} of {str(self.path)!r} holds incomplete records")
        self._pages[number] = page
        if len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page

    # -- bodies ------------------------------------------------------------------------------
    def body(self, number: int) -> str:
        """The text of a stored body."""
        data = self._one("SELECT data FROM bodies WHERE id = ?", number)[0]
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data)

    def body_size(self, number: int) -> int:
        """Its size before it was capped."""
        size = self._one("SELECT size FROM bodies WHERE id = ?", number)[0]
        return size if isinstance(size, int) else 0

    def context(self, number: int) -> list[BodyRef]:
        """The bodies of a model request, put together from what each request added."""
        chain: list[tuple[int, int, list[BodyRef]]] = []
        refs: list[BodyRef] = []
        at: int | None = number
        while at is not None:
            known = self._contexts.get(at)
            if known is not None:
                refs = known
                break
            parent, kept, added = self._one(
                "SELECT parent, kept, added FROM contexts WHERE id = ?", at
            )
            chain.append((at, kept, self.make(_refs, added, f"context {at}")))
            if parent is not None and parent >= at:
                raise RecordingError(f"context {at} of {str(self.path)!r} refers forward")
            at = parent
        for at, kept, added in reversed(chain):
            refs = refs[:kept] + added
            self._contexts[at] = refs
        while len(self._contexts) > KEPT_CONTEXTS:
            self._contexts.popitem(last=False)
        return refs

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
