"""The coverage-guided fuzzer finds no crash: a short look here, ten minutes under `--full`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[1] / "fuzz" / "run.py"


@pytest.mark.timeout(1200)
def test_nothing_that_reads_crashes(repetitions: Callable[[int, int], int]) -> None:
    command = [sys.executable, str(FUZZ), "--seconds", str(repetitions(5, 600))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok ") == 5
