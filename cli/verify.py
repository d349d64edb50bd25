"""`loupe migrate --verify`: what the installed AutoGen says to the result."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..tracer.errors import LoupeError

if TYPE_CHECKING:
    from ..migrate.files import FileResult

Found = tuple[str, int, str]


class CannotVerify(LoupeError):  # noqa: N818 reads as a sentence
    """There is no AutoGen 0.7 to ask, or it could not be asked."""

    code = "LP502"


def verify(results: Sequence[FileResult]) -> list[Found]:
    """Findings as (path, line, text) for the migrated scripts; asked of a child process.

    Looks at scripts that changed or would change. Raises CannotVerify without AutoGen 0.7.
    """
    texts = {
        str(file.path): file.result.code
        for file in results
        if file.status == "changed" and file.result is not None and file.path.suffix == ".py"
    }
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
    return [(path, line, text) for path, line, text in cast("list[Found]", json.loads(done.stdout))]
