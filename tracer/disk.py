"""Rows to disk, whatever happens to the disk.

What it refuses is kept and tried again, up to a number of bytes, and once more at the end; then
texts are let go first, and whole commits after them, counted in `lost`. A file that was deleted
under us is written anew from what SQLite still holds of it. A file that has grown large is followed
by a further part, which the reader shows as one. Whatever happens is said once on stderr; the
program goes on.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from .errors import StoreError
from .store import Row, Store
from .texts import TextRows

BACKLOG: Final = 64 << 20  # bytes kept while the disk refuses
PART: Final = 1 << 30  # bytes of the first part
PARTS: Final = 11  # as many as SQLite attaches to one connection, each twice as large as the last
LIGHT: Final = 4_096  # bytes of a commit's rows that are no text or page, roughly

Rows = list[tuple[str, Iterable[Row]]]


def part_path(path: Path, part: int) -> Path:
    """Where part 2, 3… of a file lies. Part 1 is the file itself."""
    return path if part == 1 else path.with_name(f"{path.name}.part{part}")


def part_size() -> int:
    """`AGENTLOUPE_PART_SIZE` in bytes, with K, M or G behind it, else a gigabyte."""
    told = re.fullmatch(r"(\d+)([KMG]?)", os.environ.get("AGENTLOUPE_PART_SIZE", "").upper())
    if told is None:
        return PART
    return max(1 << 16, int(told[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[told[2]])


def _spans(rows: Rows) -> int:
    return sum(
        row[4] for table, of in rows if table == "pages" for row in of if isinstance(row[4], int)
    )


def _weight(rows: Rows) -> int:
    return LIGHT + sum(_size(of) for table, of in rows if table != "meta")


def _size(rows: Iterable[Row]) -> int:
    if isinstance(rows, TextRows):
        return rows.weight
    return sum(len(row[-1]) for row in rows if isinstance(row[-1], bytes | bytearray))


def _without_texts(table: str, rows: Iterable[Row]) -> tuple[str, Iterable[Row]]:
    """Bodies as the policy "none" stores them."""
    return table, [(*row[:3], b"", row[4], b"") for row in rows] if table == "bodies" else rows


class Disk:
    """The files of one process. Owned by the writer's thread.

    With `now` the first file is made at once.

    Raises:
        StoreError: that cannot be done.
    """

    def __init__(self, path: Path, *, now: bool) -> None:
        self.path = path
        self.lost = 0  # span records given up
        self.written = 0  # span records known to be on disk
        self.forgot = False  # texts were let go: whoever remembers them as stored is wrong
        self._told = 0
        self._facts: list[Row] = []
        self._waiting: deque[Rows] = deque()
        self._weight = 0
        self._part = 1
        self._part_size = part_size()
        self._said: set[str] = set()
        self._store: Store | None = Store(path) if now else None

    @property
    def clear(self) -> bool:
        """Whether nothing waits to be written."""
        return not self._waiting

    @property
    def opened(self) -> bool:
        """Whether the file was made."""
        return self._store is not None

    def open(self) -> None:
        """Make the file if that was not done yet."""
        if self._store is None:
            try:
                self._store = Store(self.path)
            except StoreError as error:
                self.say("open", f"cannot write to {str(self.path)!r}: {error.what}")

    def write(self, rows: Rows, *, last: bool = False) -> None:
        """Write what waits, then `rows`. What the disk refuses waits; the `last` time, is lost."""
        if self.lost != self._told:
            self._told = self.lost
            rows = [*rows, ("meta", [("lost", self.lost)])]
        if any(values for _, values in rows):
            if self._facts:  # of commits that were let go
                rows = [("meta", self._facts), *rows]
                self._facts = []
            self._waiting.append(rows)
            self._weight += _weight(rows)
        store = self._store
        while self._waiting and store is not None:
            first = self._waiting[0]
            try:
                store.write(first)
            except sqlite3.Error as error:
                self.say("refused", f"cannot write to {str(store.path)!r}: {error}")
                break
            self._waiting.popleft()
            self._weight -= _weight(first)
            self.written += _spans(first)
            store = self._after_commit(store)
        if last and store is not None:
            self._rescue(store)
        self._shed(last=last or store is None)

    def _rescue(self, store: Store) -> None:
        """A full disk has no room for what was said, but perhaps for what happened, or at least for
        how it ended."""
        try:
            while self._waiting:
                rows = self._waiting[0]
                store.write([_without_texts(*each) for each in rows])
                self._waiting.popleft()
                self._weight -= _weight(rows)
                self.written += _spans(rows)
        except sqlite3.Error:
            lost = self.lost + sum(map(_spans, self._waiting))
            ends = [each for rows in self._waiting for each in rows if each[0] in ("runs", "meta")]
            with suppress(sqlite3.Error):
                store.checkpoint()  # what its log holds is in the file as well then
            with suppress(sqlite3.Error):
                store.write([*ends, ("meta", [("lost", lost)])])

    def _after_commit(self, store: Store) -> Store:
        """The store for the next commit."""
        if store.vanished():
            self._restore(store)
        elif store.size() > self._part_size and self._part < PARTS:
            self._rotate(store)
        return self._store or store

    def _shed(self, *, last: bool) -> None:
        """Keep what waits within bounds: first the oldest texts go, then the oldest records."""
        if self._weight > BACKLOG and not last:
            for index, rows in enumerate(self._waiting):
                self._waiting[index] = kept = [_without_texts(*each) for each in rows]
                self._weight -= _weight(rows) - _weight(kept)
                self.forgot = True
                if self._weight <= BACKLOG // 2:
                    break
        while self._waiting and (last or self._weight > BACKLOG):
            rows = self._waiting.popleft()
            self._weight -= _weight(rows)
            self.lost += _spans(rows)
            self._facts += [row for table, of in rows if table == "meta" for row in of]
            self.forgot = True

    def _rotate(self, store: Store) -> None:
        try:
            following = Store(part_path(self.path, self._part + 1))
            following.write([("meta", [("pid", os.getpid()), ("part", self._part + 1)])])
        except (StoreError, sqlite3.Error):
            self._part_size *= 2  # the part that is there can still be written
            return
        self._part += 1
        self._part_size *= 2  # eleven of them hold two thousand times the first
        self._store = following
        self._end(store)

    def _restore(self, store: Store) -> None:
        """The file is gone from its folder, but not from this process."""
        gone = path = store.path
        twin = 1
        while path.exists():  # another file took its place: it is not ours to touch
            twin += 1
            path = gone.with_name(f"{gone.stem}-{twin}{gone.suffix}")
        try:
            store.move(path)
        except (OSError, sqlite3.Error, StoreError) as error:
            self.say("gone", f"{str(gone)!r} was deleted and cannot be written anew: {error}")
            return
        where = "" if path == gone else f" to {str(path)!r}"
        self.say("gone", f"{str(gone)!r} was deleted while it was written: written anew{where}")

    def _end(self, store: Store) -> None:
        try:
            store.close()
        except sqlite3.Error as error:
            self.say("refused", f"cannot write to {str(store.path)!r}: {error}")

    def close(self) -> None:
        """Let go of the files."""
        if self._store is not None:
            self._end(self._store)

    def say(self, kind: str, text: str) -> None:
        """Tell the user, once a kind."""
        if kind not in self._said:
            self._said.add(kind)
            print(  # noqa: T201 the one notice
                f"agentloupe: {text}. The program goes on; what cannot be kept is counted as lost.",
                file=sys.stderr,
            )
