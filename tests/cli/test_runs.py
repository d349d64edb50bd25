"""`loupe runs`."""

from __future__ import annotations

import os
from pathlib import Path


def test_the_listing(loupe, record, golden) -> None:
    record("desk")
    done = loupe("runs")
    assert (done.code, done.err) == (0, "")
    golden("desk.runs.txt", done.out)


def test_newest_first(loupe, record, private_recordings_dir: Path) -> None:
    for name, age in (("old", 20), ("new", 10)):
        path = record({"program": name, "runs": [{"name": name, "trace_id": "aa" * 16}]})
        stamp = 1_772_000_000 - age
        os.utime(path, (stamp, stamp))
    shown = loupe("runs").out.splitlines()
    assert [line.split("#")[0] for line in shown[1:]] == ["new", "old"]
    told = loupe("runs", "--json").json
    assert [each["program"] for each in told["recordings"]] == ["new", "old"]


def test_the_document(loupe, record, valid) -> None:
    path = record("desk")
    told = loupe("runs", "--json").json
    valid("runs", told)
    [recording] = told["recordings"]
    assert (recording["path"], recording["exit_code"], recording["signal"]) == (str(path), 1, None)
    assert recording["created"] == "2026-03-02T10:00:00.000000Z"
    first, second = recording["runs"]
    assert (first["selector"], first["status"], first["steps"]) == ("desk#0", "error", 4)
    assert (first["input_tokens"], first["output_tokens"], first["unknown_tokens"]) == (40, 7, 1)
    assert (first["peak_rss"], second["peak_rss"]) == (115343360, None)
    assert [agent["name"] for agent in first["agents"]] == ["coder", "critic"]
    assert (second["status"], second["error"], second["seconds"]) == (
        "cancelled",
        "the program ended first",
        None,
    )


def test_a_killed_program(loupe, record) -> None:
    told = {"program": "p", "ended": False, "signal": 9, "runs": []}
    record(told)
    assert "p (killed by SIGKILL)" in loupe("runs").out


def test_an_empty_recording_is_listed(loupe, record) -> None:
    record({"program": "idle", "exit_code": 0, "runs": []})
    line = loupe("runs").out.splitlines()[1]
    assert line.split("  ")[0] == "idle"
    assert "no runs" in line
    assert line.endswith("idle (exit 0)")


def test_a_file_or_folder_can_be_named(loupe, record, tmp_path: Path) -> None:
    other = tmp_path / "other"
    path = record("desk", other / "there.loupe")
    for place in (other, path):
        rows = loupe("runs", place).out.splitlines()[1:]
        assert [row.split()[0] for row in rows] == [f"{path}#1", f"{path}#0"]


def test_a_run_can_be_named_as_everywhere_else(loupe, record) -> None:
    record("desk")
    assert [row.split()[0] for row in loupe("runs", "@last").out.splitlines()[1:]] == [
        "desk#1",
        "desk#0",
    ]


def test_nothing_recorded_yet(loupe) -> None:
    done = loupe("runs")
    assert (done.code, done.out) == (0, "")
    assert "loupe run app.py" in done.err
    assert loupe("runs", "--json").json == {"schema": 1, "recordings": []}


def test_what_is_no_recording(loupe, record, private_recordings_dir: Path) -> None:
    record("desk")
    junk = private_recordings_dir / "junk.loupe"
    junk.write_text("hello")
    done = loupe("runs")
    assert done.code == 0
    assert "desk#0" in done.out
    assert "passed over: LP101" in done.err
    assert "junk.loupe" in done.err
    named = loupe("runs", junk)
    assert (named.code, named.out) == (2, "")
    assert loupe("runs", "nowhere").code == 2


def test_names_from_a_recording_cannot_steer_the_terminal(loupe, record) -> None:
    evil = "\x1b]52;c;aGk=\x07 \u202e"
    record({"program": "p", "argv": [evil], "runs": [{"name": evil, "trace_id": "aa" * 16}]})
    for arguments in (("runs",), ("show", "p"), ("runs", "--json")):
        out = loupe(*arguments).out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_where_something_was_said(loupe, record, valid) -> None:
    record("desk")
    told = loupe("runs", "--text", "nothing-like-this", "--json").json
    assert told["matches"] == []
    said = loupe("show", "desk#0@1", "--json").json
    word = next(w for w in str(said).replace("'", " ").split() if w.isalpha() and len(w) > 8)
    told = loupe("runs", "--text", word.upper(), "--json").json
    valid("matches", told)
    [*_, match] = told["matches"]
    assert match["selector"].startswith("desk#")
    shown = loupe("runs", "--text", word).out.splitlines()
    assert shown[0].split() == ["RUN", "STARTED", "STATUS", "STEPS", "NAME", "TEXT"]
    assert match["selector"] in shown[-1]
    named = loupe("runs", "desk", "--text", word, "--json").json
    assert {each["run"] for each in named["matches"]} == {each["run"] for each in told["matches"]}
    assert "nothing of that was said" in loupe("runs", "--text", "nothing-like-this").err
