"""A hang under `loupe run`: reported by itself, ended with `--guard` or a deadline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agentloupe.cli.run import command
from agentloupe.cli.steering import Steering, steering_options
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

APPS = Path(__file__).resolve().parents[2] / "fixtures" / "apps"


def run(path: Path, cases: Sequence[str], *options: str) -> tuple[int, list[str], str]:
    command = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path)]
    done = subprocess.run(
        [*command, *options, str(APPS / "hanging.py"), *cases],
        capture_output=True,
        text=True,
        timeout=110,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def slugs(path: Path) -> list[str]:
    """The findings of a recording, in the order in which they were told."""
    found: dict[int, tuple[int, str]] = {}
    with open_recording(path) as recording:
        for info in recording.runs:
            own = recording.run(info.number)
            for span in (*own.spans(), *own.loose_spans()):
                if span.op == c.FINDING:
                    slug = str(span.events[0].attributes[c.FINDING_SLUG])
                    found[span.id] = span.start_ns, slug
    return [slug for _, slug in sorted(found.values())]


#: case, its finding, the error that ends it with --guard
CASES = [
    ("deadlock", "hang.deadlock", "Deadlock"),
    ("dropped", "hang.quiescent", "Quiescent"),
    ("forgotten", "hang.quiescent", "Quiescent"),
    ("loop died", "hang.quiescent", "Quiescent"),
    ("team", "hang.team", "TeamStalled"),
]
NAMES = [name for name, _, _ in CASES]
SLUGS = [slug for _, slug, _ in CASES]


def test_they_are_reported_and_wait_on(tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "warned.loupe", NAMES)
    assert (code, out) == (0, ["still waits"] * len(CASES))
    told = [line.split(":")[1].strip() for line in err.splitlines() if line[:10] == "agentloupe"]
    assert [slug for slug in told if slug.startswith("hang.")] == SLUGS
    assert slugs(tmp_path / "warned.loupe") == SLUGS


def test_guard_ends_them(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path / "ended.loupe", NAMES, "--guard")
    assert (code, out) == (0, [error for _, _, error in CASES])
    assert slugs(tmp_path / "ended.loupe") == SLUGS


def test_a_deadline_ends_a_run(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path / "d.loupe", ["slow"], "--deadline", "300ms")
    assert (code, out) == (0, ["DeadlinePassed"])
    assert slugs(tmp_path / "d.loupe") == ["hang.deadline"]


@pytest.mark.parametrize(
    ("budget", "slug"),
    [("steps=12", "budget.steps"), ("seconds=300ms,tokens=1M", "budget.time")],
)
def test_a_budget_ends_a_run(budget: str, slug: str, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path / "b.loupe", ["talks"], "--budget", budget)
    assert (code, out) == (0, ["RunStopped"])
    assert slugs(tmp_path / "b.loupe") == [slug]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("turns=3", "'turns=3' is no budget: write one or more of steps=500"),
        ("steps", "'steps' is no budget"),
        ("tokens=many", "'many' is no amount of tokens"),
        ("memory=0", "'0' is no amount of memory"),
        ("seconds=soon", "'soon' is no time"),
    ],
)
def test_a_budget_that_cannot_be_read(given: str, told: str) -> None:
    done = CliRunner().invoke(command, ["--budget", given, "app.py"])
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())


def test_amounts_have_units() -> None:
    seen: list[Steering] = []
    probe = click.command()(steering_options(lambda steering: seen.append(steering)))
    CliRunner().invoke(probe, ["--budget", "steps=2k, tokens=1.5M,memory=3MB,seconds=2m"])
    assert seen[0].boot()["guard"] == {
        "hangs": "raise",
        "max_steps": 2_000,
        "max_tokens": 1_500_000,
        "max_memory": 3 << 20,
        "max_seconds": 120.0,
    }


LOOP = "import asyncio; asyncio.run(asyncio.sleep(0)); print(asyncio.get_event_loop_policy())"
STUB = """
import asyncio

class EventLoopPolicy(asyncio.DefaultEventLoopPolicy):
    def __repr__(self):
        return "uvloop's policy"
"""


@pytest.mark.parametrize("installed", [False, True])
def test_event_loops_are_uvloops_where_that_is_installed(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installed:
        (tmp_path / "uvloop.py").write_text(STUB, "utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = [sys.executable, "-m", "agentloupe.cli.main", "run", "--uvloop"]
    command += ["--out", str(tmp_path / "u.loupe"), "--", "-c", LOOP]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    assert ("uvloop's policy" in done.stdout) == installed
    assert ("uvloop is not installed for" in done.stderr) == (not installed)


def test_a_program_that_is_well_is_left_alone(tmp_path: Path) -> None:
    plain, guarded = tmp_path / "w.loupe", tmp_path / "g.loupe"
    assert run(plain, ["well"])[:2] == run(guarded, ["well"], "--guard")[:2]
    assert slugs(guarded) == []
