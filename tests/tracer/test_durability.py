"""What was acknowledged is on disk: through kill -9, forks, threads and a disk that refuses."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, store
from agentloupe.tracer.errors import RecordingError, StoreError
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.segment import Segment
from agentloupe.tracer.store import Store
from agentloupe.tracer.writer import INTERVAL

from .recordings import conversation, deliver

WRITES = """
import sys
from pathlib import Path
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import Recorder

recorder = Recorder(Path(sys.argv[1]), program="victim")
root = recorder.start_run("victim")
hang = recorder.span(c.AGENT, "invoke_agent stuck", agent="stuck", parent=root)
for i in range(1_000_000):
    span = recorder.span(c.TOOL, f"t{i}", parent=hang)
    span.body(c.TOOL_RESULT, f"result {i} " * 40)
    span.end()
    if i % 97 == 0:
        recorder.flush()
        print(i, flush=True)
"""


@pytest.mark.parametrize("trial", range(6))
def test_kill_nine_loses_nothing_acknowledged(tmp_path: Path, trial: int) -> None:
    path = tmp_path / "r.loupe"
    child = subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    acknowledged = -1
    for _ in range(random.Random(trial).randrange(2, 40)):
        acknowledged = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    assert child.wait(30) == -signal.SIGKILL
    if rest:
        acknowledged = int(rest[-1])
    with open_recording(path) as recording:
        run = recording.run(0)
        assert run.info.status == "killed"
        assert recording.info.ended_ns is None
        spans = {span.name: span for span in run.spans()}
        for i in range(acknowledged + 1):
            span = spans[f"t{i}"]
            assert span.end_ns is not None
            assert run.text(span.bodies[c.TOOL_RESULT]) == f"result {i} " * 40
        assert "invoke_agent stuck" in {span.name for span in run.open_spans()}


def test_open_spans_are_seen_while_the_program_runs(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("live")
        span = recorder.span(c.CHAT, "chat m", agent="a/default", parent=root)
        recorder.flush()
        with open_recording(path) as recording:
            run = recording.run(0)
            assert (run.info.status, [s.name for s in run.open_spans()]) == ("running", ["chat m"])
            span.end()
            recorder.flush()
            assert recording.refresh()
            assert not recording.refresh()
            assert recording.run(0).open_spans() == []
            root.end()
            recorder.flush()
            assert recording.refresh()
            assert recording.runs[0].status == "ok"


def test_a_forked_child_records_a_segment_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    script = tmp_path / "forks.py"
    script.write_text(
        "import os, sys\n"
        "from agentloupe.tracer import conventions as c\n"
        "from agentloupe.tracer.recording import start\n"
        "recorder = start(__import__('pathlib').Path(sys.argv[1]), name='parent')\n"
        "with recorder.record(c.TOOL, 'before'):\n"
        "    pid = os.fork()\n"
        "    with recorder.record(c.TOOL, 'child' if pid == 0 else 'parent'):\n        pass\n"
        "    if pid == 0:\n        recorder.close()\n        os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", str(script), str(path)], check=True, timeout=60)
    with open_recording(path) as recording:
        assert len(recording.segments) == 2
        names = [[s.name for s in recording.run(n).spans()] for n in range(2)]
        assert sorted(names) == [["before", "parent"], ["child"]]


def test_a_fork_is_not_warned_of_for_our_thread(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    script = tmp_path / "forks.py"
    script.write_text(
        "import os, sys\n"
        "from pathlib import Path\n"
        "from agentloupe.tracer import conventions as c\n"
        "from agentloupe.tracer.recording import start\n"
        "recorder = start(Path(sys.argv[1]), name='parent')\n"
        "for turn in range(5):\n"
        "    with recorder.record(c.TOOL, f'turn {turn}'):\n"
        "        pid = os.fork()\n"
        "        if pid == 0:\n            os._exit(0)\n"
        "        os.waitpid(pid, 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(path)],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    with open_recording(path) as recording:
        spans = recording.run(0).spans()
        assert [span.name for span in spans] == [f"turn {turn}" for turn in range(5)]
        assert all(span.end_ns for span in spans)
        assert recording.info.program == "parent"


def test_threads_record_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("threads")

        def work(number: int) -> None:
            for i in range(500):
                deliver(recorder, root, f"t{number}/default", "sink/default", {"i": i})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        root.end()
    with open_recording(path) as recording:
        assert len(recording.run(0).steps()) == 2_000
        assert len(recording.run(0).spans()) == recording.runs[0].spans == 4_000


def test_event_loops_at_once_have_runs_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:

        async def tool(name: str) -> None:
            with recorder.record(c.TOOL, name):
                await asyncio.sleep(0)

        async def work(number: int) -> None:
            root = recorder.start_run(f"loop {number}")
            with recorder.use(root):
                await asyncio.gather(*(tool(f"{number}.{i}") for i in range(50)))
            root.end()

        threads = [threading.Thread(target=asyncio.run, args=(work(n),)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with open_recording(path) as recording:
        assert {info.name for info in recording.runs} == {"loop 0", "loop 1", "loop 2"}
        for info in recording.runs:
            names = {span.name for span in recording.run(info.number).spans()}
            assert names == {f"{info.name[-1]}.{i}" for i in range(50)}


def test_a_burst_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("burst")
        for i in range(100_000):
            recorder.span("custom", f"s{i}", parent=root).end()
        root.end()
    with open_recording(path) as recording:
        assert recording.runs[0].spans == 100_000
        assert recording.info.lost == 0


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"(?s)LP200 cannot write .*AGENTLOUPE_DIR"):
        Recorder(tmp_path / "file" / "r.loupe")


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    conversation(tmp_path / "r.loupe", 1)
    with pytest.raises(StoreError, match="exists already"):
        Recorder(tmp_path / "r.loupe")
    with open_recording(tmp_path / "r.loupe") as recording:
        assert recording.runs[0].steps == 1


def _refusing(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    write = Store.write
    refused = [0]

    def refuse(self: Store, rows: object) -> None:
        if refused[0] < times:
            refused[0] += 1
            raise sqlite3.OperationalError("database or disk is full")
        write(self, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "write", refuse)
    return refused


def test_a_disk_that_refuses_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.loupe"
    _refusing(monkeypatch, 3)
    with Recorder(path) as recorder:
        root = recorder.start_run("full")
        for i in range(10):
            recorder.span("custom", f"s{i}", parent=root).end()
        assert recorder.flush()
        root.end()
    assert capsys.readouterr().err.count("disk is full") == 1
    with open_recording(path) as recording:
        assert len(recording.run(0).spans()) == 10
        assert recording.info.lost == 0


def test_a_disk_that_refuses_to_the_end_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _refusing(monkeypatch, 1 << 30)
    with Recorder(tmp_path / "r.loupe") as recorder:
        root = recorder.start_run("full")
        for i in range(10):
            recorder.span("custom", f"s{i}", parent=root).end()
    assert recorder.writer.lost == 10
    assert capsys.readouterr().err.count("cannot write to") == 1


def test_the_file_stands_alone_when_closed(tmp_path: Path) -> None:
    conversation(tmp_path / "r.loupe", 50)
    assert [file.name for file in tmp_path.iterdir()] == ["r.loupe"]
    (tmp_path / "r.loupe").chmod(0o400)
    os.chmod(tmp_path, 0o500)  # noqa: PTH101
    try:
        with open_recording(tmp_path / "r.loupe") as recording:
            assert len(recording.run(0).steps()) == 50
    finally:
        os.chmod(tmp_path, 0o700)  # noqa: PTH101


BURST = 1_100


def test_bursts_are_committed_whether_somebody_flushes_or_not(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "fast.loupe")
    root = recorder.start_run("fast")
    for burst in range(30):
        for _ in range(BURST):
            recorder.span("step", "fast", parent=root).end()
        if burst % 3:
            assert recorder.flush(10)
        else:
            deadline = time.monotonic() + 10
            while recorder.writer.written < (burst + 1) * BURST:
                assert time.monotonic() < deadline, "nobody commits it"
                time.sleep(INTERVAL / 10)
    root.end()
    recorder.close()
    with open_recording(recorder.path) as recording:
        assert recording.runs[0].spans == 30 * BURST
        assert recording.info.lost == 0


def test_a_file_is_a_recording_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows one that is only just made sees all of its tables, or no recording."""
    path = tmp_path / "r.loupe"
    looks: list[str] = []

    def look(_: str) -> None:
        try:
            Segment(path).close()
        except RecordingError as error:
            looks.append(error.what)
        else:
            looks.append("read")

    def watched(path: Path) -> sqlite3.Connection:
        db = create(path)
        db.set_trace_callback(look)  # before each statement
        return db

    create = store._create  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(store, "_create", watched)
    made = Store(path)
    assert "read" not in looks
    assert not any("no such table" in each for each in looks)
    made.write([("meta", [("pid", 1)])])
    made.close()
    assert looks[-1] == "read"
