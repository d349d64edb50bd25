"""Programs run with and without `loupe run`, and what is in their recordings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentloupe.tracer import Recording, open_recording

APPS = Path(__file__).resolve().parents[3] / "fixtures" / "apps"
LOUPE = (sys.executable, "-m", "agentloupe.cli.main")
DEADLINE = 110.0


@dataclass(frozen=True)
class Done:
    """A program that ended."""

    code: int
    out: str
    err: str
    path: Path  # of its recording, there or not

    def recording(self) -> Recording:
        return open_recording(self.path)

    @property
    def own_err(self) -> str:
        """What the program itself wrote to stderr."""
        lines = self.err.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("agentloupe: "))

    @property
    def notices(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("agentloupe: ")]


class Programs:
    """Runs the programs of `fixtures/apps`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.env = {**os.environ, "AGENTLOUPE_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}

    def fresh(self) -> Path:
        self.number += 1
        return self.folder / f"{self.number}.loupe"

    def command(self, path: Path, words: Sequence[str], options: Sequence[str] = ()) -> list[str]:
        return [*LOUPE, "run", "--out", str(path), *options, *words]

    def plain(self, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> Done:
        """Run a program as if there were no recorder."""
        return self._done([sys.executable, *words], self.folder / "none", stdin, env)

    def loupe(
        self,
        *words: str,
        options: Sequence[str] = (),
        stdin: str = "",
        env: dict[str, str] | None = None,
    ) -> Done:
        """Run a program under `loupe run`."""
        path = self.fresh()
        return self._done(self.command(path, words, options), path, stdin, env)

    def _done(
        self, command: Sequence[str], path: Path, stdin: str, env: dict[str, str] | None
    ) -> Done:
        done = subprocess.run(
            command,
            input=stdin,
            cwd=APPS,
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        return Done(done.returncode, done.stdout, done.stderr, path)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("programs"))
