"""How long recordings stay: their files, what is too much of them, and which nobody may touch.

SQLite holds a shared lock on a file in WAL mode for as long as a process has it open, so whether a
recording is being written (or read) is asked of the lock: it holds across containers, and a process
id that was given to another process does not matter to it.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from .locate import SUFFIX, recordings_dir
from .policy import PolicyError, bytes_of, project_setting

KEEP: Final = "AGENTLOUPE_KEEP"
SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
#: where SQLite locks: the bytes that every connection holds shared
SHARED_FIRST: Final = 0x40000002
SHARED_SIZE: Final = 510
FRESH: Final = 3_600  # seconds for which a file counts as in use where locks cannot be asked

_FILE: Final = re.compile(
    rf"(?P<name>.+{re.escape(SUFFIX)})(?P<part>(?:\.\d+)?(?:\.part\d+)?)"
    r"(?P<log>-wal|-shm|-journal|\.sock)?"
)


class Limits(NamedTuple):
    """What recordings of a folder may come to; None: no limit."""

    size: int | None = 10 << 30  # bytes of all of them
    most: int | None = 1_000  # recordings
    age: float | None = None  # seconds since it was last written

    @property
    def none(self) -> bool:
        """Whether everything stays."""
        return self.size is None and self.most is None and self.age is None


class Stored(NamedTuple):
    """A recording as files: its own, those of child processes and further parts."""

    path: Path  # of the recording; it may be gone, and only parts of it left
    files: tuple[Path, ...]
    size: int  # bytes of all files
    written: float  # seconds since the epoch


def seconds_of(text: str) -> float | None:
    """`90d`, `12h`, `2w` in seconds; None when it is none of these.

    >>> seconds_of("90d"), seconds_of("1.5h"), seconds_of("90")
    (7776000.0, 5400.0, None)
    """
    told = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.strip().lower())
    return None if told is None else float(told[1]) * SECONDS[told[2]]


def parse(text: str) -> Limits:
    """`10G, 1000, 90d`: size, number and age, in any order, each at most once; or `all`.

    Raises:
        PolicyError: it is none of these.
    """
    size: int | None = None
    count: int | None = None
    age: float | None = None
    for word in filter(None, (each.strip() for each in text.split(","))):
        if word.lower() == "all":
            continue
        if word.isdecimal():
            count = int(word)
        elif (told := seconds_of(word)) is not None:
            age = told
        elif (told_bytes := bytes_of(word)) is not None:
            size = told_bytes
        else:
            raise PolicyError(
                f"{word!r} of {text!r} says nothing about what to keep",
                'say for example "10G, 1000, 90d", or "all"',
            )
    return Limits(size, count, age)


def limits() -> Limits:
    """The limits that hold here: `AGENTLOUPE_KEEP`, the project's `keep`, 10 GB and 1,000.

    Raises:
        PolicyError: they cannot be understood.
    """
    told = os.environ.get(KEEP) or project_setting("keep")
    return Limits() if told is None else parse(str(told))


def survey(folder: Path) -> list[Stored]:
    """The recordings of a folder with all their files, newest first.

    Raises:
        OSError: the folder is there and cannot be looked into.
    """
    found: dict[str, list[os.DirEntry[str]]] = {}
    try:
        entries = [*os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    for entry in entries:
        match = _FILE.fullmatch(entry.name)
        if match is not None:
            found.setdefault(match["name"], []).append(entry)
    stored = [_stored(folder / name, files) for name, files in found.items()]
    return sorted((each for each in stored if each is not None), key=lambda s: -s.written)


def _stored(path: Path, entries: list[os.DirEntry[str]]) -> Stored | None:
    size, written = 0, 0.0
    files: list[Path] = []
    for entry in entries:
        try:
            if not entry.is_file(follow_symlinks=False) and not entry.name.endswith(".sock"):
                continue
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        files.append(Path(entry.path))
        size += status.st_size
        written = max(written, status.st_mtime)
    return Stored(path, tuple(files), size, written) if files else None


def surplus(stored: Sequence[Stored], allowed: Limits, now: float) -> list[Stored]:
    """What is beyond the limits and may go, the oldest first. `stored` is newest first.

    Recordings in use are never among it; they count all the same.
    """
    return [each for each in excess(stored, allowed, now) if not in_use(each)]


def excess(stored: Sequence[Stored], allowed: Limits, now: float) -> list[Stored]:
    """What is beyond the limits, in use or not, the oldest first."""
    total = 0
    beyond: list[Stored] = []
    for place, each in enumerate(stored):
        total += each.size
        over = (
            (allowed.most is not None and place >= allowed.most)
            or (allowed.size is not None and total > allowed.size)
            or (allowed.age is not None and now - each.written > allowed.age)
        )
        if over:
            beyond.append(each)
    return beyond[::-1]


def in_use(stored: Stored) -> bool:
    """Whether a process has one of the recording's files open, or is only just making it."""
    if not stored.size and time.time() - stored.written < FRESH:
        return True
    return any(
        _held(file)
        for file in stored.files
        if not file.name.endswith(("-wal", "-shm", "-journal", ".sock"))
    )


def _held(path: Path) -> bool:
    try:
        import fcntl
    except ImportError:
        return time.time() - path.stat().st_mtime < FRESH
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # what cannot be written cannot be asked either
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def remove(stored: Stored) -> bool:
    """Delete a recording's files, its own last. False: not all of it could be deleted."""
    done = True
    for file in sorted(stored.files, key=lambda file: (file == stored.path, file.name)):
        try:
            file.unlink(missing_ok=True)
        except OSError:
            done = False
    return done


def tidy(folder: Path | None = None) -> list[Stored]:
    """Before a new recording: remove what is beyond the limits, and say so. Never raises."""
    found: list[Stored] = []
    try:
        allowed = limits()
        if allowed.none:
            return []
        with suppress(OSError):  # a folder that is closed to us: the recording itself says so
            found = survey(folder or recordings_dir())
        gone = [each for each in surplus(found, allowed, time.time()) if remove(each)]
    except (OSError, PolicyError) as error:
        _say(f"old recordings are not looked through: {error}")
        return []
    if gone:
        _say(f"removed {told(gone)} beyond what is kept ({KEEP}; docs/store.md).")
    return gone


def told(stored: Iterable[Stored]) -> str:
    """`3 recordings (2.1 GB)`."""
    each = [*stored]
    size = sum(one.size for one in each) / 1e6
    amount = f"{size / 1e3:.1f} GB" if size >= 1_000 else f"{size:.1f} MB"
    return f"{len(each)} recording{'' if len(each) == 1 else 's'} ({amount})"


def _say(text: str) -> None:
    print(f"agentloupe: {text}", file=sys.stderr)  # noqa: T201 whoever starts a recording reads it
