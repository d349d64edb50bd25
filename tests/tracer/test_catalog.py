"""The catalog: what listing and searching need, made from the recordings whenever it must be."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agentloupe.tracer import catalog as catalog_module
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.catalog import NAME, Catalog
from agentloupe.tracer.recorder import Recorder

from .recordings import conversation, deliver


def _said(path: Path, *words: str) -> None:
    with Recorder(path, program=path.stem) as recorder:
        root = recorder.start_run(path.stem)
        for text in words:
            deliver(recorder, root, "a/default", "b/default", {"text": text})
        root.end()


def _names(folder: Path) -> list[str]:
    with Catalog(folder) as catalog:
        return [entry.path.stem for entry in catalog.entries()]


def _found(folder: Path, words: str) -> list[tuple[str, int | None, int]]:
    with Catalog(folder) as catalog:
        catalog.index()
        return [(hit.path.stem, hit.step, hit.steps) for hit in catalog.search(words)]


def test_it_says_what_the_recordings_say(tmp_path: Path) -> None:
    for number in range(3):
        conversation(tmp_path / f"r{number}.loupe", number + 1)
        os.utime(tmp_path / f"r{number}.loupe", (1e9 + number, 1e9 + number))
    for _ in range(2):  # made, and made use of
        with Catalog(tmp_path) as catalog:
            entries = catalog.entries()
        assert [entry.path.stem for entry in entries] == ["r2", "r1", "r0"]
        for entry in entries:
            with open_recording(entry.path) as recording:
                assert entry.info == recording.info
                assert entry.segments == recording.segments
                assert entry.runs == recording.runs
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def opening(path: Path) -> object:
        opened.append(path.stem)
        return open_recording(path)

    monkeypatch.setattr(catalog_module, "open_recording", opening)
    for number in range(3):
        conversation(tmp_path / f"r{number}.loupe", 1)
    assert sorted(_names(tmp_path)) == ["r0", "r1", "r2"]
    assert sorted(opened) == ["r0", "r1", "r2"]
    opened.clear()
    (tmp_path / "r1.loupe").unlink()
    conversation(tmp_path / "r3.loupe", 1)
    (tmp_path / "r0.loupe").unlink()
    conversation(tmp_path / "r0.loupe", 9)
    assert sorted(_names(tmp_path)) == ["r0", "r2", "r3"]
    assert sorted(opened) == ["r0", "r3"]
    with Catalog(tmp_path) as catalog:
        steps = {entry.path.stem: entry.runs[0].steps for entry in catalog.entries()}
    assert steps == {"r0": 9, "r2": 1, "r3": 1}


def test_a_recording_in_progress_is_read_each_time(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.loupe") as recorder:
        root = recorder.start_run("live")
        recorder.flush()
        with Catalog(tmp_path) as catalog:
            assert catalog.entries()[0].runs[0].status == "running"
        deliver(recorder, root, "a/default", "b/default", {"text": "unusual"})
        recorder.flush()
        with Catalog(tmp_path) as catalog:
            assert catalog.entries()[0].runs[0].steps == 1
            catalog.index()
            assert len(catalog.search("unusual")) == 1
        deliver(recorder, root, "a/default", "b/default", {"text": "later words"})
        root.end()
    assert _found(tmp_path, "later") == [("r", 1, 1)]
    with Catalog(tmp_path) as catalog:
        assert catalog.entries()[0].runs[0].status == "ok"


def test_what_cannot_be_opened_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "junk.loupe").write_text("hello")
    for _ in range(2):
        with Catalog(tmp_path) as catalog:
            [entry] = catalog.entries()
            assert entry.trouble is not None
            assert entry.trouble.code == "LP101"
            assert catalog.unindexed() == 0


def test_a_file_that_may_not_be_opened_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 600:  # longer than SQLite opens, whoever asks
        folder /= "x" * 100
    folder.mkdir(parents=True)
    (folder / "closed.loupe").write_bytes(b"SQLite format 3\0")
    with Catalog(folder) as catalog:
        [entry] = catalog.entries()
    assert entry.trouble is not None
    assert "cannot be read: unable to open database file" in entry.trouble.what


def test_a_name_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    _said(tmp_path / "good.loupe", "hello")
    odd = os.fsencode(tmp_path) + b"/odd\xff.loupe"
    try:
        with open(odd, "wb") as file:  # noqa: PTH123 bytes
            file.write((tmp_path / "good.loupe").read_bytes())
    except OSError:
        pytest.skip("names are text here")
    assert _names(tmp_path) == ["good"]


def test_words_are_found_whatever_their_case_and_accents(tmp_path: Path) -> None:
    _said(tmp_path / "one.loupe", "nothing here", "The Żółw met Zoë", "zoë again")
    _said(tmp_path / "two.loupe", "a tortoise")
    assert _found(tmp_path, "ZOE") == [("one", 1, 2)]
    assert _found(tmp_path, "met żółw") == [("one", 1, 1)]
    assert _found(tmp_path, "tortoise") == [("two", 0, 1)]
    assert _found(tmp_path, "tortoise zoe") == []
    assert _found(tmp_path, "tort") == []
    assert _found(tmp_path, '"; DROP TABLE texts --') == []
    assert _found(tmp_path, "") == []


def test_what_happened_outside_of_steps_is_found(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.loupe", program="p") as recorder:
        with recorder.record("custom", "outside") as span:
            span.body("note", "the unlikely word is xylophone")
        with pytest.raises(ValueError, match="zither"), recorder.record(c.TOOL, "t"):
            raise ValueError("no zither")
    assert _found(tmp_path, "xylophone") == [("r", None, 1)]
    assert _found(tmp_path, "zither") == [("r", 0, 1)]


def test_stale_entries_vanish_and_in_time_from_the_index(tmp_path: Path) -> None:
    for number in range(6):
        _said(tmp_path / f"r{number}.loupe", f"common word{number}")
    assert len(_found(tmp_path, "common")) == 6
    for number in range(4):
        (tmp_path / f"r{number}.loupe").unlink()
    assert len(_found(tmp_path, "common")) == 2
    with sqlite3.connect(tmp_path / NAME) as db:
        rows = db.execute("SELECT count(*) FROM texts WHERE texts MATCH 'common'").fetchone()
        assert rows == (2,)
    db.close()


@pytest.mark.parametrize("junk", [b"", b"junk" * 2_000, b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_a_damaged_catalog_is_made_again(tmp_path: Path, junk: bytes) -> None:
    _said(tmp_path / "one.loupe", "hello there")
    (tmp_path / NAME).write_bytes(junk)
    assert _found(tmp_path, "hello") == [("one", 0, 1)]
    assert _names(tmp_path) == ["one"]
    assert (tmp_path / NAME).read_bytes()[:15] == b"SQLite format 3"


def test_damage_inside_is_met_too(tmp_path: Path) -> None:
    for number in range(40):
        _said(tmp_path / f"r{number}.loupe", f"hello number{number} " * 30)
    _found(tmp_path, "hello")
    data = bytearray((tmp_path / NAME).read_bytes())
    for at in range(4096, len(data), 1500):
        data[at : at + 700] = b"\xee" * len(data[at : at + 700])
    (tmp_path / NAME).write_bytes(data)
    assert len(_found(tmp_path, "hello")) == 40
    assert len(_names(tmp_path)) == 40


def test_another_version_s_catalog_is_made_again(tmp_path: Path) -> None:
    _said(tmp_path / "one.loupe", "hello")
    db = sqlite3.connect(tmp_path / NAME)
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert _names(tmp_path) == ["one"]


def test_one_that_is_locked_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "PATIENCE", 0.01)
    _said(tmp_path / "one.loupe", "hello")
    assert _names(tmp_path) == ["one"]
    _said(tmp_path / "two.loupe", "hello")
    db = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    assert sorted(_names(tmp_path)) == ["one", "two"]
    db.execute("ROLLBACK")
    db.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    _said(tmp_path / "one.loupe", "hello")
    (tmp_path / NAME).mkdir()
    assert _found(tmp_path, "hello") == [("one", 0, 1)]


def test_many_at_once(tmp_path: Path) -> None:
    for number in range(12):
        _said(tmp_path / f"r{number}.loupe", f"hello word{number}")
    wrong: list[object] = []

    def use() -> None:
        try:
            assert len(_found(tmp_path, "hello")) == 12
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(_found(tmp_path, "hello")) == 12


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    _said(tmp_path / "one.loupe", "hello")
    subprocess.run(
        [sys.executable, "-m", "agentloupe.tracer.catalog", str(tmp_path)], check=True, timeout=60
    )
    with Catalog(tmp_path) as catalog:
        assert catalog.unindexed() == 0
        assert len(catalog.search("hello")) == 1
    catalog_module.index_apart(tmp_path)
    _said(tmp_path / "two.loupe", "hello")
    catalog_module.index_apart(tmp_path)
    deadline = time.monotonic() + 30
    while True:
        with Catalog(tmp_path) as catalog:
            if not catalog.unindexed():
                break
        assert time.monotonic() < deadline, "nobody indexes it"
        threading.Event().wait(0.05)


def test_by_the_beginning_of_a_trace_id(tmp_path: Path) -> None:
    _said(tmp_path / "one.loupe", "hello")
    with Catalog(tmp_path) as catalog:
        trace = catalog.entries()[0].runs[0].trace_id
        assert catalog.by_trace(trace[:6]) == [(tmp_path / "one.loupe", trace)]
        assert catalog.by_trace(trace) == [(tmp_path / "one.loupe", trace)]
        other = "0" if trace[0] != "0" else "1"
        assert catalog.by_trace(other + trace[1:6]) == []
