"""Texts gathered into rows come back one by one."""

from __future__ import annotations

import gc
import shutil
import sqlite3
from itertools import accumulate
from pathlib import Path
from threading import RLock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import snapshot, text
from agentloupe.tracer.errors import RecordingError
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.screening import Screen
from agentloupe.tracer.secrets import mask
from agentloupe.tracer.texts import MOST, WEIGHT, Texts, span_of

SECRET = b"the api_key = 'hunter2-XyZ-0987654321'"
SAID = st.lists(
    st.binary(min_size=1, max_size=40)
    | st.sampled_from([SECRET, b"x" * (WEIGHT // 3), b"\xc1", b"\x00", "ä".encode() * 9]),
    max_size=30,
)


def read(rows: list[tuple[object, ...]]) -> dict[int, tuple[int, bytes]]:
    found: dict[int, tuple[int, bytes]] = {}
    for first, count, size, _, ends, data in rows:
        assert isinstance(first, int)
        assert isinstance(count, int)
        assert isinstance(size, int)
        assert isinstance(data, bytes)
        if ends is None:
            assert count == 1
            found[first] = size, data
            continue
        assert isinstance(ends, bytes)
        assert size == len(data)
        for place in range(count):
            start, end = span_of(place, count, ends, size)
            found[first + place] = end - start, data[start:end]
    return found


@given(SAID, st.sets(st.integers(0, 30)))
def test_each_text_comes_back_without_its_secrets(said: list[bytes], alone: set[int]) -> None:
    texts = Texts(Screen())
    rows: list[tuple[object, ...]] = []
    for place, data in enumerate(said, 1):
        if place in alone:
            assert texts.alone(mask(data), len(data)) == place
        else:
            assert texts.add(data) == place
        if place % 7 == 0:
            rows += map(tuple, texts.take(RLock()))
    last = texts.take(RLock())
    rows += map(tuple, last)
    assert [*last] == rows[len(rows) - len([*last]) :]  # as often as a disk has to be asked
    assert read(rows) == {n: (len(data), mask(data)) for n, data in enumerate(said, 1)}
    assert texts.take(RLock()) == []


def test_rows_are_of_a_size_that_can_be_read_for_one_text() -> None:
    texts = Texts(Screen())
    for number in range(2_000):
        texts.add(b"%d " % number * (number % 90 + 1))
    rows = [*texts.take(RLock())]
    assert all(row[1] <= MOST and row[2] < WEIGHT + 1_000 for row in rows)  # type: ignore[operator]
    assert len(rows) < 40


@pytest.mark.parametrize(
    "ends", [b"", b"\x01", b"\x09\0\0\0\x05\0\0\0", b"\x01\0\0\0\xff\0\0\0", b"\x05\0\0\0"]
)
def test_ends_that_are_none_are_refused(ends: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        span_of(1, 2, ends, 20)


def _recorded(path: Path) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        for number in range(40):
            root.body(f"b{number}", text(f"text {number} " * 40))
        root.body("long", snapshot({"text": "a line\n" * 3_000}))
        root.body("secret", text(SECRET.decode() * 10))
        root.end()


def test_a_recording_gives_each_text(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    _recorded(path)
    with open_recording(path) as recording:
        run = recording.run(0)
        bodies = run.root.bodies
        for number in range(40):
            assert run.text(bodies[f"b{number}"]) == f"text {number} " * 40
        assert run.text(bodies["long"]).count("a line") == 3_000
        assert "hunter2" not in run.text(bodies["secret"])
        refs = {ref for ref in bodies.values() if isinstance(ref, int)}
        found = run.bodies_with(["text", "17"], refs)
        assert bodies["b17"] in found
        assert bodies["b18"] not in found


@pytest.mark.parametrize("ends", ["NULL", "x''", "x'00000000'", "'text'", "7"])
def test_a_row_whose_ends_are_damaged_is_one_clear_error(tmp_path: Path, ends: str) -> None:
    path = tmp_path / "r.loupe"
    _recorded(path)
    db = sqlite3.connect(path)
    with db:
        db.execute(f"UPDATE bodies SET ends = {ends} WHERE count > 1")
    db.close()
    copy = tmp_path / "copy.loupe"
    shutil.copy(path, copy)
    with open_recording(copy) as recording:
        run = recording.run(0)
        ref = run.root.bodies["b17"]
        if ends == "NULL":  # then it is one text
            assert "text 17" in run.text(ref)
            return
        with pytest.raises(RecordingError, match="damaged"):
            run.text(ref)


def test_texts_added_while_others_are_sealed_are_there_once() -> None:
    """By what the collector runs, as often as it can be."""
    texts = Texts(Screen())
    said = [b"%d" % number for number in range(8 * MOST)]
    waiting = iter(said)

    def collected(phase: str, _: object) -> None:
        text = next(waiting, None)
        if text is not None:
            texts.add(text)

    before = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1)
    try:
        for text in waiting:
            texts.add(text)
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(collected)
    rows: Any = [*texts.take(RLock())]
    assert sum(row[1] for row in rows) == len(said)
    assert [row[0] for row in rows] == [*accumulate((row[1] for row in rows[:-1]), initial=1)]
