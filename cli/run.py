"""`loupe run`: run a program with the recorder installed in it."""

from __future__ import annotations

import glob
import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec import Struct

from ..tracer.errors import LoupeError
from ..tracer.locate import fresh_path
from ..tracer.policy import patterns, policy
from ..tracer.retention import tidy
from . import bootstrap
from .bootstrap import BOOT
from .otlp import finish, live, options_of, otlp_options, wait_option
from .parent import Ending, note_ending, supervise
from .steering import Steering, steering_options
from .terminal import notice

if TYPE_CHECKING:
    from ..tracer.wire.live import LiveExport

CANNOT_START: Final = 125
NOTHING: Final = "agentloupe: nothing happened that can be recorded"
WITH_VALUE: Final = "XWcm"  # Python's options that take one


class Target(Struct, frozen=True):
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


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[OPTIONS] [--]",
)
@click.option("--name", metavar="NAME", help="What the recording is called; the script's name.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the recording goes; a new file in the project's .agentloupe folder.",
)
@click.option(
    "--python",
    metavar="PYTHON",
    help="The interpreter to run; the one that loupe is installed for.",
)
@click.option(
    "--ci",
    is_flag=True,
    help="Make runs comparable: fixed hash seed, one malloc arena without caches, forced garbage "
    "collections at evenly spaced steps.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    metavar="N",
    help="Import the program and call its `async def scenario()` so many times.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="EXPR",
    help="Judge the recording at the end; exit with 1 if the program went well and this is found: "
    "leak, LOOP001, severity>=warning, inconclusive, …",
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="With --fail-on: what is accepted, as written by `loupe check --write-baseline`.",
)
@click.option(
    "--bodies",
    "keep",
    metavar="POLICY",
    help="What is kept of texts: full, capped (the first MiB of each), capped:64K, hash, none.",
)
@click.option(
    "--otlp", "url", metavar="URL", help="Send it on, live, to http(s)://… or grpc(s)://…"
)
@click.option("--otlp-bodies", "bodies", is_flag=True, help="Send messages and prompts as well.")
@otlp_options
@wait_option
@steering_options
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="app.py|-m MODULE [ARGS]...")
def command(
    name: str | None,
    out: Path | None,
    python: str | None,
    ci: bool,
    iterations: int | None,
    fail_on: tuple[str, ...],
    baseline: str | None,
    keep: str | None,
    url: str | None,
    bodies: bool,
    headers: dict[str, str],
    shape: str,
    split: int | None,
    wait: float,
    steering: Steering,
    words: tuple[str, ...],
) -> int:
    """Run a Python program and record what its agents do: messages, model calls, tools, memory.

    The program runs unchanged, as `python app.py ARGS` would: same terminal, same arguments, same
    exit status. Python's own options may stand before it (`loupe run -X dev app.py`).
    """
    if not words:
        raise click.UsageError("what shall be run? For example: loupe run app.py")
    target = target_of(words)
    if iterations is not None:
        words = _repeated(iterations, words, target)
    _check_gate(fail_on, baseline)
    if out is not None and os.path.exists(out):  # noqa: PTH110 as below
        raise click.UsageError(f"{str(out)!r} exists already: choose another file for --out")
    if out is None:
        tidy()
    path = (out or fresh_path(name or target.name)).absolute()
    environment = dict(os.environ)
    if ci:
        environment |= _comparable(os.environ.get("GLIBC_TUNABLES"))
    if target.deaf:
        notice(
            f"agentloupe: nothing can be recorded: with {target.deaf} Python loads nothing from "
            "outside. Leave it out, or use agentloupe.tracer.record() in the program."
        )
    else:
        more = steering.boot(fail_on=fail_on)
        _equip(environment, path, name or target.name, collect=ci, bodies=keep, more=more)
    export: LiveExport | None = None
    if url is not None:
        options = options_of(bodies=bodies, shape=shape, split=split)
        export = live(path, url, options, headers, wait)
    status = _run(
        [python or sys.executable, *words], environment, path, export, keep=out is not None
    )
    if status == 0 and fail_on:
        from .gate import failed

        return failed(path, fail_on, baseline)
    return status


run = command


def _check_gate(fail_on: tuple[str, ...], baseline: str | None) -> None:
    """A mistake there is told before the program runs."""
    if not fail_on:
        if baseline is not None:
            raise click.UsageError("--baseline says what --fail-on accepts: give that as well")
        return
    from .gate import Baseline, parse_fail_on

    parse_fail_on(fail_on)
    if baseline is not None:
        Baseline.read(baseline)


def _repeated(count: int, words: tuple[str, ...], target: Target) -> tuple[str, ...]:
    if target.at < 0:
        raise click.UsageError("--iterations needs a script, or -m and a module")
    from . import scenario  # brings asyncio

    return tuple(scenario.command(count, words, target.at))


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


def _equip(
    environment: dict[str, str],
    path: Path,
    name: str,
    *,
    collect: bool,
    bodies: str | None,
    more: Mapping[str, Any],
) -> None:
    folder = str(Path(bootstrap.__file__).absolute().parent)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{folder}{os.pathsep}{before}" if before else folder
    boot = {
        "path": str(path),
        "name": name,
        "collect": collect,
        "bodies": str(policy(bodies)),
        "mask": patterns(),
        **more,
    }
    environment[BOOT] = json.dumps(boot)


def _run(
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
            sent = "" if export is None else finish(export)
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
    from ..tracer.reader import open_recording  # once the program is over

    with open_recording(path) as recording:
        runs = recording.runs
    if not runs:
        return None
    steps = sum(each.steps for each in runs)
    unwell = sum(each.status not in ("ok", "running") for each in runs)
    parts = [_count(len(runs), "run"), _count(steps, "step")]
    if unwell:
        parts.append(f"{unwell} not ended well")
    told = f"agentloupe: recorded {', '.join(parts)}.{_killed(ending)}"
    return f"{told} Look at it: loupe view {_short(path)}"


def _killed(ending: Ending) -> str:
    return "" if ending.signal is None else f" The program was killed by signal {ending.signal}."


def _short(path: Path) -> str:
    return min(os.path.relpath(path), str(path), key=len)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
