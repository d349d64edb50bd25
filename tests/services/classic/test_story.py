"""examples/csv_story, as its README tells it: recorded, diagnosed, migrated, the gate green."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Framework

STORY = ROOT / "examples" / "csv_story"
LOUPE = (sys.executable, "-m", "agentloupe.cli.main")


def leak_in(path: Path) -> dict[str, Any]:
    """The one finding about leaks in a recording."""
    command = [*LOUPE, "check", "--select", "leak", "--format", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1, done.stderr
    (found,) = [each for run in json.loads(done.stdout)["runs"] for each in run["findings"]]
    return found


@pytest.fixture(scope="module")
def before(v02: Framework, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `loupe run --ci` recorded of the agents on v0.2."""
    path = tmp_path_factory.mktemp("story") / "before.loupe"
    done = subprocess.run(
        [*LOUPE, "run", "--ci", "--python", str(v02.python), "--out", str(path), "before.py"],
        cwd=STORY,
        env=v02.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return path


def test_the_agent_that_eats_memory_is_named_and_where_it_lies(before: Path) -> None:
    found = leak_in(before)
    assert found["code"] == "LEAK001"
    assert found["agents"][0] == "parser"
    facts = found["evidence"]["facts"]
    assert facts["counter"] == "blocks"
    assert 60 < facts["rate_per_message"] < 300
    assert any("TABLES: dict" in way for way in facts["retention"])


def test_the_gate_is_red_before_and_green_after(v02: Framework, tmp_path: Path) -> None:
    """The same gate for both; the agents move with `loupe migrate`, the reply function by hand."""
    old = tmp_path / "before.py"
    old.write_text((STORY / "before.py").read_text())
    told = subprocess.run(
        [*LOUPE, "migrate", "--write", "--force", str(old)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert told.returncode in (0, 3), told.stderr
    assert "autogen_agentchat" in old.read_text() or "TODO" in old.read_text()
    green = subprocess.run(
        [*LOUPE, "run", "--ci", "--fail-on", "leak", "--out", str(tmp_path / "a"), "after.py"],
        cwd=STORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert green.returncode == 0, green.stderr
    red = subprocess.run(
        [
            *(*LOUPE, "run", "--ci", "--fail-on", "leak", "--python", str(v02.python)),
            *("--out", str(tmp_path / "b"), str(STORY / "before.py")),
        ],
        env=v02.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert red.returncode == 1, red.stderr
    assert "LEAK001" in red.stderr
