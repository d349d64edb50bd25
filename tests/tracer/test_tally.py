"""Counting a recording by its tables says what the reader says, or that it cannot."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentloupe.tracer.errors import RecordingError
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.tally import Tally, tally

from .test_brief import briefs, exchange


def by_reader(path: Path) -> Tally:
    with open_recording(path) as recording:
        runs = recording.runs
    unwell = sum(run.status not in ("ok", "running") for run in runs)
    return Tally(len(runs), sum(run.steps for run in runs), unwell)


def conversation(recorder: Recorder, steps: int, *, fails: bool = False) -> None:
    run = recorder.start_run("talk").run
    for _ in range(steps):
        recorder.span("invoke_agent", "somebody", agent="a/default", parent=run).end()
    if fails:
        run.error = "ValueError: no"
    run.end()


kinds = st.lists(
    st.one_of(st.just(-1), st.just(-2), st.integers(min_value=0, max_value=3)), max_size=8
)


@settings(max_examples=40, deadline=None)
@given(kinds)
def test_it_is_what_the_reader_says(
    tmp_path_factory: pytest.TempPathFactory, done: list[int]
) -> None:
    path = tmp_path_factory.mktemp("tally") / "r.loupe"
    with Recorder(path) as recorder:
        for number, kind in enumerate(done):
            if kind == -1:
                exchange(recorder, number)
            elif kind == -2:
                conversation(recorder, 2, fails=True)
            else:
                conversation(recorder, kind)
    if not path.exists():
        return
    told = tally(path)
    assert told is None or told == by_reader(path)
    if not briefs(path) or done.count(-1) == len(done):
        assert told == by_reader(path)


def test_a_run_that_was_cut_off_is_the_readers(tmp_path: Path) -> None:
    path, cut = tmp_path / "r.loupe", tmp_path / "cut.loupe"
    with Recorder(path) as recorder:
        run = recorder.start_run("talk")
        recorder.span("invoke_agent", "somebody", agent="a/default", parent=run).end()
        assert recorder.flush()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{path}{suffix}", f"{cut}{suffix}")
        run.end()
    assert tally(cut) is None
    assert tally(path) == Tally(1, 1, 0) == by_reader(path)


def test_a_child_process_is_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    for name in (path, path.with_name("r.loupe.4711")):
        with Recorder(name) as recorder:
            conversation(recorder, 1)
    assert tally(path) is None


def test_runs_of_one_trace_are_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        conversation(recorder, 1)
        conversation(recorder, 1)
    assert tally(path) == Tally(2, 2, 0)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE runs SET trace_id = x'00'")
    assert tally(path) is None


@pytest.mark.parametrize("made", ["other", "newer", "text"])
def test_what_is_no_recording_of_ours_is_the_readers(tmp_path: Path, made: str) -> None:
    path = tmp_path / "r.loupe"
    if made == "text":
        path.write_text("not a recording, " * 100)
    else:
        with Recorder(path) as recorder:
            conversation(recorder, 1)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("PRAGMA user_version = 99" if made == "newer" else "DROP TABLE briefs")
    with pytest.raises((RecordingError, sqlite3.Error)):
        if tally(path) is None:
            by_reader(path)
