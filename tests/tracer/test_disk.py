"""A disk that is full, blocked, read-only or gone: one notice, the program goes on, what can be
kept is kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import disk as disk_module
from agentloupe.tracer import intake as intake_module
from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import snapshot
from agentloupe.tracer.errors import StoreError
from agentloupe.tracer.numbering import Numbering
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.store import Store
from agentloupe.tracer.together import Several

from .recordings import deliver


def _say(recorder: Recorder, name: str, words: str) -> None:
    with recorder.record(c.TOOL, name) as span:
        span.body(c.TOOL_RESULT, words)


def _texts(path: Path) -> dict[str, str]:
    with open_recording(path) as recording:
        run = recording.run(0)
        return {span.name: run.text(span.bodies[c.TOOL_RESULT]) for span in run.spans()}


# -- parts -------------------------------------------------------------------------------------
def test_a_recording_goes_on_in_further_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTLOUPE_PART_SIZE", "64K")
    path = tmp_path / "r.loupe"
    with Recorder(path, program="long") as recorder:
        root = recorder.start_run("long")
        shared = snapshot({"text": "said at the start " * 100})
        hang = recorder.span("custom", "open", parent=root)
        for i in range(60):
            content = shared if i % 20 == 0 else {"n": i, "text": f"word{i} " * 1_000}
            deliver(recorder, root, "a/default", "b/default", content)
            assert recorder.flush()
            if i in (0, 30, 59):
                with open_recording(path) as live:
                    assert live.runs[0].steps == i + 1
                    assert len(live.run(0).steps()) == i + 1
                    assert live.runs[0].status == "running"
        hang.end()
        root.end()
    assert {"r.loupe", "r.loupe.part2", "r.loupe.part3"} <= {f.name for f in tmp_path.iterdir()}
    assert not [f.name for f in tmp_path.iterdir() if f.name.endswith(("-wal", "-shm"))]
    with open_recording(path) as recording:
        assert len(recording.segments) == len(recording.runs) == 1
        [info] = recording.runs
        assert (info.status, info.steps, info.spans) == ("ok", 60, 121)
        run = recording.run(0)
        assert run.open_spans() == []
        assert recording.info.ended_ns is not None
        for step in run.iter_steps():
            assert step.body is not None
            words = "said at the start" if step.index % 20 == 0 else f"word{step.index} "
            assert words in run.text(step.body)


def test_who_reads_along_goes_on_to_the_next_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTLOUPE_PART_SIZE", "64K")
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("long")
        recorder.flush()
        with open_recording(path) as live:
            for i in range(40):
                deliver(recorder, root, "a/default", "b/default", {"n": i, "t": f"{i} " * 3_000})
                assert recorder.flush()
                assert live.refresh()
                assert [step.index for step in live.run(0).steps(i)] == [i]
        root.end()
    third = path.with_name("r.loupe.part3")
    assert third.stat().st_size > path.stat().st_size  # each may be twice as large


def test_a_few_parts_are_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTLOUPE_PART_SIZE", "64K")
    monkeypatch.setattr(disk_module, "PARTS", 3)
    with Recorder(tmp_path / "r.loupe") as recorder:
        for i in range(40):
            _say(recorder, f"t{i}", f"{i} " * 5_000)
            recorder.flush()
    assert len([*tmp_path.iterdir()]) == 3
    assert len(_texts(tmp_path / "r.loupe")) == 40


# -- gone --------------------------------------------------------------------------------------
def test_a_file_that_is_deleted_is_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / ".agentloupe"
    path = folder / "r.loupe"
    with Recorder(path, program="p") as recorder:
        _say(recorder, "before", "kept " * 100)
        assert recorder.flush()
        shutil.rmtree(folder)
        _say(recorder, "after", "kept " * 100)
        assert recorder.flush()
        assert set(_texts(path)) == {"before", "after"}
        for file in folder.iterdir():
            file.unlink()
        _say(recorder, "again", "x")
        assert recorder.flush()
    assert set(_texts(path)) == {"before", "after", "again"}
    assert path.stat().st_mode & 0o777 == 0o600
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "was deleted while it was written: written anew" in told


def test_what_took_its_place_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        _say(recorder, "before", "x")
        assert recorder.flush()
        path.unlink()
        path.write_text("somebody's notes")
        _say(recorder, "after", "x")
        assert recorder.flush()
    assert path.read_text() == "somebody's notes"
    assert set(_texts(tmp_path / "r-2.loupe")) == {"before", "after"}
    assert "r-2.loupe" in capsys.readouterr().err


def test_without_any_folder_the_program_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    with Recorder(project / ".agentloupe" / "r.loupe") as recorder:
        _say(recorder, "before", "x")
        assert recorder.flush()
        shutil.rmtree(project)
        for i in range(10):
            _say(recorder, f"after {i}", "x")
            recorder.flush()
    told = capsys.readouterr().err
    assert told.count("was deleted and cannot be written anew") == 1
    assert not project.exists()


# -- full --------------------------------------------------------------------------------------
FULL = """
import resource, signal, sys
from pathlib import Path
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import Recorder

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recorder = Recorder(Path(sys.argv[1]), program="full")
hang = recorder.span(c.AGENT, "invoke_agent open", agent="a/default")
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
for i in range(400):
    with recorder.record(c.TOOL, f"t{i}") as span:
        span.body(c.TOOL_RESULT, f"{i} " * 3000)
    acknowledged = recorder.flush(0.2) if i % 50 == 0 else None
    if acknowledged:
        print(i, flush=True)
