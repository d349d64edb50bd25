"""Running a program with the recorder installed in it: what `loupe run` does.

Loads no more than it needs, as every program that is recorded pays for it.
"""

from __future__ import annotations

import glob
import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..tracer.errors import LoupeError
from ..tracer.locate import fresh_path
from ..tracer.policy import patterns, policy
from ..tracer.retention import tidy
from ..tracer.tally import Tally, tally
from . import bootstrap
from .bootstrap import BOOT
from .notices import notice
from .parent import Ending, note_ending, supervise

if TYPE_CHECKING:
    from ..tracer.wire.live import LiveExport

CANNOT_START: Final = 125
NOTHING: Final = "agentloupe: nothing happened that can be recorded"
WITH_VALUE: Final = "XWcm"  # Python's options that take one


class Target(NamedTuple):
    """What the words after the options ask Python to run."""

    name: str  # of the script or module, for the recording
    deaf: str  # options that keep Python from loading us, "" when there are none
    at: int  # the word with which the script or module begins, -1 when there is none


def target_of(words: tuple[str, ...]) -> Target:
    """Read Python's own command line as far as its program.

    >>> target_of(("-X", "dev", "-m", "shop.agents", "--fast"))
    Target(name='agents', deaf='', at=2)
    >>> target_of(("-OI", "app.py"))
    Target(name='app', deaf='-I', at=1)
    """
    deaf: list[str] = []
    rest = list(words)
    while rest:
        place = len(words) - len(rest)
        word = rest.pop(0)
        if word == "--" and rest:
            return Target(Path(rest[0]).stem, " ".join(deaf), place + 1)
        if not word.startswith("-") or word == "-":
            return Target(Path(word).stem if word != "-" else "stdin", " ".join(deaf), place)
        for at, letter in enumerate(word[1:], 1):
            if letter in "SIE":
                deaf.append(f"-{letter}")
            if letter in WITH_VALUE:
                value = word[at + 1 :] or (rest.pop(0) if rest else "")
                if letter in "cm":
                    name = value.rpartition(".")[2] if letter == "m" else "command"
                    return Target(name, " ".join(deaf), place if letter == "m" else -1)
                break
    return Target("python", " ".join(deaf), -1)


def record(words: tuple[str, ...]) -> int:
    """Run and record what Python's own command line says, as `loupe run` does by default; returns
    the exit status."""
    target = target_of(words)
    return run(words, target, place(target.name))


def place(name: str, out: Path | None = None) -> Path:
    """Where a new recording goes; the project's old ones make room for it."""
    if out is None:
        tidy()
    return (out or fresh_path(name)).absolute()


def run(
    words: tuple[str, ...],
    target: Target,
    path: Path,
    *,
    name: str | None = None,
    python: str | None = None,
    keep: bool = False,
    collect: bool = False,
    bodies: str | None = None,
    boot: Mapping[str, Any] | None = None,
    export: LiveExport | None = None,
) -> int:
    """Run a program and record it; returns the exit status.

    Args:
        words: Python's command line.
        target: what it says.
        path: the recording.
        name: what it is called; the target's by default.
        python: the interpreter; our own by default.
        keep: also a recording of nothing.
        collect: make runs comparable, see `loupe run --ci`.
        bodies: what is kept of texts; by default what the environment and the project say.
        boot: what else the recorder is told, see `Steering.boot`.
        export: sends the spans on.
    """
    environment = dict(os.environ)
    if collect:
        environment |= _comparable(os.environ.get("GLIBC_TUNABLES"))
    if target.deaf:
        notice(
            f"agentloupe: nothing can be recorded: with {target.deaf} Python loads nothing from "
            "outside. Leave it out, or use agentloupe.tracer.record() in the program."
        )
    else:
        told = {"collect": collect, "bodies": str(policy(bodies)), **(boot or {})}
        _equip(environment, {"path": str(path), "name": name or target.name, **told})
    return _supervised([python or sys.executable, *words], environment, path, export, keep=keep)


def _comparable(tunables: str | None) -> dict[str, str]:
    """The environment in which two runs of a program use memory alike.

    glibc counts the free chunks of its per-thread caches as used: they fill slowly, and a heap that
    does nothing else seems to grow. Other C libraries do not know the variable.
    """
    return {
        "PYTHONHASHSEED": "0",
        "MALLOC_ARENA_MAX": "1",
        "GLIBC_TUNABLES": ":".join(filter(None, (tunables, "glibc.malloc.tcache_count=0"))),
    }


def _equip(environment: dict[str, str], boot: dict[str, Any]) -> None:
    folder = str(Path(bootstrap.__file__).absolute().parent)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{folder}{os.pathsep}{before}" if before else folder
    environment[BOOT] = json.dumps({**boot, "mask": patterns()})


def _supervised(
    words: list[str],
    environment: dict[str, str],
    path: Path,
    export: LiveExport | None,
    *,
    keep: bool,
) -> int:
    try:
        ending = supervise(words, environment, None if export is None else export.start)
    except OSError as error:
        notice(f"loupe: cannot start {words[0]!r}: {error.strerror}")
        return CANNOT_START
    if os.path.exists(path):  # noqa: PTH110 of a folder that is closed to us it says no
        try:
            sent = "" if export is None else _finish(export)
            line = summary(path, ending)
            if line is None and not keep and ending.signal is None:
                _forget(path)  # `@last` shall not name it
                notice(f"{NOTHING}.")
                return ending.status
            try:
                note_ending(path, ending)  # last, as who writes last clears the log files away
            except sqlite3.Error as error:  # a full disk: what is there can be looked at
                notice(f"agentloupe: how the program ended cannot be noted: {error}")
            notice(line or f"{NOTHING} (in {_short(path)}).{_killed(ending)}")
            if sent:
                notice(f"agentloupe: {sent}")
        except (sqlite3.Error, LoupeError) as error:
            notice(f"agentloupe: {str(path)!r} cannot be read back: {error}")
    return ending.status


def _forget(path: Path) -> None:
    for file in path.parent.glob(f"{glob.escape(path.name)}*"):
        file.unlink(missing_ok=True)


def summary(path: Path, ending: Ending) -> str | None:
    """The line that ends a recorded run, None when no process of the program recorded one."""
    told = tally(path) if ending.signal is None else None
    runs, steps, unwell = told or _read_back(path)
    if not runs:
        return None
    parts = [_count(runs, "run"), _count(steps, "step")]
    if unwell:
        parts.append(f"{unwell} not ended well")
    line = f"agentloupe: recorded {', '.join(parts)}.{_killed(ending)}"
    return f"{line} Look at it: loupe view {_short(path)}"


def _read_back(path: Path) -> Tally:
    from ..tracer.reader import open_recording  # takes as long to load as all of the above

    with open_recording(path) as recording:
        runs = recording.runs
    unwell = sum(each.status not in ("ok", "running") for each in runs)
    return Tally(len(runs), sum(each.steps for each in runs), unwell)


def _finish(export: LiveExport) -> str:
    from .otlp import finish

    return finish(export)


def _killed(ending: Ending) -> str:
    return "" if ending.signal is None else f" The program was killed by signal {ending.signal}."


def _short(path: Path) -> str:
    return min(os.path.relpath(path), str(path), key=len)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
