"""The recording inside the program's own processes: started by the bootstrap's `sitecustomize`.

The first process writes the recording itself; a child process writes a segment beside it. What a
worker of a pool hands back is on disk before it is handed back, as pools end their workers by
SIGTERM.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import wrapt

from ..tracer import instrumentor
from ..tracer.errors import LoupeError
from ..tracer.recorder import active, set_current
from ..tracer.recording import start, stop
from .bootstrap import BOOT

FLUSH_SECONDS: Final = 2.0

_original_pythonpath = os.environ.get("PYTHONPATH")


def begin(boot: dict[str, Any], folder: str) -> None:
    """Start recording this process as `boot` says; `folder` is the bootstrap's."""
    first = "main" not in boot
    if first:
        boot["main"] = os.getpid()
    try:
        start(
            Path(boot["path"]) if first else _segment(boot["path"]),
            name=boot["name"],
            collect=bool(boot["collect"]),
            bodies=boot.get("bodies"),
            mask=boot.get("mask"),
        )
    except LoupeError as error:
        print(f"agentloupe: nothing is recorded: {error}", file=sys.stderr)  # noqa: T201
        _forget()
        return
    atexit.register(_note_uncaught)
    _steer(boot, first)
    if first:
        boot["packages"] = _packages()
        os.putenv(BOOT, json.dumps(boot))  # the program's view has it not
    _follow_children(json.dumps(boot), folder)


def _steer(boot: dict[str, Any], first: bool) -> None:
    """What is wanted of the run while it goes on: `cli/steering.py` says it."""
    if boot.get("guard"):
        from ..runtime.options import set_guard

        set_guard(boot["guard"])
    if boot.get("uvloop"):
        _use_uvloop()
    if boot.get("break_loops") is not None:
        _break_loops(boot["break_loops"])
    if first and boot.get("live") is not None:
        from ..runtime.answering import follow

        follow(boot["live"])


def _use_uvloop() -> None:
    import asyncio
    import warnings
    from importlib import import_module

    try:
        policy = import_module("uvloop").EventLoopPolicy()
    except ImportError:
        print(  # noqa: T201
            f"agentloupe: uvloop is not installed for {sys.executable}, and event loops stay "
            "asyncio's own. Install it with: pip install uvloop",
            file=sys.stderr,
        )
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies, from Python 3.14 on
        asyncio.set_event_loop_policy(policy)  # pyright: ignore[reportDeprecated]  only runners of the program's own could say it otherwise


def _break_loops(policy: str) -> None:
    from ..diagnose.config import load
    from ..diagnose.live import LoopBreaker, Policy
    from ..tracer.observing import observe

    recorder = active()
    if recorder is None:
        return
    try:
        config = load(Path.cwd())
    except LoupeError as error:
        print(f"agentloupe: {error}", file=sys.stderr)  # noqa: T201
        config = None
    observe(recorder, LoopBreaker(Policy.parse(policy) if policy else None, config))


def _segment(path: str) -> Path:
    """The file of this process: PATH.PID, with a number behind when a process came by exec."""
    pid = os.getpid()
    segment = Path(f"{path}.{pid}")
    twin = 0
    while segment.exists():
        twin += 1
        segment = Path(f"{path}.{pid}{twin:03}")
    return segment


def _packages() -> list[str]:
    """Packages whose import makes a child process worth recording."""
    wake = [each for each in instrumentor.installed if getattr(each, "wakes", True)]
    return sorted({target.partition(".")[0] for each in wake for target in each.targets})


def _forget() -> None:
    """Children shall not try what failed here."""
    os.unsetenv(BOOT)
    if _original_pythonpath is None:
        os.unsetenv("PYTHONPATH")
    else:
        os.putenv("PYTHONPATH", _original_pythonpath)


def _note_uncaught() -> None:
    """What ended the program ended its own run, where it has one."""
    recorder = active()
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if recorder is not None and recorder._program_run is not None and error is not None:
        recorder._program_run.fail(error)


# -- child processes -----------------------------------------------------------------------------
def _follow_children(boot: str, folder: str) -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    _wrap_popen(boot, folder)
    wrapt.register_post_import_hook(_at_workers_end, "multiprocessing.util")
    wrapt.register_post_import_hook(_before_telling, "multiprocessing.connection")


def _forked() -> None:
    set_current(None)  # the run that was current is the parent's


def _wrap_popen(boot: str, folder: str) -> None:
    """Children that get an environment of their own, or a changed one, are recorded as well."""

    def popen(method: Any, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) <= 10:
            given = kwargs.get("env")
            if given is not None or os.environ.get("PYTHONPATH") != _original_pythonpath:
                kwargs = {**kwargs, "env": _with_us(given, boot, folder)}
        return method(*args, **kwargs)

    wrapt.wrap_function_wrapper(subprocess, "Popen.__init__", popen)


def _with_us(given: Any, boot: str, folder: str) -> Any:
    env: dict[Any, Any] = dict(os.environ if given is None else given)
    if any(not isinstance(key, str) for key in env):
        return given
    before = env.get("PYTHONPATH")
    env["PYTHONPATH"] = f"{folder}{os.pathsep}{before}" if before else folder
    env[BOOT] = boot
    return env


class _Anchor:
    """What `multiprocessing` ties its after-fork call to."""


_anchor = _Anchor()


def _at_workers_end(util: Any) -> None:
    """Forked workers leave by `os._exit`, past `atexit`: end the segment at their clean-up."""

    def forked(anchor: object) -> None:
        util.Finalize(None, _close, exitpriority=-100)

    util.register_after_fork(_anchor, forked)


def _close() -> None:
    recorder = active()
    if recorder is not None:
        stop(recorder)


def _before_telling(connections: Any) -> None:
    main = os.getpid()

    def send(method: Any, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        recorder = active()
        if recorder is not None and (os.getpid() != main or _spawned()) and recorder.writer.pending:
            recorder.flush(FLUSH_SECONDS)
        return method(*args, **kwargs)

    for name in ("send", "send_bytes"):
        wrapt.wrap_function_wrapper(connections, f"_ConnectionBase.{name}", send)


def _spawned() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
