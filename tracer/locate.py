"""Where recordings lie, and how a run is named on the command line.

RUN = `path[#run]`, the beginning of a trace id, `@last`, or `-N` (the N-th last recording),
followed by `@step` or `#finding`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final, NamedTuple

from .errors import NoSuchRun

NAME: Final = 120  # bytes
SUFFIX: Final = ".loupe"
DIGITS: Final = 8  # of a trace id
_STEP: Final = re.compile(r"@(\d+)$")
_FINDING: Final = re.compile(r"#([A-Za-z]+\d+(?:-\d+)?|[a-z]+\.[a-z-]+)$")
_RUN: Final = re.compile(r"#([0-9a-f]+)$")


class Selection(NamedTuple):
    """What a RUN argument names. `run` is None when only the recording was named."""

    path: Path
    run: str | None = None
    step: int | None = None
    finding: str | None = None


def recordings_dir() -> Path:
    """`AGENTLOUPE_DIR`, else `.agentloupe` of the project that holds the current folder.

    The project is the nearest folder upwards with `.agentloupe`, `pyproject.toml` or `.git`; a
    folder outside of any project is its own.
    """
    named = os.environ.get("AGENTLOUPE_DIR")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in (".agentloupe", "pyproject.toml", ".git")):
            return folder / ".agentloupe"
    return here / ".agentloupe"


def fresh_path(name: str, directory: Path | None = None) -> Path:
    """A file name for a recording that no other has: NAME-DATE-TIME-PID, of a long name its start.

    A file system takes 255 bytes, and segments and parts of the recording have names yet longer.
    """
    plain = "".join(ch if ch.isalnum() or ch in "-_" else "-" for ch in name)
    plain = plain.encode()[:NAME].decode(errors="ignore").strip("-") or "run"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = directory or recordings_dir()
    path = folder / f"{plain}-{stamp}-{os.getpid()}{SUFFIX}"
    twin = 1
    while os.path.exists(path):  # noqa: PTH110 of a folder that is closed to us it says no
        twin += 1
        path = folder / f"{plain}-{stamp}-{os.getpid()}-{twin}{SUFFIX}"
    return path


def recordings(directory: Path | None = None) -> list[Path]:
    """Recordings of a folder, newest first; segments of child processes are not listed."""
    folder = directory or recordings_dir()
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
    return sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name))


def parse_run(text: str, directory: Path | None = None) -> Selection:
    """Resolve a RUN argument.

    Raises:
        NoSuchRun: nothing of that name is there; the message says where it was looked for.
    """
    run: str | None = None
    finding: str | None = None
    rest, step = text, None
    if not Path(rest).exists():
        rest, step = _cut(rest, _STEP)
    if not Path(rest).exists():
        rest, finding = _cut(rest, _FINDING)
    if not Path(rest).exists():
        rest, run = _cut(rest, _RUN)
    number = None if step is None else int(step)
    path = _path(rest, directory)
    if path is None:
        path, run = _by_trace(rest, directory or recordings_dir(), text)
    return Selection(path, run, number, finding)


def beginnings(ids: Iterable[str]) -> dict[str, str]:
    """How runs with these trace ids are called: by eight digits, or as many as tell them apart.

    >>> beginnings(["0af7651916cd43dd", "01a22a0d0001", "01a22a0d0002"])
    {'01a22a0d0001': '01a22a0d0001', '01a22a0d0002': '01a22a0d0002', '0af7651916cd43dd': '0af76519'}
    """
    needed = dict.fromkeys(sorted(set(ids)), DIGITS)
    for one, other in pairwise(needed):
        same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        alike = sum(1 for _ in same)
        for each in (one, other):
            needed[each] = max(needed[each], alike + 1)
    return {each: each[:digits] for each, digits in needed.items()}


def _cut(text: str, pattern: re.Pattern[str]) -> tuple[str, str | None]:
    match = pattern.search(text)
    return (text[: match.start()], match.group(1)) if match else (text, None)


def _path(text: str, directory: Path | None) -> Path | None:
    if Path(text).is_file():
        return Path(text)
    nth = 1 if text in ("@last", "") else int(text[1:]) if re.fullmatch(r"-\d+", text) else 0
    if nth:
        found = recordings(directory)
        if len(found) < nth:
            folder = directory or recordings_dir()
            raise NoSuchRun(
                f"there are {len(found)} recordings in {str(folder)!r}, {text!r} is not among them",
                "record one with: loupe run app.py",
            )
        return found[nth - 1]
    named = (directory or recordings_dir()) / text
    for candidate in (named, named.with_name(named.name + SUFFIX)):
        if candidate.is_file():
            return candidate
    return None


def _by_trace(prefix: str, folder: Path, text: str) -> tuple[Path, str]:
    fits: list[tuple[Path, str]] = []
    if re.fullmatch(r"[0-9a-f]{4,32}", prefix) and folder.is_dir():
        from .catalog import Catalog

        with Catalog(folder) as catalog:
            fits = catalog.by_trace(prefix)
    if len(fits) == 1:
        return fits[0]
    what = f"{len(fits)} runs begin" if fits else "no file and no run begins"
    raise NoSuchRun(
        f"{what} with {text!r} (looked in {str(folder)!r})", "list them with: loupe runs"
    )
