"""examples/csv_story, as its README tells it: its commands are run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Framework

STORY = ROOT / "examples" / "csv_story"
CODE = re.compile(r"(.*?)(?:\s+# exit code (\d))?")


def commands() -> list[tuple[str, int]]:
    """Those of the README, each with the exit code that it tells."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (STORY / "README.md").read_text(), re.M | re.S)
    found: list[tuple[str, int]] = []
    for line in "".join(blocks).splitlines():
        match = CODE.fullmatch(line)
        assert match is not None
        found.append((match[1], int(match[2] or 0)))
    return found


class Told:
    """A folder in which the story was gone through."""

    def __init__(self, folder: Path, framework: Framework) -> None:
        self.folder = folder
        shutil.copy(STORY / "before.py", folder)
        (folder / "bin").mkdir()
        loupe = folder / "bin" / "loupe"
        loupe.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agentloupe.cli.main "$@"\n')
        loupe.chmod(0o755)
        self._env = {
            **os.environ,
            "V02": str(framework.python),
            "PATH": f"{loupe.parent}{os.pathsep}{os.environ['PATH']}",
            "AGENTLOUPE_DIR": str(folder / "recordings"),
        }
        self.codes: list[int] = []
        self.out: dict[str, str] = {}

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def go_through(self) -> None:
        for command, _ in commands():
            done = self.run(command)
            self.codes.append(done.returncode)
            self.out[command] = done.stdout + done.stderr

    def leak(self, recording: str) -> dict[str, Any]:
        """The one finding about leaks."""
        done = self.run(f"loupe check --select leak --format json {recording}")
        (found,) = [each for run in json.loads(done.stdout)["runs"] for each in run["findings"]]
        return found


@pytest.fixture(scope="module")
def told(v02: Framework, tmp_path_factory: pytest.TempPathFactory) -> Told:
    story = Told(tmp_path_factory.mktemp("story"), v02)
    story.go_through()
    return story


def test_every_command_ends_as_is_told(told: Told) -> None:
    assert told.codes == [code for _, code in commands()], told.out
    assert told.codes[0] == 1  # the gate is red
    assert "LEAK001" in told.out[commands()[0][0]]
    assert sum(told.codes[1:]) == 0


def test_the_agent_that_eats_memory_is_named_and_where_it_lies(told: Told) -> None:
    found = told.leak("before.loupe")
    assert found["code"] == "LEAK001"
    assert found["agents"][0] == "parser"
    facts = found["evidence"]["facts"]
    assert facts["counter"] == "blocks"
    assert 60 < facts["rate_per_message"] < 300
    assert any("TABLES: dict" in way for way in facts["retention"])


def test_nothing_of_v02_is_left_and_nothing_to_do(told: Told) -> None:
    migrated = (told.folder / "agents.py").read_text()
    assert "autogen_agentchat" in migrated
    assert "from autogen import" not in migrated
    assert "TODO" not in migrated


def test_migrating_alone_does_not_make_it_green(told: Told) -> None:
    """The gate is green for the line that went, not for the move."""
    shutil.copy(told.folder / "before.py", told.folder / "moved.py")
    done = told.run(
        "loupe migrate --write moved.py && loupe run --ci --fail-on leak --out moved.loupe moved.py"
    )
    assert done.returncode == 1, done.stderr
    facts = told.leak("moved.loupe")["evidence"]["facts"]
    assert any("TABLES: dict" in way for way in facts["retention"])
