"""`loupe import` and `loupe export`."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentloupe.cli.markdown import escaped
from agentloupe.tracer import open_recording
from agentloupe.tracer.locate import recordings
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.sequence import label

from ..tracer.wire.receivers import answering

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "wire" / "otlp"
REPORT = FIXTURES / "report.json"


def test_import_makes_a_recording_of_the_project(loupe: Callable[..., Any]) -> None:
    done = loupe("import", REPORT)
    (path,) = recordings()
    assert (done.code, done.out) == (0, f"{path}\n")
    assert path.name.startswith("report-")
    with open_recording(path) as recording:
        assert recording.runs[0].steps == 2


def test_import_goes_on_after_a_file_that_is_none(
    loupe: Callable[..., Any], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}", "utf-8")
    done = loupe("import", bad, REPORT)
    assert done.code == 2
    assert "bad.json" in done.err
    assert len(done.out.splitlines()) == len(recordings()) == 1


def test_import_never_overwrites(loupe: Callable[..., Any], tmp_path: Path) -> None:
    target = tmp_path / "mine.loupe"
    assert loupe("import", REPORT, "-o", target).code == 0
    again = loupe("import", REPORT, "-o", target)
    assert again.code == 2
    assert "exists already" in again.err
    assert loupe("import", REPORT, REPORT, "-o", target).code == 2


@pytest.mark.parametrize(("name", "kind"), [("x.json", "otlp-json"), ("x.pb", "otlp")])
def test_export_by_the_files_name_and_back(
    loupe: Callable[..., Any], tmp_path: Path, name: str, kind: str
) -> None:
    done = loupe("export", REPORT, "-o", tmp_path / name)
    assert done.code == 0
    assert "6 spans" in done.err
    assert loupe("export", REPORT, "-o", tmp_path / "same", "--format", kind).code == 0
    assert (tmp_path / name).read_bytes() == (tmp_path / "same").read_bytes()
    zipped = tmp_path / "x.gz"
    zipped.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    for path in (tmp_path / name, zipped):
        with open_any(path) as recording:
            assert [step.recipient for step in recording.run(0).iter_steps()] == [
                "writer",
                "critic",
            ]


def test_export_to_stdout_holds_bodies_only_when_asked(loupe: Callable[..., Any]) -> None:
    without, bodies = loupe("export", REPORT), loupe("export", REPORT, "--bodies")
    assert json.loads(without.out)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert "A first draft." not in without.out
    assert "A first draft." in bodies.out


def test_what_is_no_file_is_written_to(loupe: Callable[..., Any], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    assert loupe("export", REPORT, "--out", pipe).code == 0
    reader.join()
    assert json.loads(got[0])["resourceSpans"]
    assert pipe.is_fifo()


def test_a_link_stays_one(loupe: Callable[..., Any], tmp_path: Path) -> None:
    link, file = tmp_path / "link.json", tmp_path / "file.json"
    link.symlink_to(file)
    assert loupe("export", REPORT, "--out", link).code == 0
    assert link.is_symlink()
    assert json.loads(file.read_bytes())["resourceSpans"]


def test_protobuf_does_not_go_to_stdout(loupe: Callable[..., Any]) -> None:
    done = loupe("export", REPORT, "--format", "otlp")
    assert (done.code, done.out) == (2, "")
    assert "--out" in done.err


def test_a_sequence_diagram(loupe: Callable[..., Any], tmp_path: Path) -> None:
    done = loupe("export", REPORT, "-o", tmp_path / "d.mmd")
    assert done.code == 0
    assert (tmp_path / "d.mmd").read_text("utf-8") == (FIXTURES / "report.mmd").read_text("utf-8")


def test_a_report(loupe: Callable[..., Any], tmp_path: Path) -> None:
    assert loupe("export", REPORT, "-o", tmp_path / "r.md").code == 0
    text = (tmp_path / "r.md").read_text("utf-8").replace(str(REPORT), "report.json")
    assert text == (FIXTURES / "report.md").read_text("utf-8")


def test_names_are_text_and_nothing_else() -> None:
    assert label("a;b<c>#&\x1b") == "a#59;b#lt;c#gt;#35;#amp;\\e"
    assert len(label("x" * 500)) == 60
    assert escaped("a|b\n`c` <i> [x](y)") == r"a\|b\\n\`c\` \<i\> \[x\](y)"


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_ctrl_c_ends_the_sending(loupe: Callable[..., Any], protocol: str) -> None:
    """To a receiver that takes the request and says nothing."""

    def interrupt(client: socket.socket, over: threading.Event) -> None:
        client.recv(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        over.wait(60)

    with answering(interrupt) as place:
        url = f"{protocol}://{place}"
        done = loupe("export", REPORT, "--otlp", url)
    assert done.code == 130
    assert f"0 spans sent to {url}, stopped by Ctrl-C" in done.err


def test_sending_to_nobody_says_what_was_lost(
    loupe: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentloupe.tracer.wire.sending.ATTEMPTS", 1)
    done = loupe("export", REPORT, "--otlp", "http://127.0.0.1:9")
    assert done.code == 2
    assert "0 spans sent to http://127.0.0.1:9, 6 lost" in done.err
    assert loupe("export", REPORT, "--otlp", "ftp://x").code == 2
    assert loupe("export", REPORT, "--otlp", "http://x", "-o", "y").code == 2
