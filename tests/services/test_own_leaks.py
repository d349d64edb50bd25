"""The runtime, the recorder and the store under their own rules: work that keeps nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
