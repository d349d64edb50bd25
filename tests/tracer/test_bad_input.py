"""Whatever is opened as a recording: a clear error, or what can still be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from agentloupe.tracer import open_recording
from agentloupe.tracer.errors import LoupeError, NoSuchRun, NotARecording, WrongSchema
from agentloupe.tracer.packing import unpack

from .recordings import conversation


def _read_all(path: Path) -> int:
    with open_recording(path) as recording:
        count = 0
        for number in range(len(recording.runs)):
            run = recording.run(number)
            for step in run.iter_steps():
                count += len(run.text(step.body)) if step.body is not None else 0
            run.spans()
            run.samples()
        return count


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    conversation(tmp_path / "r.loupe", 600)
    return tmp_path / "r.loupe"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="there is no recording"):
        open_recording(tmp_path / "none.loupe")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 4096, b"SQLite format 3\x00"])
def test_no_recording_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.loupe"
    path.write_bytes(content)
    with pytest.raises(NotARecording):
        open_recording(path)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotARecording):
        open_recording(tmp_path)


def test_another_programs_database(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "r.loupe")
    db.execute("CREATE TABLE runs (number)")
    db.close()
    with pytest.raises(NotARecording, match="but not a recording"):
        open_recording(tmp_path / "r.loupe")


def test_another_versions_recording(recorded: Path) -> None:
    _sql(recorded, "PRAGMA user_version = 99")
    with pytest.raises(WrongSchema, match="has schema 99, this version reads up to 3"):
        open_recording(recorded)


def _sql(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_truncated(recorded: Path, share: float) -> None:
    """What is left of it is read (`test_salvage`), or there is one clear error."""
    data = recorded.read_bytes()
    recorded.write_bytes(data[: int(len(data) * share)])
    with suppress(LoupeError):
        _read_all(recorded)
    assert share > 0.1 or not _can_be_opened(recorded)


def _can_be_opened(path: Path) -> bool:
    try:
        open_recording(path).close()
    except LoupeError:
        return False
    return True


@given(st.integers(0, 10_000_000), st.binary(min_size=1, max_size=64))
def test_damaged_anywhere(tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("d") / "r.loupe"
    data = _sample(tmp_path_factory)
    at %= len(data)
    path.write_bytes(data[:at] + junk + data[at + len(junk) :])
    with suppress(LoupeError):
        _read_all(path)


_cache: list[bytes] = []


def _sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    if not _cache:
        path = tmp_path_factory.mktemp("s") / "r.loupe"
        conversation(path, 40)
        _cache.append(path.read_bytes())
    return _cache[0]


HOSTILE: dict[str, tuple[str, ...]] = {
    "a trigger": ("CREATE TRIGGER evil AFTER INSERT ON meta BEGIN DELETE FROM runs; END",),
    "a view for a table": (
        "ALTER TABLE samples RENAME TO other",
        "CREATE VIEW samples AS SELECT 1 AS id, 0 AS run, 0 AS step, 0 AS messages,"
        " 0 AS time_ns, zeroblob(10) AS data",
    ),
    "a missing table": ("DROP TABLE pages",),
    "text for a number": ("UPDATE runs SET steps = 'many'",),
    "a page of junk": ("UPDATE pages SET data = x'c1c1c1'",),
    "a page of short records": ("UPDATE pages SET data = x'9191c0'",),
    "an endless page": ("UPDATE pages SET data = zeroblob(70000000)",),
    "a detail of junk": ("UPDATE runs SET detail = x'c1'",),
    "a status of junk": ("UPDATE runs SET trace_id = 7",),
    "a null": ("UPDATE runs SET name = NULL WHERE 0", "UPDATE meta SET value = NULL"),
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE)
def test_hostile_contents(recorded: Path, statements: tuple[str, ...]) -> None:
    _sql(recorded, *statements)
    with suppress(LoupeError):
        _read_all(recorded)


@pytest.mark.parametrize("content", [b"", b"junk", b"SQLite format 3\x00"])
def test_a_segment_that_was_never_finished_is_passed_over(recorded: Path, content: bytes) -> None:
    recorded.with_name("r.loupe.4711").write_bytes(content)
    with open_recording(recorded) as recording:
        assert len(recording.segments) == 1
        assert recording.runs[0].steps == 600


def test_a_context_that_refers_to_itself(recorded: Path) -> None:
    _sql(recorded, "INSERT INTO contexts VALUES (1, 1, 0, x'90')")
    with open_recording(recorded) as recording, pytest.raises(LoupeError, match="refers forward"):
        recording.run(0).text(("context", 1))


@given(st.binary(max_size=200))
def test_pages_of_anything(data: bytes) -> None:
    with suppress(ValueError):  # what the reader turns into an error of ours
        unpack(data)


def test_hostile_text_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    conversation(path, 1)
    db = sqlite3.connect(path, isolation_level=None)
    for number, data in db.execute("SELECT id, data FROM pages").fetchall():
        page = [list(record) for record in msgpack.decode(data)]
        for record in page:
            record[4] = record[5] = record[8] = "\x1b[2J\x9b"
            record[11] = {"\x1b]52;c;x\x07": "\x1b[2J"}
            if record[10]:
                record[10] = ["send", "\x1b", "\x1b", "\x1b", "\x1b", "\x1b", 0, "\x1b"]
        db.execute("UPDATE pages SET data = ? WHERE id = ?", (msgpack.encode(page), number))
    db.execute("UPDATE runs SET name = ?, error = ?", ("\x1b[2J", "\x1b"))
    db.close()
    with open_recording(path) as recording:
        run = recording.run(0)
        shown = repr([run.steps(), run.spans(), recording.runs, run.root]).replace("\\\\", "")
        assert "\\x1b" not in shown
        for span in [*run.spans(), *run.loose_spans(), run.root]:
            for text in (span.name, span.agent, span.error or "", *span.attributes):
                assert text.isprintable()


SELECTORS: dict[str, Callable[[str], int | str]] = {
    "a number outside": lambda trace: 7,
    "no beginning": lambda trace: "ffffffff" if not trace.startswith("f") else "eeeeeeee",
    "digits that are a beginning": lambda trace: "0000000" if trace[:7] != "0" * 7 else "0000001",
}


@pytest.mark.parametrize("selector", SELECTORS.values(), ids=SELECTORS)
def test_no_such_run(recorded: Path, selector: Callable[[str], int | str]) -> None:
    with open_recording(recorded) as recording:
        trace = recording.runs[0].trace_id
        with pytest.raises(NoSuchRun):
            recording.run(selector(trace))
        assert recording.run(trace[:8]).info == recording.runs[0]
