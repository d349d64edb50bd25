"""Old recordings go, those in use stay, and nobody is told more than once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.tracer import open_recording, record
from agentloupe.tracer.policy import PolicyError
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.retention import Limits, in_use, parse, remove, surplus, survey, tidy

from .recordings import conversation

NOW = 1_800_000_000.0


def _recordings(folder: Path, count: int) -> list[Path]:
    """The first one is the newest; each is a day older than the one before."""
    paths = [folder / f"r{n}.loupe" for n in range(count)]
    for n, path in enumerate(paths):
        conversation(path, 2)
        os.utime(path, (NOW - n * 86_400, NOW - n * 86_400))
    return paths


def test_limits_are_told_in_any_order() -> None:
    assert parse("1000, 10G, 90d") == Limits(10 << 30, 1000, 90 * 86_400.0)
    assert parse("2w") == Limits(None, None, 14 * 86_400.0)
    assert parse("all").none
    with pytest.raises(PolicyError, match=r"LP201 'lots' .*\n.*10G, 1000, 90d"):
        parse("10G, lots")


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        (Limits(None, 2, None), ["r4", "r3", "r2"]),
        (Limits(None, None, 2.5 * 86_400), ["r4", "r3"]),
        (Limits(None, 0, None), ["r4", "r3", "r2", "r1", "r0"]),
        (Limits(None, None, None), []),
    ],
)
def test_the_oldest_are_beyond_the_limits(tmp_path: Path, limits: Limits, gone: list[str]) -> None:
    _recordings(tmp_path, 5)
    found = survey(tmp_path)
    assert [each.path.stem for each in surplus(found, limits, NOW)] == gone


def test_size_counts_all_files(tmp_path: Path) -> None:
    first, second = _recordings(tmp_path, 2)
    (tmp_path / "r0.loupe.4711").write_bytes(first.read_bytes())
    (tmp_path / "r0.loupe.4711.part2").write_bytes(first.read_bytes())
    one = first.stat().st_size
    newest, oldest = survey(tmp_path)
    assert (newest.size, len(newest.files), oldest.size) == (3 * one, 3, second.stat().st_size)
    assert surplus([newest, oldest], Limits(3 * one, None, None), NOW) == [oldest]
    assert remove(newest)
    assert [each.name for each in tmp_path.iterdir()] == ["r1.loupe"]


def test_names_that_are_like_a_recording_s_are_left_alone(tmp_path: Path) -> None:
    conversation(tmp_path / "a.loupe", 1)
    for name in ("a.loupe.txt", "a.loupe.bak", "aa.loupe-notes", "catalog.db", "b.loupe.sh"):
        (tmp_path / name).write_text("mine")
    [stored] = survey(tmp_path)
    assert [file.name for file in stored.files] == ["a.loupe"]


HOLDS = """
import sys
from pathlib import Path
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import Recorder
with Recorder(Path(sys.argv[1])) as recorder:
    with recorder.record(c.TOOL, "t"):
        recorder.flush()
        print("ready", flush=True)
        sys.stdin.read()
"""


def test_what_another_process_writes_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        [stored] = survey(tmp_path)
        assert in_use(stored)
        assert surplus([stored], Limits(0, 0, 0.0), NOW) == []
        child.communicate(timeout=30)
    [stored] = survey(tmp_path)
    assert not in_use(stored)
    with open_recording(path) as recording:
        assert recording.runs[0].spans == 1


def test_asking_does_not_let_go_of_our_own_locks(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops a process's locks on it: one that records is not asked
    about its own file, as that is none of the old ones."""
    old = tmp_path / "old.loupe"
    conversation(old, 1)
    path = tmp_path / "r.loupe"
    with Recorder(path):
        ask = "import sys; from pathlib import Path; from agentloupe.tracer.retention import *; "
        ask += "print([in_use(each) for each in survey(Path(sys.argv[1]))])"
        done = subprocess.run(
            [sys.executable, "-c", ask, str(tmp_path)], capture_output=True, text=True, check=True
        )
    assert sorted(done.stdout.strip("[]\n").split(", ")) == ["False", "True"]


def test_a_new_recording_makes_room(
    private_recordings_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _recordings(private_recordings_dir, 4)
    monkeypatch.setenv("AGENTLOUPE_KEEP", "2")
    with record("new"):
        pass
    left = sorted(each.path.stem.partition("-")[0] for each in survey(private_recordings_dir))
    assert left == ["new", "r0", "r1"]
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "removed 2 recordings" in told
    assert "AGENTLOUPE_KEEP" in told


def test_what_is_said_wrongly_removes_nothing(
    private_recordings_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _recordings(private_recordings_dir, 3)
    monkeypatch.setenv("AGENTLOUPE_KEEP", "one")
    assert tidy() == []
    assert len(survey(private_recordings_dir)) == 3
    assert "'one'" in capsys.readouterr().err
