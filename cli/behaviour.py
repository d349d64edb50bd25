"""`loupe migrate --verify --run CMD`: does the migrated program say what the original says?

Two copies of the project, the original and the migrated one, run under `loupe run` against a model
server of ours, whose answers hang on who is asked and how often. CMD names a program or a notebook.
What agents said, called and got, in order, is compared; both recordings stay, for `loupe diff`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..tracer.errors import LoupeError
from .scripted import scripted
from .transcript import Matched, match, transcript

if TYPE_CHECKING:
    from ..migrate.files import FileResult

DEADLINE: Final = 300  # seconds for each of the two runs
TYPED: Final = 20  # times that a human who is asked says "exit"
_LEFT_OUT: Final = {".git", ".venv", "venv", "node_modules", ".agentloupe", "__pycache__"}


class CannotCompare(LoupeError):  # noqa: N818 reads as a sentence
    """One of the two versions could not be run or recorded."""

    code = "LP503"


@dataclass(frozen=True, slots=True)
class Compared:
    """Both recordings, and what their transcripts share."""

    before: Path
    after: Path
    matched: Matched


def compare_runs(results: Sequence[FileResult], command: str, python: str, out: Path) -> Compared:
    """Run the command in a copy of this folder as it is, and in one with the results written.

    `python` is the interpreter that has v0.2, both need agentloupe. Raises CannotCompare.
    """
    here = Path.cwd().resolve()
    words = shlex.split(command)
    if words and Path(words[0]).name.startswith("python"):
        words = words[1:]
    if not words:
        raise CannotCompare(f"{command!r} names no program to run", "try --run 'app.py ARGS'")
    if words[0].endswith(".ipynb"):
        words = ["-m", "agentloupe.cli.cells", *words]
    shutil.rmtree(out, ignore_errors=True)
    made: list[Path] = []
    for name, interpreter in (("before", python), ("after", sys.executable)):
        folder = out / name
        shutil.copytree(
            here,
            folder,
            ignore=lambda place, names: [
                each for each in names if each in _LEFT_OUT or Path(place, each) == out.resolve()
            ],
            ignore_dangling_symlinks=True,
        )
        if name == "after":
            _put(results, here, folder)
        made.append(record_version(folder, words, interpreter, out / f"{name}.loupe"))
    before, after = map(transcript, made)
    if not before:
        raise _silent(command, out / "before", "no agent said anything")
    return Compared(made[0], made[1], match(before, after))


def _put(results: Sequence[FileResult], here: Path, folder: Path) -> None:
    """Write what was migrated below the working directory into the copy."""
    for file in results:
        path = file.path.resolve()
        if file.status == "changed" and file.data is not None and path.is_relative_to(here):
            (folder / path.relative_to(here)).write_bytes(file.data)


def record_version(folder: Path, words: Sequence[str], python: str, out: Path) -> Path:
    """Run a program in a folder before a fresh scripted model. Raises CannotCompare."""
    with scripted() as url:
        models = ("gpt-4o", "gpt-4", "gpt-3.5-turbo")
        entries = [{"model": m, "api_key": "sk-scripted", "base_url": url} for m in models]
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": "sk-scripted",
            "OAI_CONFIG_LIST": json.dumps(entries),
            "OAI_CONFIG_LIST.json": json.dumps(entries),
        }
        command = [sys.executable, "-m", "agentloupe.cli.main", "run", "--python", python]
        try:
            done = subprocess.run(
                [*command, "--out", str(out.resolve()), "--", *words],
                cwd=folder,
                env=environment,
                input="exit\n" * TYPED,
                capture_output=True,
                text=True,
                check=False,
                timeout=DEADLINE,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotCompare(
                f"{' '.join(words)} in {folder} did not end in {DEADLINE} seconds",
                "give it a task that ends, or a limit",
            ) from error
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    if done.returncode:
        raise CannotCompare(
            f"{' '.join(words)} in {folder} ended with {done.returncode}: {last}",
            "run it there yourself to see why",
        )
    if not out.exists():
        raise _silent(" ".join(words), folder, last)
    return out


def _silent(command: str, folder: Path, why: str) -> CannotCompare:
    return CannotCompare(
        f"{command} in {folder} talked to no agents that were recorded: {why}",
        "install agentloupe beside the AutoGen of that interpreter (--old-python)",
    )
