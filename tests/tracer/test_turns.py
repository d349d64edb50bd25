"""Turns of the program and its writer: pages are waited for, within limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import intake as intake_of
from agentloupe.tracer import open_recording
from agentloupe.tracer import writer as writer_of
from agentloupe.tracer.disk import Rows
from agentloupe.tracer.recorder import Recorder


class SlowDisk:
    """Writes when it is told to."""

    def __init__(self, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = threading.Event()
        self.answers = threading.Event()
        self.done: list[str] = []
        disk = recorder.writer._disk  # pyright: ignore[reportPrivateUsage]
        self._write = disk.write
        monkeypatch.setattr(disk, "write", self.write)

    def write(self, rows: Rows, *, last: bool = False) -> None:
        self.asked.set()
        assert self.answers.wait(60)
        self.done.append("written")
        self._write(rows, last=last)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_whoever_begins_a_span_while_pages_are_made_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_of, "PATIENCE", 60.0)
    with Recorder(tmp_path / "r.loupe") as recorder:
        disk = SlowDisk(recorder, monkeypatch)
        root = recorder.start_run("run")
        assert disk.asked.wait(30)

        def begin() -> None:
            recorder.span("custom", "s", parent=root).end()
            disk.done.append("begun")

        threads = [threading.Thread(target=begin) for _ in range(3)]
        threads[0].start()
        until(lambda: not recorder.writer.intake.busy)  # somebody waits
        disk.answers.set()
        threads[0].join()
        assert disk.done[:2] == ["written", "begun"]
        for thread in threads[1:]:
            thread.start()
            thread.join(30)
            assert not thread.is_alive()
        root.end()


def test_a_disk_that_takes_its_time_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_of, "PATIENCE", 0.01)
    with Recorder(tmp_path / "r.loupe") as recorder:
        disk = SlowDisk(recorder, monkeypatch)
        root = recorder.start_run("run")
        assert disk.asked.wait(30)
        intake, waited = recorder.writer.intake, list[Any]()
        give_way = intake.give_way
        monkeypatch.setattr(intake, "give_way", lambda: waited.append(give_way()))
        for _ in range(200):
            recorder.span("custom", "s", parent=root).end()
        assert len(waited) == 1
        disk.answers.set()
        root.end()


def test_a_program_that_has_put_many_spans_has_the_writer_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_of, "PATIENCE", 60.0)
    monkeypatch.setattr(intake_of, "MANY", 100)
    monkeypatch.setattr(writer_of, "INTERVAL", 600.0)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        until(lambda: recorder.writer.intake.looks > 0)  # it waits for the next interval then
        for number in range(1_000):
            recorder.span("custom", f"s{number}", parent=root).end()
            assert len(recorder.writer.intake.queue) <= 101
        assert recorder.writer.written >= 800
        root.end()
    with open_recording(path) as recording:
        assert len(recording.run(0).spans()) == 1_000


def test_the_longer_the_queue_the_longer_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a writer that is far behind would be contended with, and stay behind."""
    waits: list[float] = []

    class Turn:
        def acquire(self, timeout: float) -> bool:
            waits.append(timeout)
            return False

    with Recorder(tmp_path / "r.loupe") as recorder:
        intake = recorder.writer.intake
        with monkeypatch.context() as patch:
            patch.setattr(intake, "turn", Turn())
            for length in (0, 3 * intake_of.MANY):
                patch.setattr(intake, "queue", range(length))
                intake.give_way()
    assert waits == [intake_of.PATIENCE, 4 * intake_of.PATIENCE]