if sys.argv[2] == "freed":
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert recorder.flush(30)
recorder.close()
print("lost", recorder.writer.lost, flush=True)
"""


@pytest.mark.parametrize("then", ["freed", "full"])
def test_a_disk_that_is_full(tmp_path: Path, then: str) -> None:
    path = tmp_path / "r.loupe"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), then], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "cannot write to" in done.stderr
    assert "The program goes on" in done.stderr
    *acknowledged, _, lost = done.stdout.split()
    with open_recording(path) as recording:
        run = recording.run(0)
        spans = {span.name: span for span in run.spans()}
        for i in map(int, acknowledged):
            assert run.text(spans[f"t{i}"].bodies[c.TOOL_RESULT]) == f"{i} " * 3000
        assert "invoke_agent open" in spans
        if then == "freed":
            assert (lost, len(spans)) == ("0", 401)
        else:
            assert int(lost) > 100
            assert (recording.info.lost, run.info.status) == (int(lost), "ok")


def test_where_texts_have_no_room_what_happened_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full to the end: the last attempt is without texts."""
    write = Store.write

    def refuse(self: Store, rows: list[tuple[str, list[Any]]]) -> None:
        if sum(len(row[-1]) for table, of in rows if table == "bodies" for row in of) > 10_000:
            raise sqlite3.OperationalError("database or disk is full")
        write(self, rows)

    monkeypatch.setattr(Store, "write", refuse)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        for i in range(20):
            _say(recorder, f"t{i}", f"{i} " * 10_000)
    assert recorder.writer.lost == 0
    with open_recording(path) as recording:
        spans = recording.run(0).spans()
        assert {span.name for span in spans} == {f"t{i}" for i in range(20)}
        assert all(span.end_ns is not None for span in spans)
        text = recording.run(0).text(spans[0].bodies[c.TOOL_RESULT])
    assert text.startswith("(not recorded: 20,000 bytes")


def test_what_waits_for_a_disk_is_bounded_and_texts_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(disk_module, "BACKLOG", 1_000_000)
    write, refusing = Store.write, threading.Event()
    refusing.set()

    def refuse(self: Store, rows: object) -> None:
        if refusing.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        write(self, rows)  # type: ignore[arg-type]  as it came

    monkeypatch.setattr(Store, "write", refuse)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        heaviest = 0
        for i in range(100):
            _say(recorder, f"t{i}", f"{i} " * 10_000)
            recorder.flush(0.01)
            heaviest = max(heaviest, recorder.writer._disk._weight)
        while recorder.writer.intake.queue:
            recorder.flush(0.01)
        refusing.clear()
        assert recorder.flush()
        _say(recorder, "t0 again", "0 " * 10_000)
    assert heaviest < 3_000_000
    texts = _texts(path)
    assert recorder.writer.lost == 0
    assert len(texts) == 101
    kept = sum(text == f"{name[1:]} " * 10_000 for name, text in texts.items())
    assert 1 <= kept < 80
    assert texts["t0"].startswith("(not recorded: 20,000 bytes")
    assert texts["t0 again"] == "0 " * 10_000  # what was let go is not taken for stored
    assert capsys.readouterr().err.count("\n") == 1


