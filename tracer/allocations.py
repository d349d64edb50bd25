"""Which lines made what stays: allocations traced for a while, by `tracemalloc` or by memray.

`tracemalloc`, with one frame, sees what Python allocates. Memray, used where it is installed
(`agentloupe[memray]`), sees what C code allocates as well, and with several frames the program's
own line rather than a library's. While either traces, Python code takes three to five times as
long; what was there before is not traced, so that a big heap costs nothing.
"""

from __future__ import annotations

import _tracemalloc  # pyright: ignore[reportMissingModuleSource]  all of the module but what prints
import contextlib
import functools
import importlib
import os
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

LINES: Final = 5
FRAMES: Final = 24  # that are looked through for a line of the program's own
_ROOM: Final = Path(__file__).parents[1]
_OURS: Final = tuple(
    str(_ROOM / name) + os.sep for name in ("tracer", "runtime", "diagnose", "cli")
)

Line = tuple[str, int, int, int]  # file, line, blocks, bytes
Made = tuple[str, int, int, int]  # the same of some allocations


class Tracing(Protocol):
    """Begun when it is made."""

    def end(self, *, by_size: bool = False) -> list[Line]:
        """Trace no more: the lines of which most blocks stayed, or most bytes."""
        ...

    def leave(self) -> None:
        """Trace no more, and say nothing."""
        ...

    def forget(self) -> None:
        """In a forked child: what is traced is the parent's."""
        ...


def begin() -> Tracing | None:
    """Trace from now on; None: somebody else does."""
    if _tracemalloc.is_tracing():
        return None
    return ByMemray.begun() if native() else ByTracemalloc()


@functools.cache
def native() -> bool:
    """Whether what C code allocates is traced too. Loads what does it, the first time."""
    try:
        importlib.import_module("memray")
    except ImportError:
        return False
    return True


class ByTracemalloc:
    """One frame, as each further one costs as much again."""

    def __init__(self) -> None:
        _tracemalloc.start(1)

    def end(self, *, by_size: bool = False) -> list[Line]:
        """As `Tracing`; of the raw traces: `Snapshot.statistics` takes half a minute for a big
        heap."""
        try:
            traces: Sequence[tuple[Any, ...]] = _tracemalloc._get_traces()
            return folded(((*trace[2][0], 1, trace[1]) for trace in traces), by_size=by_size)
        finally:
            self.leave()

    def leave(self) -> None:
        """As `Tracing`."""
        with contextlib.suppress(RuntimeError):
            _tracemalloc.stop()

    forget = leave


class ByMemray:
    """Into a file that is read at the end."""

    def __init__(self, memray: Any, path: str) -> None:
        self._memray = memray
        self._path = path
        self._tracker = memray.Tracker(
            destination=memray.FileDestination(path, overwrite=True, compress_on_exit=False),
            trace_python_allocators=True,
        )
        self._tracker.__enter__()

    @classmethod
    def begun(cls) -> ByMemray | None:
        """None: the program is run by memray itself."""
        # not made by `tempfile`: it would count as a temporary file of the program's
        path = os.path.join(tempfile.gettempdir(), f"agentloupe-{os.getpid()}.memray")  # noqa: PTH118 as in `audit`
        try:
            return cls(importlib.import_module("memray"), path)
        except RuntimeError:
            return None

    def end(self, *, by_size: bool = False) -> list[Line]:
        """As `Tracing`."""
        self._tracker.__exit__(None, None, None)
        try:
            with self._memray.FileReader(self._path) as reader:
                records = reader.get_leaked_allocation_records(merge_threads=True)
                made = (
                    (*_own_line(record.stack_trace(FRAMES)), record.n_allocations, record.size)
                    for record in records
                )
                return folded(made, by_size=by_size)
        finally:
            Path(self._path).unlink(missing_ok=True)

    def leave(self) -> None:
        """As `Tracing`."""
        self._tracker.__exit__(None, None, None)
        Path(self._path).unlink(missing_ok=True)

    def forget(self) -> None:
        """As `Tracing`: memray does not follow forks by itself."""


def _own_line(stack: Sequence[tuple[str, str, int]]) -> tuple[str, int]:
    """The innermost line of the program's own; where it has none there, the innermost of all."""
    frames = [(file, line) for _, file, line in stack]
    if frames and frames[0][0].startswith(_OURS):
        return frames[0]
    return next(
        (frame for frame in frames if not frame[0].startswith((*_OURS, *_libraries()))),
        frames[0] if frames else ("", 0),
    )


@functools.cache
def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return ("<", *(paths[each] + os.sep for each in ("stdlib", "purelib", "platlib")))


def folded(made: Iterable[Made], *, by_size: bool = False) -> list[Line]:
    """By line, but for our own, the most blocks or bytes first."""
    by_line: dict[tuple[str, int], tuple[int, int]] = {}
    for file, line, blocks, size in made:
        if file and not file.startswith(_OURS):
            count, total = by_line.get((file, line), (0, 0))
            by_line[file, line] = count + blocks, total + size
    ranked = sorted(by_line.items(), key=lambda item: -item[1][by_size])[:LINES]
    return [(file, line, *counts) for (file, line), counts in ranked]
