"""`loupe doctor`: whether recording, reading, AutoGen and a program will work, before they must."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import Final

import click
import psutil
from packaging.specifiers import SpecifierSet

from ..tracer.locate import recordings_dir
from ..tracer.text import visible
from .shapes import SCHEMA, DoctorDocument, DoctorRow
from .terminal import document, paint, say

AUTOGEN: Final = ("autogen-core", "autogen-agentchat", "autogen-ext")
SUPPORTED: Final = SpecifierSet(">=0.7.5,<0.8")
OLD: Final = ("pyautogen", "ag2", "autogen")
#: Under `loupe run` a recorder is at work when the program begins.
PROBE: Final = (
    "from agentloupe.tracer.recorder import active; raise SystemExit(0 if active() else 3)"
)
INSTALL: Final = 'pip install "agentloupe[autogen]"'
COLORS: Final = {"ok": "green", "notice": "yellow", "problem": "red"}


@click.command()
@click.argument(
    "programs",
    nargs=-1,
    metavar="[PROGRAM]...",
    type=click.Path(path_type=Path),
)
@click.option(
    "-m", "modules", multiple=True, metavar="MODULE", help="A program that is run by `python -m`."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@click.pass_context
def command(
    ctx: click.Context, programs: tuple[Path, ...], modules: tuple[str, ...], as_json: bool
) -> None:
    """Check this environment, and programs before they run. Exits with 1 if there is a problem.

    Of the environment: versions, recorder, folders. Of a program (a script, a notebook, a folder
    with a __main__.py) its text, and that of its own modules: nothing of it is run. See PLUG001
    and the following in `loupe rules`.
    """
    rows = [row for check in CHECKS for row in check()]
    rows += [row for program in programs for row in of_program(program)]
    rows += [row for name in modules for row in of_module(name)]
    if as_json:
        document(DoctorDocument(SCHEMA, rows))
    else:
        said = ""
        for row in rows:
            say(f"{paint(f'{row.status:7}', color=COLORS[row.status])}  {row.check}: {row.found}")
            if row.advice and row.advice != said:
                say(indent(row.advice, " " * 9))
            said = row.advice
    ctx.exit(1 if any(row.status == "problem" for row in rows) else 0)


def of_module(name: str) -> Iterator[DoctorRow]:
    """What is wrong with what `python -m` runs, found as Python does but for importing packages.

    Raises:
        UnreadableProgram: there is no such module, or it is no Python.
    """
    from ..diagnose.preflight import UnreadableProgram

    parts = name.split(".")
    spec = PathFinder.find_spec(parts[0], [str(Path.cwd())]) or find_spec(parts[0])
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    for at in range(2, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:at]), places) if places else None
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
    file = Path(places[0]) / "__main__.py" if places else Path((spec and spec.origin) or "")
    if not file.is_file():
        raise UnreadableProgram(f"there is no module {name!r} that could be run")
    above = file.parents[len(parts) if places else len(parts) - 1]
    yield from of_program(file, above, name)


def of_program(path: Path, root: Path | None = None, name: str = "") -> Iterator[DoctorRow]:
    """What is wrong with a program by its text, one row a fault. Imports begin at `root`.

    Raises:
        UnreadableProgram: there is no such file, or it is no Python.
    """
    from ..diagnose.catalogue import rule
    from ..diagnose.preflight import preflight

    name = name or path.name
    path = path / "__main__.py" if path.is_dir() else path
    faults = preflight(path, root)
    if not faults:
        yield DoctorRow(name, "ok", "nothing wrong with how it is put together, by its text")
    for fault in faults:
        known = rule(fault.code)
        assert known is not None, fault.code
        status = "problem" if known.severity == "error" else "notice"
        shown = min(os.path.relpath(fault.path), fault.path, key=len)
        cell = f" cell {fault.cell}, line " if fault.cell else ""
        found = visible(f"{shown}:{cell}{fault.line}: {fault.title}", newlines=False)
        advice = f"{known.advice}\nthis may be wrong: {known.doubt}"
        yield DoctorRow(
            f"{known.code} {known.slug}", status, found, advice, known.code, shown, fault.line
        )


def installed(name: str) -> str | None:
    """A distribution's version, None when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _base() -> Iterator[DoctorRow]:
    yield DoctorRow("agentloupe", "ok", f"{version('agentloupe')} on {sys.executable}")
    yield DoctorRow("python", "ok", f"{platform.python_version()} on {platform.system()}")


