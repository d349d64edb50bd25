"""Interpreters with AutoGen v0.2 and AG2, and programs run on them with and without `loupe run`."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..cache import environment

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(__file__).parent / "programs"
FRAMEWORKS = {
    "v0.1": "pyautogen==0.1.14",
    "v0.2": "pyautogen==0.2.35",
    "ag2": "ag2[openai]==0.8.7",
    "ag2-0.9": "ag2[openai]==0.9.10",
}
#: What agentloupe needs at runtime while a program is recorded, and to be installed itself.
OURS = (
    "msgspec",
    "opentelemetry-sdk",
    "pydantic",
    "psutil>=7.2",
    "setuptools>=77",
    "wrapt",
    "click",
)
NOISE = re.compile(r"RUN \([0-9a-f-]{36}\)|0x[0-9a-f]+")


@dataclass(frozen=True)
class Done:
    """A program that ended."""

    code: int
    out: str
    err: str

    @property
    def own_err(self) -> str:
        """What the program and its framework wrote to stderr."""
        lines = self.err.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("agentloupe: "))

    @property
    def notices(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("agentloupe: ")]


class Framework:
    """A Python with one of the frameworks, and with us."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._done: dict[str, tuple[Done, Done, Path]] = {}
        self.python = environment(f"classic-{name}", FRAMEWORKS[name], *OURS)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--no-deps"]
        install = [*pip, "--no-build-isolation", "--editable", str(ROOT)]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.env = {
            **os.environ,
            "AGENTLOUPE_DIR": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(PROGRAMS),
        }

    def command(self, path: Path | None, *words: str) -> list[str]:
        python = [str(self.python)]
        loupe = [*python, "-m", "agentloupe.cli.main", "run", "--out", str(path), "--"]
        return [*(python if path is None else loupe), "-W", "ignore", *words]

    def run(self, path: Path | None, *words: str, stdin: str = "", cwd: Path | None = None) -> Done:
        """Run a program to its end, recorded if there is a path."""
        done = subprocess.run(
            self.command(path, *words),
            cwd=cwd or self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Done(done.returncode, NOISE.sub("…", done.stdout), NOISE.sub("…", done.stderr))

    def both(self, program: str, stdin: str = "") -> tuple[Done, Done, Path]:
        """A program without and with us, side by side; run once a session."""
        if program not in self._done:
            self._done[program] = self._both(program, stdin)
        return self._done[program]

    def _both(self, program: str, stdin: str) -> tuple[Done, Done, Path]:
        path = self.folder / f"{self.name}-{program}.loupe"
        file = str(PROGRAMS / f"{program}.py")
        with ThreadPoolExecutor(2) as pool:
            plain = pool.submit(self.run, None, file, stdin=stdin)
            recorded = pool.submit(self.run, path, file, stdin=stdin)
            return plain.result(), recorded.result(), path


@pytest.fixture(scope="session")
def v02(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """AutoGen v0.2."""
    return Framework("v0.2", tmp_path_factory.mktemp("v02"))


@pytest.fixture(scope="session")
def v01(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """AutoGen as it was before its clients were objects."""
    return Framework("v0.1", tmp_path_factory.mktemp("v01"))


@pytest.fixture(scope="session")
def ag2(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """AG2, the last release before 0.9."""
    return Framework("ag2", tmp_path_factory.mktemp("ag2"))


@pytest.fixture(scope="session")
def ag2_09(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """AG2 with its second way to group chats."""
    return Framework("ag2-0.9", tmp_path_factory.mktemp("ag2-0.9"))
