"""`loupe run --iterations --fail-on`: the gate for scripts."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .conftest import LOUPE, Programs


def test_a_scenario_is_repeated_and_passes(programs: Programs) -> None:
    done = programs.loupe(
        "scenario.py", options=["--ci", "--iterations", "100", "--fail-on", "leak,loop"]
    )
    assert (done.code, done.out) == (0, "")
    assert "inconclusive, needs" in done.err
    assert "a longer run" in done.err
    with done.recording() as recording:
        assert len(recording.runs) == 100


def test_inconclusive_fails_only_when_asked_to(programs: Programs) -> None:
    options = ["--ci", "--iterations", "100", "--fail-on", "inconclusive"]
    assert programs.loupe("scenario.py", options=options).code == 1


def test_a_leak_fails_and_names_the_agent(programs: Programs) -> None:
    options = ["--ci", "--iterations", "260", "--fail-on", "leak"]
    done = programs.loupe("scenario.py", "--hoard", options=options)
    assert done.code == 1
    assert "error[LEAK001]" in done.err
    assert "most of it in 'taker'" in done.err


def test_what_a_baseline_accepts_does_not_fail(programs: Programs, tmp_path: Path) -> None:
    loop = ["--ci", "--iterations", "260", "--fail-on", "leak"]
    first = programs.loupe("scenario.py", "--hoard", options=loop)
    known = str(tmp_path / "known.json")
    command = [*LOUPE, "check", "--write-baseline", known, str(first.path)]
    subprocess.run(command, capture_output=True, check=False, timeout=60)
    again = programs.loupe("scenario.py", "--hoard", options=[*loop, "--baseline", known])
    assert (first.code, again.code) == (1, 0), again.err
    assert f"accepted by {known}" in again.err


def test_the_programs_own_exit_code_goes_first(programs: Programs) -> None:
    options = ["--iterations", "7", "--fail-on", "inconclusive"]
    assert programs.loupe("scenario.py", "--fail", options=options).code == 7


def test_a_program_without_a_scenario(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print('imported')\n")
    done = programs.loupe(str(tmp_path / "plain.py"), options=["--iterations", "7"])
    assert done.code == 2
    assert "has no `async def scenario()` to call" in done.err


def test_a_mistake_is_told_before_the_program_runs(programs: Programs) -> None:
    done = programs.loupe("scenario.py", options=["--fail-on", "leek"])
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'leak'?" in done.err
    assert not done.path.exists()


def test_so_is_one_about_the_baseline(programs: Programs) -> None:
    none = programs.loupe("scenario.py", options=["--fail-on", "leak", "--baseline", "none.json"])
    assert (none.code, none.out) == (2, "")
    assert "'none.json' cannot be read" in none.err
    lonely = programs.loupe("scenario.py", options=["--baseline", "none.json"])
    assert (lonely.code, lonely.out) == (2, "")
    assert not none.path.exists()
