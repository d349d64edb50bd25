"""The programs of examples/, run as their first lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agentloupe.tracer import open_recording
from agentloupe.tracer.model import plain_name

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LOUPE = [sys.executable, "-m", "agentloupe.cli.main"]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run_here() -> None:
    assert sorted(each.name for each in EXAMPLES.glob("*.py")) == [
        "core_runtime.py",
        "record_in_code.py",
        "team.py",
    ]


def test_team(private_recordings_dir: Path, loupe) -> None:
    said = _run([*LOUPE, "run", str(EXAMPLES / "team.py")])
    assert said.splitlines()[-1] == "critic: That is a sentence. APPROVE"
    [run] = loupe("runs", "--json").json["recordings"][0]["runs"]
    assert (run["status"], run["model_calls"], run["unknown_tokens"]) == ("ok", 4, 0)
    assert {agent["name"] for agent in run["agents"]} >= {"writer", "critic"}
    shown = loupe("show", "@last").out
    assert "stopped   Text 'APPROVE' mentioned" in shown
    assert loupe("check", "@last").code == 0


def test_core_runtime(private_recordings_dir: Path, loupe) -> None:
    assert _run([*LOUPE, "run", str(EXAMPLES / "core_runtime.py")]) == "3 chairs left\n"
    [path] = private_recordings_dir.glob("*.loupe")
    with open_recording(path) as recording:
        routes = Counter(
            (plain_name(step.sender), plain_name(step.recipient), step.message_type)
            for info in recording.runs
            for step in recording.run(info.number).iter_steps()
        )
        lost = [len(recording.run(info.number).dead_letters()) for info in recording.runs]
    assert routes == {
        ("", "clerk", "Order"): 2,
        ("clerk", "warehouse", "Order"): 2,
        ("clerk", "shelf", "Stock"): 1,
    }
    assert lost == [0, 1]
    done = loupe("check", "@last")
    assert done.code == 1
    assert "LOST001" in done.out


@pytest.mark.parametrize("name", ["block", "decorated"])
def test_record_in_code(private_recordings_dir: Path, name: str) -> None:
    said = _run([sys.executable, str(EXAMPLES / "record_in_code.py")])
    assert said.splitlines() == [
        "ONLY ONCE",
        "FIRST",
        "SECOND",
        "recorded: Question to echo/default",
    ]
    [path] = private_recordings_dir.glob(f"{name}-*.loupe")
    with open_recording(path) as recording:
        assert [info.steps for info in recording.runs] == [1] * (1 if name == "block" else 2)
