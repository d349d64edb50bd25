"""`record()`: record a block or a function of one's own program, without `loupe run`."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from . import instrumentor
from .locate import fresh_path
from .recorder import Recorder, activate, active

if TYPE_CHECKING:
    from .wire.live import LiveExport


LEAVE: Final = 2.0  # seconds that a process which leaves waits for the disk


_starting = threading.RLock()  # runtimes of several threads may all be the first
_over = False  # the process is about to exit


def start(
    path: Path | None = None,
    *,
    name: str | None = None,
    collect: bool = False,
    instrument: bool = True,
    bodies: str | None = None,
    mask: Sequence[str] | None = None,
) -> Recorder | None:
    """Start recording this process until it exits; what records already goes on.

    None: the process is about to exit, and threads that go on are not recorded.

    Raises:
        StoreError: the recording cannot be created there.
    """
    with _starting:
        running = active()
        if running is not None or _over:
            return running
        return _start(path, name, collect, instrument, bodies, mask)


def _start(
    path: Path | None,
    name: str | None,
    collect: bool,
    instrument: bool,
    bodies: str | None,
    mask: Sequence[str] | None,
) -> Recorder:
    program = name or Path(sys.argv[0] or "python").stem or "python"
    recorder = Recorder(
        path or _fresh(program),
        program=program,
        argv=tuple(sys.argv),
        collect=collect,
        bodies=bodies,
        mask=mask,
    )
    activate(recorder)
    undo = instrumentor.install(recorder) if instrument else None
    _watch_forks()
    _watch_exits()
    atexit.register(_at_exit, recorder, undo)
    return recorder


def _at_exit(recorder: Recorder, undo: Callable[[], None] | None) -> None:
    global _over
    _over = True
    stop(recorder, undo)


def _fresh(program: str) -> Path:
    """A new file in the project's folder, where old ones make room."""
    from .retention import tidy  # `loupe run` does that in the process around the program

    tidy()
    return fresh_path(program)


def stop(recorder: Recorder, undo: Callable[[], None] | None = None) -> None:
    """End a recording that `start` began. Harmless when it ended before."""
    if active() is recorder:
        activate(None)
    if undo is not None:
        undo()
    recorder.close()


_forks_watched = False


def _watch_forks() -> None:
    global _forks_watched
    if not _forks_watched and hasattr(os, "register_at_fork"):
        _forks_watched = True
        os.register_at_fork(before=_forking, after_in_parent=_went_on, after_in_child=_forked)


_exits_watched = False


def _watch_exits() -> None:
    """`os._exit` and `os.exec*` end a process past `atexit`: what it recorded is written first."""
    global _exits_watched
    if _exits_watched:
        return
    _exits_watched = True
    for name in ("_exit", "execv", "execve"):
        setattr(os, name, _written_first(getattr(os, name)))


def _written_first(leave: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(leave)
    def left(*args: object, **kwargs: object) -> None:
        recorder = active()
        if recorder is not None:
            ends = leave.__name__ == "_exit"  # an `exec` may fail, and the program goes on
            if ends and recorder.writer.path.exists():  # not so in a child that recorded nothing
                _note_exit(recorder, *args, **kwargs)
            elif recorder.writer.pending:
                recorder.flush(LEAVE)
        leave(*args, **kwargs)

    return left


def _note_exit(recorder: Recorder, status: object = None) -> None:
    """Nobody killed what was under way: the program's own run is over."""
    if isinstance(status, int):
        recorder.writer.meta("exit_code", status & 0xFF)
    if recorder._program_run is not None:
        recorder._program_run.end()
    recorder.flush(LEAVE)


def _forking() -> None:
    recorder = active()
    if recorder is not None:
        recorder.before_fork()


def _went_on() -> None:
    recorder = active()
    if recorder is not None:
        recorder.after_fork_in_parent()


def _forked() -> None:
    global _starting
    _starting = threading.RLock()  # whoever held it is not here
    recorder = active()
    if recorder is not None:
        recorder.after_fork()


def _notice(text: str) -> None:
    recorder = active()
    if recorder is not None:
        recorder.notice(text)


class record(ContextDecorator):  # noqa: N801 used like a function
    """Record what happens inside: `with record("sales") as recorder:`, or `@record("sales")`.

    A recording that is on already (under `loupe run`, or an outer `record`) is used and left
    open. Coroutine functions are recorded while they run.

    Args:
        name: what the recording is called; the program's name by default.
        path: the file; by default a new one in the project's `.agentloupe` folder.
        collect: force evenly spaced garbage collections, for leak detection.
        bodies: what is kept of messages, prompts, arguments and results: "full" (up to 32 MiB
            each), "capped" (the first MiB, the default; "capped:64K" for less), "hash" (size and
            hash) or "none" (the size alone). By default what AGENTLOUPE_BODIES or the project says.
        otlp: an endpoint, `http(s)://` or `grpc(s)://`, that spans are sent to as they end, by a
            thread that reads the recording. At the end it waits a few seconds for what is left.
        otlp_bodies: send messages, prompts, arguments and results as well.

    Raises:
        PolicyError: `bodies` cannot be understood.
        StoreError: the recording cannot be created there.
        BadEndpoint: nothing can be sent to that address.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        path: str | Path | None = None,
        collect: bool = False,
        bodies: str | None = None,
        otlp: str | None = None,
        otlp_bodies: bool = False,
    ) -> None:
        if not isinstance(name, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]  a path, or the function of a bare @record
            raise TypeError("record(NAME, path=FILE), or @record() above a function")
        self._name = name
        self._path = Path(path) if path is not None else None
        self._collect = collect
        self._bodies = bodies
        self._otlp = otlp
        self._otlp_bodies = otlp_bodies
        self._own: list[tuple[Recorder, Callable[[], None], LiveExport | None]] = []

    def __call__(self, func: Callable[..., object]) -> Callable[..., object]:  # type: ignore[override]
        import inspect

        if not inspect.iscoroutinefunction(func):
            return super().__call__(func)

        @functools.wraps(func)
        async def recorded(*args: object, **kwargs: object) -> object:
            with self._recreate_cm():
                return await func(*args, **kwargs)

        return recorded

    def _recreate_cm(self) -> record:
        return record(
            self._name,
            path=self._path,
            collect=self._collect,
            bodies=self._bodies,
            otlp=self._otlp,
            otlp_bodies=self._otlp_bodies,
        )

    def __enter__(self) -> Recorder:
        running = active()
        if running is not None:
            if self._otlp is not None:
                running.notice("record(otlp=…) is left to whoever records: loupe run --otlp URL")
            return running
        program = self._name or Path(sys.argv[0] or "python").stem or "python"
        path = self._path or _fresh(program)
        export = self._export(path)
        recorder = Recorder(
            path,
            program=program,
            argv=tuple(sys.argv),
            collect=self._collect,
            bodies=self._bodies,
        )
        activate(recorder)
        _watch_forks()
        _watch_exits()
        self._own.append((recorder, instrumentor.install(recorder), export))
        if export is not None:
            export.start()
        return recorder

    def _export(self, path: Path) -> LiveExport | None:
        if self._otlp is None:
            return None
        from .wire.live import LiveExport
        from .wire.outgoing import Options

        return LiveExport(path, self._otlp, Options(bodies=self._otlp_bodies), tell=_notice)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._own:
            recorder, undo, export = self._own.pop()
            with contextlib.suppress(KeyboardInterrupt):
                stop(recorder, undo)
            if export is not None and (trouble := export.conclude()):
                recorder.notice(trouble)
