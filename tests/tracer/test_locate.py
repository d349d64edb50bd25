"""How a run is named on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import open_recording
from agentloupe.tracer.errors import NoSuchRun
from agentloupe.tracer.locate import (
    DIGITS,
    Selection,
    beginnings,
    fresh_path,
    parse_run,
    recordings,
    recordings_dir,
)

from .recordings import conversation


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for age, name in enumerate(["new", "middle", "old"]):
        conversation(tmp_path / f"{name}.loupe", 1)
        os.utime(tmp_path / f"{name}.loupe", (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "new.loupe.123").write_text("a segment")
    (tmp_path / "notes.txt").write_text("")
    return tmp_path


def test_newest_first(folder: Path) -> None:
    assert [path.stem for path in recordings(folder)] == ["new", "middle", "old"]
    assert recordings(folder / "none") == []


@pytest.mark.parametrize(
    ("text", "name", "run", "step", "finding"),
    [
        ("@last", "new", None, None, None),
        ("-1", "new", None, None, None),
        ("-3", "old", None, None, None),
        ("@last@17", "new", None, 17, None),
        ("-2#LOOP001", "middle", None, None, "LOOP001"),
        ("-2#loop.repetition", "middle", None, None, "loop.repetition"),
        ("-2#0", "middle", "0", None, None),
        ("-2#0@5", "middle", "0", 5, None),
        ("old", "old", None, None, None),
        ("old.loupe#0", "old", "0", None, None),
    ],
)
def test_names(
    folder: Path, text: str, name: str, run: str | None, step: int | None, finding: str | None
) -> None:
    want = Selection(folder / f"{name}.loupe", run, step, finding)
    assert parse_run(text, folder) == want


def test_a_path(folder: Path) -> None:
    path = folder / "old.loupe"
    assert parse_run(str(path)) == Selection(path)
    assert parse_run(f"{path}#0@3") == Selection(path, "0", 3)


def test_a_trace_id(folder: Path) -> None:
    with open_recording(folder / "middle.loupe") as recording:
        trace = recording.runs[0].trace_id
    assert parse_run(trace[:12], folder) == Selection(folder / "middle.loupe", trace)
    assert parse_run(f"{trace[:12]}@2", folder).step == 2


@pytest.mark.parametrize("text", ["-4", "nothing", "ffffffffffff", "/no/such/file.loupe"])
def test_nothing_of_that_name(folder: Path, text: str) -> None:
    with pytest.raises(NoSuchRun, match="LP103"):
        parse_run(text, folder)


def test_nothing_recorded_yet(tmp_path: Path) -> None:
    with pytest.raises(NoSuchRun, match="loupe run"):
        parse_run("@last", tmp_path)


def test_the_projects_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTLOUPE_DIR", raising=False)
    inner = tmp_path / "project" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").write_text("")
    monkeypatch.chdir(inner)
    assert recordings_dir() == tmp_path / "project" / ".agentloupe"
    monkeypatch.setenv("AGENTLOUPE_DIR", str(tmp_path / "elsewhere"))
    assert recordings_dir() == tmp_path / "elsewhere"


@given(st.sets(st.text("01", min_size=12, max_size=12), max_size=40))
def test_a_run_is_called_by_what_no_other_begins_with(ids: set[str]) -> None:
    names = beginnings(ids)
    assert names.keys() == ids
    for trace_id, name in names.items():
        assert trace_id.startswith(name)
        assert [each for each in ids if each.startswith(name)] == [trace_id]
        others = [each for each in ids if each.startswith(name[:-1])]
        assert len(name) == DIGITS or len(others) > 1


@pytest.mark.parametrize("name", ["n" * 300, "名" * 300, "-" * 300 + "n", ""])
def test_a_long_name_is_a_files_name_all_the_same(tmp_path: Path, name: str) -> None:
    path = fresh_path(name, tmp_path)
    conversation(path, 1)
    assert parse_run("@last", tmp_path).path == path
    assert len(f"{path.name}.1234567.part11-journal".encode()) <= 255
    assert path.name[0] == (name[:1] if name[:1] in "n名" and name else "r")
