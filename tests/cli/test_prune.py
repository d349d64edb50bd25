"""`loupe prune`."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path


def _old(record, name: str, days: int) -> Path:
    path = record({"program": name, "runs": []})
    then = time.time() - days * 86_400
    os.utime(path, (then, then))
    return path


def test_dry_run_says_what_would_go(loupe, record) -> None:
    old, new = _old(record, "old", 40), _old(record, "new", 2)
    done = loupe("prune", "--older-than", "30d", "--dry-run")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["RECORDING", "old.loupe"]
    assert re.search(
        r"1 recording \(0\.\d MB\) would be removed, 1 recording \(0\.\d MB\) left in '.+'",
        done.err,
    )
    assert old.exists()
    assert new.exists()


def test_what_is_too_old_goes(loupe, record, valid) -> None:
    old, new = _old(record, "old", 40), _old(record, "new", 2)
    told = loupe("prune", "--older-than", "30d", "--json").json
    valid("prune", told)
    assert [each["path"] for each in told["removed"]] == [str(old)]
    assert (told["removed"][0]["files"], told["dry_run"]) == (1, False)
    assert not old.exists()
    assert new.exists()


def test_number_and_size(loupe, record) -> None:
    paths = [_old(record, f"r{days}", days) for days in (1, 2, 3, 4)]
    assert loupe("prune", "--keep", 3).code == 0
    assert [path.exists() for path in paths] == [True, True, True, False]
    size = paths[0].stat().st_size
    assert loupe("prune", "--max-size", size + 10).code == 0
    assert [path.exists() for path in paths] == [True, False, False, False]


def test_left_over_parts_go(loupe, record, private_recordings_dir: Path) -> None:
    path = _old(record, "r", 1)
    part = private_recordings_dir / "gone.loupe.4711"
    part.write_bytes(path.read_bytes())
    assert loupe("prune").code == 0
    assert path.exists()
    assert not part.exists()


def test_what_is_in_use_is_named(loupe, record) -> None:
    path = _old(record, "r", 40)
    with closing(sqlite3.connect(path)) as store:  # by this process: locks are asked by another
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("SELECT count(*) FROM meta").fetchone()
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        words = [sys.executable, "-m", "agentloupe.cli.main", "prune", "--keep", "0"]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "0 recordings (0.0 MB) removed" in done.stderr
    assert "stay, as they are in use or may not be written: r.loupe" in done.stderr
    assert path.exists()


def test_a_folder_that_is_closed_is_no_empty_one(loupe, record, monkeypatch) -> None:
    _old(record, "r", 40)

    def closed(_: object) -> None:
        raise PermissionError(13, "Permission denied", "there")

    monkeypatch.setattr("os.scandir", closed)
    done = loupe("prune")
    assert (done.code, done.err) == (2, "loupe: 'there': Permission denied\n")


def test_nothing_to_do(loupe, record, tmp_path: Path) -> None:
    _old(record, "r", 1)
    done = loupe("prune")
    assert (done.code, done.out) == (0, "")
    assert re.search(r"0 recordings \(0\.0 MB\) removed, 1 recording \(0\.\d MB\) left", done.err)
    assert loupe("prune", tmp_path / "none").code == 2
    assert "30d, 12h or 2w" in loupe("prune", "--older-than", "long").err
    assert "2G or 500M" in loupe("prune", "--max-size", "big").err
