"""`loupe run --otlp`: sent while the program runs, whatever becomes of it or of the receiver."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ...tracer.wire.receivers import HALF_DEAD, answering, receiving
from .conftest import APPS, Programs

WAITING = """
import sys, time
from pathlib import Path
from agentloupe.tracer.recorder import active

recorder = active()
with recorder.record("invoke_agent", "invoke_agent one", agent="one"):
    pass
recorder.flush()
told = Path(sys.argv[1])
for _ in range(6000):
    if told.exists():
        break
    time.sleep(0.01)
recorder.span("chat", "chat m", agent="two")
recorder.flush()
print("done", flush=True)
if sys.argv[2:]:
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "waiting.py"
    path.write_text(WAITING, "utf-8")
    return path


def named(spans: list[Span]) -> list[str]:
    return sorted(span.name for span in spans if "sample" not in span.name)


def test_it_arrives_while_the_program_runs_and_what_a_kill_left(
    programs: Programs, app: Path, tmp_path: Path
) -> None:
    path, mark = programs.fresh(), tmp_path / "mark"
    with receiving() as receiver:
        command = programs.command(path, [str(app), str(mark), "kill"], ["--otlp", receiver.url])
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=programs.env
        ) as process:
            deadline = time.monotonic() + 60
            while not receiver.spans:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert named(receiver.spans) == ["invoke_agent one"]
            mark.touch()
            _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGKILL
    assert named(receiver.spans) == ["chat m", "invoke_agent one", "invoke_workflow waiting"]
    assert f"agentloupe: {len(receiver.spans)} spans sent to {receiver.url}" in err


def test_a_receiver_that_hangs_does_not_hold_the_program(
    programs: Programs, app: Path, tmp_path: Path
) -> None:
    """The receiver answers only once the program has said that it is done."""
    path, mark = programs.fresh(), tmp_path / "mark"
    with receiving() as receiver:
        receiver.gate.clear()
        mark.touch()
        command = programs.command(path, [str(app), str(mark)], ["--otlp", receiver.url])
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=programs.env
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n"
            receiver.gate.set()
            _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f" spans sent to {receiver.url}" in err


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("kind", ["takes it and says nothing", "says an hour", "drips headers"])
def test_a_half_dead_receiver_does_not_hold_the_end(
    programs: Programs, app: Path, tmp_path: Path, kind: str, protocol: str
) -> None:
    mark = tmp_path / "mark"
    mark.touch()
    env = {"OTEL_EXPORTER_OTLP_TIMEOUT": "0.3"}
    with answering(HALF_DEAD[kind]) as place:
        options = ["--otlp", f"{protocol}://{place}", "--otlp-wait", "0"]
        done = programs.loupe(str(app), str(mark), options=options, env=env)
    assert (done.code, done.out) == (0, "done\n")
    with done.recording() as recording:
        lost, sent = recording.info.otlp_lost, recording.info.otlp_sent
    assert sent == 0
    assert lost is not None
    assert lost >= 3
    assert f"agentloupe: 0 spans sent to {protocol}://{place}, {lost} not: " in done.err


def test_a_team_with_nobody_there(programs: Programs) -> None:
    with receiving() as gone:
        url = gone.url
    words = (str(APPS / "many.py"), "3", "in_turn")
    plain = programs.plain(*words)
    done = programs.loupe(*words, options=["--otlp", url])
    assert (done.code, done.out) == (plain.code, plain.out)
    with done.recording() as recording:
        sent, lost = recording.info.otlp_sent, recording.info.otlp_lost
        spans = sum(info.spans for info in recording.runs)
    assert sent == 0
    assert lost is not None
    assert lost > spans > 10
    assert f"agentloupe: 0 spans sent to {url}, {lost:,} not: " in done.err


def test_what_cannot_be_sent_to_is_said_before_the_program_starts(programs: Programs) -> None:
    done = programs.loupe("x.py", options=["--otlp", "ftp://x"])
    assert (done.code, done.out) == (2, "")
    assert "LP112 'ftp://x' is no OTLP address" in done.err
    done = programs.loupe("x.py", options=["--otlp", "http://x", "--otlp-header", "novalue"])
    assert (done.code, "'novalue' is not NAME=VALUE" in done.err) == (2, True)
    assert not done.path.exists()
