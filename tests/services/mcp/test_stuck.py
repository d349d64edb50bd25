"""A real server whose tool never answers: who gives up on the team gets on, but not on stock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    ("kind", "came"),
    [("upstream", "still waits"), ("embedded", "TimeoutError"), ("external", "TimeoutError")],
)
def test_whoever_gives_up_gets_on(kind: str, came: str) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "stuck.py"), kind, str(HERE / "server.py")],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout.strip() == came, done.stderr