def _autogen() -> Iterator[DoctorRow]:
    found = {name: installed(name) for name in AUTOGEN}
    versions = {number for number in found.values() if number is not None}
    told = ", ".join(f"{name} {number or 'missing'}" for name, number in found.items())
    old = [f"{name} {number}" for name in OLD if (number := installed(name))]
    if old:
        yield _classic(", ".join(old))
    if not versions and old:
        return
    if not versions:
        advice = f"programs cannot be run here, recordings can be looked at; {INSTALL}"
        yield DoctorRow("autogen", "notice", "not installed", advice)
    elif len(versions) > 1:
        advice = f"the parts belong together: install the same version of all, or {INSTALL}"
        yield DoctorRow("autogen", "problem", told, advice, "PLUG006")
    elif any(number not in SUPPORTED for number in versions):
        advice = f"agentloupe records {SUPPORTED}; with others it may miss things"
        yield DoctorRow("autogen", "problem", told, advice)
    else:
        yield DoctorRow("autogen", "ok", told)


def _classic(told: str) -> DoctorRow:
    """AutoGen v0.2 and AG2: whether this version has what its recording stands on."""
    from ..runtime.instruments.classic.seams import missing

    spec = find_spec("autogen")
    if spec is None and find_spec("ag2") is not None:  # AG2 1.0 and later
        advice = "its programs are recorded as far as its own TelemetryMiddleware tells of them"
        return DoctorRow("autogen v0.2", "notice", told, advice)
    places = () if spec is None else spec.submodule_search_locations or ()
    lost = next((missing(Path(place)) for place in places), ["anything: it cannot be found"])
    if lost:
        advice = f"not recorded with this version: {', '.join(lost)}"
        return DoctorRow("autogen v0.2", "notice", told, advice)
    advice = "its programs are recorded; `loupe migrate` moves them to 0.7"
    return DoctorRow("autogen v0.2", "ok", told, advice)


def _recorder() -> Iterator[DoctorRow]:
    """Records a program of one line, as `loupe run` would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.loupe"
        words = [sys.executable, "-m", f"{__package__}.main", "run", "--out", str(path)]
        done = subprocess.run(
            [*words, "-c", PROBE], capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode == 0 and path.is_file():
            yield DoctorRow("recorder", "ok", "starts with the program")
            return
    told = done.stderr.strip().splitlines()
    why = told[-1] if told else f"the program ended with {done.returncode}"
    advice = "is there a sitecustomize that ends early, or a PYTHONPATH that hides agentloupe?"
    yield DoctorRow("recorder", "problem", f"does not start: {why}", advice)


def _folder() -> Iterator[DoctorRow]:
    folder = recordings_dir()
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield DoctorRow("recordings", "ok", f"go to {str(folder)!r}")
        return
    advice = "set AGENTLOUPE_DIR to a folder that can be written"
    yield DoctorRow("recordings", "problem", f"{str(nearest)!r} cannot be written", advice)


def _memory() -> Iterator[DoctorRow]:
    try:
        psutil.heap_info()
    except (AttributeError, OSError, RuntimeError):
        advice = "leaks in native memory will be seen by resident size only"
        yield DoctorRow("memory", "notice", "the C heap cannot be read here", advice)
    else:
        yield DoctorRow("memory", "ok", "Python blocks and the C heap can be read")


#: In the order in which they are told.
CHECKS: Final[tuple[Callable[[], Iterator[DoctorRow]], ...]] = (
    _base,
    _autogen,
    _recorder,
    _folder,
    _memory,
)