# -- blocked -----------------------------------------------------------------------------------
@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Writing hangs until the event is set, as on a network disk that is away."""
    write, free = Store.write, threading.Event()

    def hang(self: Store, rows: object) -> None:
        free.wait()
        write(self, rows)  # type: ignore[arg-type]  as it came

    monkeypatch.setattr(Store, "write", hang)
    monkeypatch.setattr(intake_module, "STALL", 0.2)
    return free


def test_a_disk_that_does_not_answer_does_not_stop_the_program(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    blocked: threading.Event,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(intake_module, "LIMIT", 1_000)
    monkeypatch.setattr(intake_module, "MANY", 1_000)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("busy")
        hang = recorder.span(c.AGENT, "invoke_agent open", agent="a/default", parent=root)
        for i in range(20_000):
            recorder.span("custom", f"s{i}", parent=root).end()
        assert len(recorder.writer.intake.queue) < 1_100
        lost = recorder.writer.lost
        assert lost > 1_000
        blocked.set()
        assert recorder.flush() or recorder.flush()
        recorder.span("custom", "after", parent=root).end()
        hang.end()
        root.end()
    assert capsys.readouterr().err.count("does not answer") == 1
    with open_recording(path) as recording:
        spans = recording.run(0).spans()
        assert recording.info.lost == lost
        assert len(spans) + lost == 20_002
        assert all(span.end_ns is not None for span in spans)
        assert {"after", "invoke_agent open", "s0"} <= {span.name for span in spans}


def test_large_texts_that_wait_are_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocked: threading.Event
) -> None:
    monkeypatch.setattr(intake_module, "HEAVY", 1_000_000)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        for i in range(100):
            _say(recorder, f"t{i}", f"{i:03} " * 25_000)
        waiting = sum(
            len(body.data)  # type: ignore[union-attr]  only bodies are there
            for item in recorder.writer.intake.queue
            if not isinstance(item, threading.Event | Several)
            for body in (item.bodies or {}).values()
        )
        assert waiting < 4_000_000
        blocked.set()
    texts = _texts(path)
    assert len(texts) == 100
    assert texts["t0"] == "000 " * 25_000
    assert texts["t99"].startswith("099 099")
    assert texts["t99"].endswith("(cut: the disk does not answer)")


def test_another_process_that_locks_the_file_costs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        _say(recorder, "before", "x")
        assert recorder.flush()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        _say(recorder, "during", "x")
        assert not recorder.flush(0.2)
        other.execute("COMMIT")
        other.close()
        assert recorder.flush()
    assert set(_texts(path)) == {"before", "during"}
    assert "lost" not in capsys.readouterr().err


# -- other trouble -----------------------------------------------------------------------------
@pytest.mark.parametrize(("where", "size"), [("store", 1), ("refer", 10_000)])
def test_a_bug_of_ours_ends_the_recording_and_not_the_program(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
    size: int,
) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        _say(recorder, "before", "x")
        assert recorder.flush()

        def broken(self: Numbering, body: object) -> int:
            return 1 // 0

        monkeypatch.setattr(Numbering, where, broken)
        _say(recorder, "cause", "x" * size)
        assert not recorder.flush()
        for i in range(3):
            _say(recorder, f"after {i}", "x")
        assert not recorder.flush()
        assert recorder.writer.lost >= 3
    assert capsys.readouterr().err.count("by a bug of agentloupe: ZeroDivisionError") == 1
    monkeypatch.undo()
    assert set(_texts(path)) == {"before"}


@pytest.mark.parametrize("folder", ["/proc/self/loupe", "/proc"])
def test_a_folder_that_nobody_can_write_to(folder: str) -> None:
    with pytest.raises(StoreError, match=r"(?s)LP200 cannot write .*AGENTLOUPE_DIR"):
        Recorder(Path(folder) / "r.loupe")


def test_two_programs_record_into_one_folder(private_recordings_dir: Path) -> None:
    script = (
        "from agentloupe.tracer import record, conventions as c\n"
        "with record('same') as recorder:\n"
        "    for i in range(300):\n"
        "        with recorder.record(c.TOOL, f't{i}') as span:\n"
        "            span.body(c.TOOL_RESULT, 'x' * 1000)\n"
    )
    environment = {**os.environ, "AGENTLOUPE_KEEP": "1"}
    children = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for child in children:
        assert child.communicate(timeout=60)[1].count(b"cannot") == 0
        assert child.returncode == 0
    found = [*private_recordings_dir.glob("same-*.loupe")]
    assert 1 <= len(found) <= 4
    for path in found:
        with open_recording(path) as recording:
            assert recording.runs[0].spans == 300
