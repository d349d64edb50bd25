"""A program in which nothing happens takes `@last` away from nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def _loupe_run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agentloupe.cli.main", "run", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_recording_is_kept(tmp_path: Path, private_recordings_dir: Path) -> None:
    (tmp_path / "plain.py").write_text("print('no agents here')\n")
    done = _loupe_run(tmp_path, "plain.py")
    assert (done.returncode, done.stdout) == (0, "no agents here\n")
    assert "nothing happened that can be recorded" in done.stderr
    assert [*private_recordings_dir.glob("*")] == []


def test_a_file_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("raise SystemExit(3)\n")
    done = _loupe_run(tmp_path, "--out", "r.loupe", "plain.py")
    assert done.returncode == 3
    assert (tmp_path / "r.loupe").exists()


def test_a_program_that_is_not_there_leaves_nothing(
    tmp_path: Path, private_recordings_dir: Path
) -> None:
    done = _loupe_run(tmp_path, "none.py")
    assert done.returncode == 2
    assert [*private_recordings_dir.glob("*")] == []
