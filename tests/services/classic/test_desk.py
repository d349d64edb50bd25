"""Programs of v0.2 as people post them: what is stuck is told by its family, its twin is well."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
from pathlib import Path

import pytest

from agentloupe.diagnose import check
from agentloupe.tracer import open_recording

from .conftest import ROOT, Framework

PROGRAM = ROOT / "fixtures" / "diagnose" / "programs" / "desk02.py"
TREE = ast.parse(PROGRAM.read_text("utf-8"))
[TABLE] = [
    ast.literal_eval(node.value)
    for node in TREE.body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WRONG"
]
STUCK = 12  # seconds after which a program that does not end is stopped
SHORT = ("gratitude", "task_says_terminate", "async_reply")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    full = metafunc.config.getoption("--full")
    names = [name for name in TABLE if full or name.partition("_")[2] in SHORT]
    if metafunc.function is not test_what_is_stuck_is_told_and_its_twin_is_not:
        return
    metafunc.parametrize("name", [*names, *(f"well_{name.partition('_')[2]}" for name in names)])


def test_what_is_stuck_is_told_and_its_twin_is_not(
    name: str, v02: Framework, tmp_path: Path
) -> None:
    path = tmp_path / "a.loupe"
    words = v02.command(path, str(PROGRAM), name)
    child = subprocess.Popen(
        words,
        env=v02.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(STUCK)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(60)
    with open_recording(path) as recording:
        findings = [f for f in check(recording).findings if f.severity != "info"]
    families = {finding.slug.partition(".")[0] for finding in findings}
    assert families & set(TABLE[name]) if name in TABLE else not families, families


def test_a_loop_is_broken_and_the_advice_is_for_this_version(
    v02: Framework, tmp_path: Path
) -> None:
    path = tmp_path / "a.loupe"
    words = v02.command(path, str(PROGRAM), "stuck_gratitude")
    at = words.index("--out")
    policy = ["--break-loops", "warn,inject,stop"]
    done = subprocess.run(
        [*words[:at], *policy, *words[at:]],
        env=v02.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "max_consecutive_auto_reply=5" in done.stderr
    assert "RoundRobinGroupChat" not in done.stderr
    with open_recording(path) as recording:
        run = recording.run(0)
        spans = [span for _, spans in run.iter_turns() for span in spans if span.op == "finding"]
    assert [span.attributes["agentloupe.finding.action"] for span in spans] == [
        "warned",
        "injected",
        "ended",
    ]
