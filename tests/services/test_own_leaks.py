"""The runtime, the recorder and the store under their own rules: work that keeps nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentloupe.tracer import open_recording

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "benchmarks" / "leak_programs" / "tuned.py"
LOUPE = (sys.executable, "-m", "agentloupe.cli.main")
AGENTS = 5  # messages of an iteration


def test_messages_leave_nothing_behind(
    tmp_path: Path, repetitions: Callable[[int, int], int]
) -> None:
    path = tmp_path / "own.loupe"
    iterations = repetitions(400, 200_000 // AGENTS)
    ran = subprocess.run(
        [*LOUPE, "run", "--ci", "--out", str(path), str(BANK), "plain work", str(iterations)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    check = [*LOUPE, "check", "--select", "leak", "--format", "json", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    runs: list[dict[str, Any]] = json.loads(done.stdout)["runs"]
    assert done.returncode == 0, [run["findings"] for run in runs if run["findings"]]
    assert "inconclusive" not in {run["verdict"] for run in runs}, done.stderr


def test_teams_that_are_made_anew_leave_nothing_behind(tmp_path: Path) -> None:
    """Nor do readings waver: each has agents that we never saw, and forget again."""
    path = tmp_path / "teams.loupe"
    program = (str(BANK.with_name("held.py")), "new team each time", "60")
    ran = subprocess.run(
        [*LOUPE, "run", "--ci", "--out", str(path), *program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    with open_recording(path) as recording:
        samples = [each for each in recording.samples() if each.rest]
    blocks = [each.blocks or 0 for each in samples[len(samples) * 2 // 5 :]]
    assert len(blocks) > 8
    assert max(blocks) - min(blocks) < 60, blocks
