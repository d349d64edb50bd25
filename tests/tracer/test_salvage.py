"""A recording that was cut or damaged is read up to there, from a copy, and says so."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pytest

from agentloupe.tracer.errors import NotARecording, RecordingError, WrongSchema
from agentloupe.tracer.reader import open_recording

from .recordings import conversation

STEPS = 2_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "talk.loupe"
    conversation(path, STEPS)
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_what_lies_before_a_cut_is_read(tmp_path: Path, whole: bytes, share: float) -> None:
    path = tmp_path / "cut.loupe"
    cut = whole[: int(len(whole) * share)]
    path.write_bytes(cut)
    with open_recording(path) as recording:
        assert recording.info.path == recording.segments[0].path == str(path)
        assert recording.damage.startswith("the file is cut: ")
        run = recording.run(0)
        assert 0 < run.info.steps < STEPS
        steps = run.steps()
        assert [step.index for step in steps] == list(range(run.info.steps))
        assert '"n":0' in run.text(steps[0].body or "")
        assert run.info.name == "talk"
    assert path.read_bytes() == cut
    assert not list(Path(tempfile.gettempdir()).glob("loupe-salvaged-*/cut.loupe"))


def test_a_page_that_was_overwritten_ends_what_is_read(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "hurt.loupe"
    at = len(whole) * 3 // 4
    path.write_bytes(whole[:at] + b"\xff" * 65_536 + whole[at + 65_536 :])
    with open_recording(path) as recording:
        try:
            steps = recording.run(0).steps()
        except RecordingError as error:  # noted by SQLite only when it is read
            assert "damaged" in error.what  # noqa: PT017 either is right
        else:
            assert len(steps) == recording.run(0).info.steps


HOSTILE = {
    "an endless view": (
        "CREATE VIEW samples AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        " SELECT n AS id, 0 AS run, 0 AS step, 0 AS messages, 0 AS time_ns, x'00' AS data FROM r"
    ),
    "a table without a key": "CREATE TABLE samples (id, run, step, messages, time_ns, data)",
    "a virtual table": "CREATE VIRTUAL TABLE samples USING fts5(id)",
}


@pytest.mark.parametrize("statement", HOSTILE.values(), ids=HOSTILE)
def test_what_no_recording_has_is_not_copied(tmp_path: Path, whole: bytes, statement: str) -> None:
    path = tmp_path / "evil.loupe"
    path.write_bytes(whole)
    with sqlite3.connect(path) as store:
        store.executescript(f"PRAGMA journal_mode = DELETE; DROP TABLE samples; {statement}")
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(RecordingError):
        open_recording(path)
    assert not list(Path(tempfile.gettempdir()).glob("loupe-salvaged-*/evil.loupe"))


def test_a_check_of_the_file_is_not_run(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "evil.loupe"
    path.write_bytes(whole)
    columns = "id INTEGER PRIMARY KEY, run, step, messages, time_ns, data"
    with sqlite3.connect(path) as store:
        store.executescript(
            "PRAGMA journal_mode = DELETE; DROP TABLE samples; PRAGMA ignore_check_constraints = 1;"
            f"CREATE TABLE samples ({columns}, CHECK (abs(id) < 0));"
            "INSERT INTO samples VALUES (1, 0, 0, 0, 0, x'80'), (2, 0, 0, 0, 0, x'80')"
        )
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    with open_recording(path) as recording:
        assert recording.damage
        assert len(recording.samples()) == 2


@pytest.mark.parametrize("size", [0, 50, 100, 4096, 5000])
def test_of_a_beginning_nothing_can_be_read(tmp_path: Path, whole: bytes, size: int) -> None:
    path = tmp_path / "cut.loupe"
    path.write_bytes(whole[:size])
    with pytest.raises(NotARecording):
        open_recording(path)


def test_a_newer_schema_is_not_guessed_at(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "new.loupe"
    path.write_bytes(whole[:60] + (99).to_bytes(4, "big") + whole[64:])
    with pytest.raises(WrongSchema, match="99"):
        open_recording(path)


def test_a_file_that_is_locked_is_read_all_the_same(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "held.loupe"
    path.write_bytes(whole)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE meta SET value = value")
    try:
        with open_recording(path) as recording:
            assert recording.run(0).info.steps == STEPS
            assert recording.damage == ""
    finally:
        holder.close()
