"""`loupe tail` on a recording that is over, and on a program that runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentloupe.tracer.control import DoResume, ListBreaks, RemoveBreak
from agentloupe.tracer.remote import ControlError, Remote

APPS = Path(__file__).resolve().parents[2] / "fixtures" / "apps"


def test_steps_of_a_run_that_is_over(
    loupe: Callable[..., Any], record: Callable[..., Path]
) -> None:
    path = record("desk")
    shown = loupe("tail", path)
    assert shown.code == 0
    told = loupe("tail", "--json", path)
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert len(shown.out.splitlines()) == len(rows) > 0
    for run in {row["run"] for row in rows}:
        mine = [row["step"] for row in rows if row["run"] == run]
        assert mine == list(range(len(mine)))
    assert all(row["seconds"] is None or row["seconds"] >= 0 for row in rows)


def test_a_program_that_runs(loupe: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "c.loupe"
    command = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path)]
    program = subprocess.Popen(
        [*command, "--pause-at", "type:Count", str(APPS / "counting.py")],
        stdout=subprocess.PIPE,
        text=True,
    )
    with connected(path) as remote:
        remote.event(60.0)
        found = loupe("tail", "--waits", "--once", path)
        assert "counter" in found.out
        assert "somebody to resume the run" in found.out
        rows = loupe("tail", "--waits", "--once", "--json", path).json
        assert {row["on"] for row in rows} >= {"paused"}
        for point in remote.ask(ListBreaks()).breakpoints:
            remote.ask(RemoveBreak(id=point.id))
        remote.ask(DoResume())
    out, _ = program.communicate(timeout=60)
    assert (program.returncode, out.split()) == (0, ["0", "1", "2", "3"])
    assert len(loupe("tail", path).out.splitlines()) == 4


def connected(path: Path) -> Remote:
    end = time.monotonic() + 60
    while True:
        try:
            return Remote(path, timeout=60)
        except ControlError:
            assert time.monotonic() < end
            time.sleep(0.02)
