"""What one process recorded: rows, pages and bodies by number."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import msgpack

from .brief import FIELDS, row_of
from .cutting import CUT, joined
from .errors import RecordingError
from .model import BodyRef, RecordingInfo, RunStatus, Span
from .packing import unpack
from .part import Parts
from .stored import (
    HURT,
    PageHead,
    Row,
    Texts,
    gave_up,
    head_of,
    holding,
    is_alive,
    records_of,
    refs_of,
    texts_of,
    withheld,
)
from .text import visible
from .texts import MOST, span_of
from .unpacking import root_of

KEPT_PAGES: Final = 16
KEPT_CONTEXTS: Final = 256
KEPT_ROWS: Final = 16  # of bodies
SHARED: Final = 1 << 20  # bytes of such a row
LOOK: Final = 1_024  # bodies that are looked through in one go
BODIES: Final = "SELECT id, count, size, hash, ends, data FROM bodies"
BRIEFS_OF: Final = (
    "SELECT page, low_run, high_run FROM briefs WHERE low_run <= ? AND high_run >= ? ORDER BY page"
)
PAGE: Final = (
    "SELECT id, length(data), CASE WHEN length(data) <= ? THEN data END FROM pages WHERE id = ?"
)
STORED: Final = (
    "SELECT id, length(data), CASE WHEN length(data) <= ? THEN data END FROM pages"
    " WHERE id BETWEEN ? AND ? AND (run IS NULL OR run = ?) ORDER BY id"
)
LOST: Final = "(lost: it could not be written)"
MANY: Final = 100_000  # steps of a run that are believed without looking
LEAST: Final = 8  # bytes of a step's record: far fewer than any has
MAX_PAGE: Final = 8 << 20  # bytes; our own pages have half of it

S = TypeVar("S")
T = TypeVar("T")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file has the name now, None when none has."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Segment:
    """What one process recorded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _identity(path)
        self._parts = Parts(path)
        self._all = self._parts.all
        self._one = self._parts.one
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._contexts: OrderedDict[int, list[BodyRef]] = OrderedDict()
        self._rows: deque[Texts] = deque(maxlen=KEPT_ROWS)
        self._heads: dict[int, tuple[int, list[PageHead]]] = {}
        self._seen: tuple[int, ...] = ()
        self._version = 0
        self._meta: dict[str, Any] = {}
        self._last_brief: tuple[int, dict[int, Row]] = (0, {})  # page, rows of its brief runs
        self._alive = False
        try:
            self._parts.check_listed()
            self.refresh()
        except BaseException:
            self._parts.close()
            raise

    def make(self, kind: Callable[[S], T], stored: S, what: str) -> T:
        """`kind(stored)`; whatever a damaged or hostile value does there is one clear error."""
        try:
            return kind(stored)
        except HURT as error:
            raise self._hurt(what, error) from error

    def _hurt(self, what: str, error: Exception) -> RecordingError:
        return RecordingError(f"{what} of {str(self.path)!r} is damaged: {error}")

    def refresh(self) -> bool:
        """True when the file changed since the last call, or another took its name."""
        file = _identity(self.path)
        if file not in (None, self._file):
            self._reopen()
            self._file = file
        self._parts.look()
        seen = self._parts.version
        if seen == self._seen:
            return False
        self._seen = seen
        self._version += 1
        self._heads.clear()
        self._last_brief = (0, {})
        self._meta = dict(self._all("SELECT key, value FROM meta"))
        self._alive = is_alive(self._meta)
        return True

    def _reopen(self) -> None:
        """`loupe serve` replaces a recording as a whole; what is known of the old one is void."""
        parts = Parts(self.path)
        self._parts.close()
        self._parts = parts
        self._all, self._one = parts.all, parts.one
        self._pages.clear()
        self._contexts.clear()
        self._rows.clear()
        self._seen = ()

    # -- rows --------------------------------------------------------------------------------
    @property
    def alive(self) -> bool:
        """Whether the process that writes it may still be at work."""
        if self._alive:
            self._alive = is_alive(self._meta)
        return self._alive

    @property
    def unended(self) -> RunStatus:
        """What a run without an end is: it goes on, or its program ended, or was killed."""
        if self.alive:
            return "running"
        meta = self._meta
        closed = meta.get("exit_code") is not None or (meta.get("ended_ns") and meta.get("pid"))
        return "cancelled" if closed and meta.get("signal") is None else "killed"

    def info(self) -> RecordingInfo:
        """The `meta` table."""
        meta = self._meta

        def number(key: str) -> int | None:
            value = meta.get(key)
            return value if isinstance(value, int) else None

        def words(key: str, kind: type[T]) -> T:
            value = meta.get(key)
            if not isinstance(value, bytes):
                return kind()
            return self.make(msgpack.Decoder(kind).decode, value, key)

        return RecordingInfo(
            path=str(self.path),
            schema=self._parts.schema,
            created_ns=number("created_ns") or 0,
            program=visible(str(meta.get("program", "")), newlines=False),
            argv=tuple(visible(str(word), newlines=False) for word in words("argv", list[Any])),
            python=visible(str(meta.get("python", "")), newlines=False),
            pid=number("pid") or 0,
            versions={
                visible(str(k)): visible(str(v))
                for k, v in words("versions", dict[Any, Any]).items()
            },
            ended_ns=number("ended_ns"),
            exit_code=number("exit_code"),
            signal=number("signal"),
            lost=number("lost") or 0,
            forced=bool(meta.get("forced")),
            gave_up=tuple(gave_up(words("gave_up", list[Any]))),
            bodies=visible(str(meta.get("bodies", "capped")), newlines=False).partition(":")[0],
            otlp_sent=number("otlp_sent"),
            otlp_lost=number("otlp_lost"),
        )

    def runs(self) -> list[Row]:
        """A row for each run, as in the `runs` table, by start."""
        rows = self._all("SELECT * FROM runs ORDER BY start_ns, number")
        self._believe(rows)
        briefs = self._brief_pages()
        if not briefs:
            return rows
        known = {row[0] for row in rows}  # brief runs that went on after all
        for page in briefs:
            rows += [row for row in self._brief_rows(*page) if row[0] not in known]
        return sorted(rows, key=lambda row: (row[6], row[0]))

    def _believe(self, rows: list[Row]) -> None:
        """Whoever walks through a run goes by what its row says: it must not walk for ever."""
        told = max((row[8] for row in rows if isinstance(row[8], int)), default=0)
        if told > MANY and told > self._one("SELECT total(length(data)) FROM pages")[0] / LEAST:
            raise RecordingError(
                f"{str(self.path)!r} is damaged: a run of {told:,} steps is not in it"
            )

    # -- runs that are one record each: see `brief` ----------------------------------------------
    def _brief_pages(self) -> list[Row]:
        """Page, lowest and highest run of the pages that hold such."""
        return self._all("SELECT page, low_run, high_run FROM briefs ORDER BY page")

    def _brief_rows(self, page: int, low: int, high: int) -> list[Row]:
        """Rows of the runs `low` to `high` of a page."""

        def rows(records: list[Row]) -> list[Row]:
            briefs = [record for record in records if len(record) == FIELDS]
            return [row_of(record, page) for record in briefs if low <= record[0] <= high]

        what = f"page {page}"
        return self.make(rows, self.make(unpack, self.page_data(page), what), what)

    def _brief(self, run: int) -> tuple[int, Row] | None:
        """The page on which a run lies, and its row. Whoever reads runs reads the next one next."""
        page, found = self._last_brief
        if run not in found:
            for page, low, high in self._all(BRIEFS_OF, run, run):
                found = {row[0]: row for row in reversed(self._brief_rows(page, low, high))}
                if run in found:
                    self._last_brief = page, found
                    break
            else:
                return None
        return page, found[run]

    def root(self, run: int) -> Span:
        """The root span of a run."""
        return self.make(root_of, self.run_row(run), "a run")

    def samples(self, run: int | None) -> list[Row]:
        """Rows of the `samples` table: of one run, or of the whole process."""
        columns = "SELECT run, step, messages, time_ns, data FROM samples"
        if run is None:
            return self._all(f"{columns} ORDER BY id")
        return self._all(f"{columns} WHERE run = ? ORDER BY id", run)

    # -- what a follower asks ----------------------------------------------------------------
    def runs_ended(self, since_ns: int) -> list[Row]:
        """Number and end of runs that ended after a moment, but for those on `briefs_on` pages."""
        return self._all("SELECT number, end_ns FROM runs WHERE end_ns > ?", since_ns)

    def briefs_on(self, page: int) -> list[Row]:
        """A row for each run that is one record of a page."""
        found = self._all("SELECT page, low_run, high_run FROM briefs WHERE page = ?", page)
        return self._brief_rows(*found[0]) if found else []

    def runs_after(self, number: int) -> list[Row]:
        """Rows of the runs behind a number, but for those that are one record each."""
        return self._all("SELECT * FROM runs WHERE number > ? ORDER BY number", number)

    def runs_of_trace(self, trace_id: bytes, limit: int) -> list[Row]:
        """Those of a trace among the last `limit` of these."""
        sql = "SELECT * FROM (SELECT * FROM runs ORDER BY number DESC LIMIT ?) WHERE trace_id = ?"
        return self._all(sql, limit, trace_id)

    def run_numbers(self) -> list[int]:
        """All runs, by start."""
        return [row[0] for row in self.runs()]

    def run_row(self, run: int) -> Row:
        """The row of one run."""
        rows = self._all("SELECT * FROM runs WHERE number = ?", run)
        if rows:
            return rows[0]
        brief = self._brief(run)
        if brief is None:
            raise RecordingError(f"{str(self.path)!r} is damaged: run {run} is not in it")
        return brief[1]

    def pages_after(self, page: int, limit: int) -> list[int]:
        """Numbers of the pages that were written after a page, oldest first."""
        sql = "SELECT id FROM pages WHERE id > ? ORDER BY id LIMIT ?"
        return [row[0] for row in self._all(sql, page, limit)]

    def run_with(self, span: int, before: int, limit: int) -> int | None:
        """The run of a span, looked for in the newest pages and `limit` of those up to `before`."""
        word = msgpack.encode(span)
        sql = (
            "SELECT id FROM pages WHERE id > ? OR id IN"
            " (SELECT id FROM pages WHERE id <= ? ORDER BY id DESC LIMIT ?) ORDER BY id DESC"
        )
        for (page,) in self._all(sql, before, before, limit):
            if word in self.page_data(page):
                for record in self.page(page):
                    if record[0] == span:
                        return record[2]
        return None

    def samples_after(self, sample: int) -> list[tuple[int, Row]]:
        """Number and row of the samples that were written after a sample."""
        sql = "SELECT id, run, step, messages, time_ns, data FROM samples WHERE id > ? ORDER BY id"
        return [(row[0], row[1:]) for row in self._all(sql, sample)]

    # -- pages -------------------------------------------------------------------------------
    def pages_of(self, run: int) -> list[PageHead]:
        """The pages that may hold records of a run, oldest first."""
        known = self._heads.get(run)
        if known is not None and known[0] == self._version:
            return known[1]
        first, last = self._extent(run)
        rows = self._all(
            "SELECT id, run, low_step, high_step FROM pages"
            " WHERE id BETWEEN ? AND ? AND (run IS NULL OR run = ?) ORDER BY id",
            first,
            last,
            run,
        )
        heads = [self.make(head_of, row, "a page") for row in rows]
        self._heads[run] = (self._version, heads)
        return heads

    def _extent(self, run: int) -> tuple[Any, Any]:
        """The first and the last page that may hold records of a run."""
        rows = self._all("SELECT first_page, last_page FROM runs WHERE number = ?", run)
        first, last = rows[0] if rows else (None, None)
        brief = self._brief(run)
        if brief is not None:
            page = brief[0]
            first = page if first is None else min(first, page)
            last = page if last is None else max(last, page)
        return first, last

    def stored_pages(self, run: int) -> Iterator[tuple[int, bytes]]:
        """Number and data of the pages that may hold records of a run, oldest first."""
        for number, size, data in self._parts.each(STORED, MAX_PAGE, *self._extent(run), run):
            yield number, self._sound(number, size, data)

    def page(self, number: int) -> Sequence[Row]:
        """The records of a page."""
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page
        page = self.make(records_of, self.page_data(number), f"page {number}")
        self._pages[number] = page
        if len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page

    def page_data(self, number: int) -> bytes:
        """A page as it is stored."""
        return self._sound(*self._one(PAGE, MAX_PAGE, number))

    def _sound(self, number: int, size: Any, data: Any) -> bytes:
        if not isinstance(size, int) or size > MAX_PAGE:
            raise RecordingError(f"page {number} of {str(self.path)!r} is {size} bytes: not ours")
        return data

    # -- bodies ------------------------------------------------------------------------------
    def body(self, number: int) -> str:
        """The text of a stored body."""
        data = self._body(number)
        if data[:1] == CUT:
            data = joined(data, self._body)
        return data.decode("utf-8", "replace")

    def _body(self, number: int) -> bytes:
        found = self._stored(number)
        if found is None:
            return LOST.encode()
        size, digest, data = found
        if data == b"" and size:
            return withheld(number, size, digest).encode()
        return data

    def _stored(self, number: int) -> tuple[int, bytes, bytes] | None:
        """Size, hash and data of a body, None if there is none."""
        for row in self._rows:
            if row[0] <= number < row[0] + row[1]:
                break
        else:
            rows = self._all(f"{BODIES} WHERE id <= ? ORDER BY id DESC LIMIT 1", number)
            if not rows:
                return None
            row = self.make(texts_of, rows[0], f"body {number}")
            if len(row[5]) <= SHARED:
                self._rows.appendleft(row)  # what was read last is mostly asked for next
            if number >= row[0] + row[1]:
                return None
        first, count, size, digest, ends, data = row
        if ends is None:
            return size, digest, data
        try:
            start, end = span_of(number - first, count, ends, size)
        except HURT as error:
            raise self._hurt(f"body {number}", error) from error
        return end - start, digest, data[start:end]

    def bodies_with(self, words: list[str], low: int, high: int) -> set[int]:
        """Bodies from `low` to `high` that hold all of these lower-case ASCII words.

        Those whose long texts are bodies of their own are always among them.
        """
        # text of one's own, not of the file: words are letters, digits and underscores
        holds = " AND ".join("instr(lower(data), ?) > 0" for _ in words) or "1"
        sql = (
            "SELECT id, count, ends, CASE WHEN count > 1 THEN data END FROM bodies"
            f" WHERE id BETWEEN ? AND ? AND ({holds} OR data >= x'c1')"
        )
        sought = [word.encode() for word in words]
        found: set[int] = set()
        for start in range(low - MOST + 1, high + 1, LOOK):
            for row in self._all(sql, start, min(start + LOOK - 1, high), *words):
                found |= self.make(lambda row: holding(sought, *row), row, f"body {row[0]}")
        return {number for number in found if low <= number <= high}

    def body_size(self, number: int) -> int:
        """Its size before it was capped."""
        found = self._stored(number)
        return 0 if found is None else found[0]

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
            rows = self._all("SELECT parent, kept, added FROM contexts WHERE id = ?", at)
            if not rows:
                refs = [LOST]
                break
            parent, kept, added = rows[0]
            if not isinstance(kept, int) or not isinstance(parent, int | None):
                raise RecordingError(f"context {at} of {str(self.path)!r} is damaged")
            chain.append((at, kept, self.make(refs_of, added, f"context {at}")))
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
        self._parts.close()
