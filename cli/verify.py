"""`loupe migrate --verify`: what the installed AutoGen says to the result."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..tracer.errors import LoupeError

if TYPE_CHECKING:
    from ..migrate.files import FileResult

Found = tuple[str, str, str]


class CannotVerify(LoupeError):  # noqa: N818 reads as a sentence
    """There is no AutoGen 0.7 to ask, or it could not be asked."""

    code = "LP502"


def verify(results: Sequence[FileResult]) -> list[Found]:
    """Findings as (path, place, text) for what was migrated; asked of a child process.

    Looks at scripts and notebooks that changed or would change; the place is a line, in a notebook
    `cell 3:7`. Raises CannotVerify without AutoGen 0.7.
    """
    texts: dict[str, str] = {}
    places: dict[str, Callable[[int], tuple[int, int]]] = {}
    for file in results:
        if file.status != "changed" or file.result is None:
            continue
        name = str(file.path)
        if file.path.suffix == ".py":
            texts[name] = file.result.code
        elif file.path.suffix == ".ipynb":
            from ..migrate.notebooks import as_program

            texts[name], places[name] = as_program(file.result.code)
    if not texts:
        return []
    if importlib.util.find_spec("autogen_agentchat") is None:
        raise CannotVerify(
            "AutoGen 0.7 is not installed in this environment, so nothing was verified",
            "install agentloupe[autogen] beside agentloupe and run it again",
        )
    done = subprocess.run(
        [sys.executable, "-m", "agentloupe.cli.verification"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.cwd().anchor,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotVerify(f"the check of the migrated programs failed: {last}", "report this")
    found: list[Found] = []
    for path, line, text in cast("list[tuple[str, int, str]]", json.loads(done.stdout)):
        cell, inner = places[path](line) if path in places else (0, 0)
        found.append((path, f"cell {cell}:{inner}" if path in places else str(line), text))
    return found
