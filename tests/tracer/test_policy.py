"""What is kept of texts, and where that is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.bodies import Context, text
from agentloupe.tracer.errors import StoreError
from agentloupe.tracer.policy import FULL, Policy, PolicyError, parse, patterns, policy
from agentloupe.tracer.recorder import Recorder

SHORT = "buy at nine"
LONG = "the merger is called Falcon; " * 100_000  # 2.9 MB


def _say(recorder: Recorder) -> None:
    for words in (SHORT, LONG, SHORT, LONG):
        with recorder.record(c.TOOL, "t") as span:
            span.body(c.TOOL_RESULT, words)
            span.body(c.INPUT_MESSAGES, Context("a", [text("be brief " * 50), text(words)]))


def _recorded(path: Path, bodies: str | None) -> list[tuple[str, int, str]]:
    """Text, size and request of each span."""
    with record(path=path, bodies=bodies) as recorder:
        _say(recorder)
    with open_recording(path) as recording:
        run = recording.run(0)
        assert recording.info.bodies == str(bodies or "capped").partition(":")[0]
        return [
            (
                run.text(span.bodies[c.TOOL_RESULT]),
                run.size(span.bodies[c.TOOL_RESULT]),
                run.text(span.bodies[c.INPUT_MESSAGES]),
            )
            for span in run.spans()
        ]


def test_full(tmp_path: Path) -> None:
    assert [each[0] for each in _recorded(tmp_path / "r.loupe", "full")] == [SHORT, LONG] * 2


def test_capped_keeps_the_beginning_and_the_size(tmp_path: Path) -> None:
    for bodies, cap in ((None, 1 << 20), ("capped:1K", 1024), ("capped:3", 256)):
        told = _recorded(tmp_path / f"{cap}.loupe", bodies)
        assert [each[0] for each in told] == [SHORT, LONG[:cap]] * 2
        assert [each[1] for each in told] == [len(SHORT), len(LONG)] * 2


@pytest.mark.parametrize("bodies", ["hash", "none"])
def test_nothing_of_the_text_is_in_the_files(tmp_path: Path, bodies: str) -> None:
    path = tmp_path / "r.loupe"
    told = _recorded(path, bodies)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for words in (b"nine", b"Falcon", b"merger", b"be brief"):
        assert words not in files
    assert [each[1] for each in told] == [len(SHORT), len(LONG)] * 2
    assert told[0][0] == told[2][0] != told[1][0] == told[3][0]
    assert f"{len(LONG):,} bytes" in told[1][0]
    assert told[0][2] == told[2][2]


def test_a_hash_is_the_same_in_every_recording(tmp_path: Path) -> None:
    first, second = (_recorded(tmp_path / f"{n}.loupe", "hash") for n in range(2))
    assert first == second
    assert "hash " in first[0][0]
    assert "hash" not in _recorded(tmp_path / "none.loupe", "none")[0][0]


def test_where_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert policy() == Policy("capped", 1 << 20)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.agentloupe]\nbodies = "hash"\nmask = ["ACME-[0-9]+"]\n'
    )
    inner = tmp_path / "src"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert policy().keep == "hash"
    monkeypatch.setenv("AGENTLOUPE_BODIES", "capped:2M")
    assert policy() == Policy("capped", 2 << 20)
    assert policy("full") == Policy("full", FULL)
    monkeypatch.setenv("AGENTLOUPE_MASK", "one\ntwo")
    assert patterns() == ["one", "two", "ACME-[0-9]+"]


@pytest.mark.parametrize("bodies", ["everything", "capped:lots", "hash:7", ":", "none:1"])
def test_a_policy_that_is_none_records_nothing(tmp_path: Path, bodies: str) -> None:
    with pytest.raises(PolicyError, match=r"(?s)LP201 .*capped:64K"):
        record(path=tmp_path / "r.loupe", bodies=bodies).__enter__()
    assert not (tmp_path / "r.loupe").exists()
    with pytest.raises(StoreError):
        parse(bodies)


def test_a_pattern_that_is_none_records_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTLOUPE_MASK", "fine\n(unclosed")
    with pytest.raises(PolicyError, match=r"'\(unclosed' is no regular expression"):
        Recorder(tmp_path / "r.loupe")
    assert not (tmp_path / "r.loupe").exists()


def test_patterns_of_one_s_own_are_masked_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTLOUPE_MASK", "(?i)falcon")
    path = tmp_path / "r.loupe"
    with Recorder(path, program="x", argv=("--for", "Falcon")) as recorder:
        with recorder.record(c.TOOL, "t") as span:
            span.body(c.TOOL_RESULT, LONG)
            span.body(c.TOOL_ARGUMENTS, "of Falcon")
            span.set("note", "the falcon flies")
            span.set("notes", ("one falcon here", "two FALCON there"))
            span.set("map", {"k": "a falcon in a map"})
    assert b"falcon" not in path.read_bytes().lower()


def test_a_secret_across_the_cap_is_not_half_kept(tmp_path: Path) -> None:
    secret = "sk-" + "A1b2C3d4E5f6G7h8" * 3
    with record(path=tmp_path / "r.loupe", bodies="capped:1K") as recorder:
        with recorder.record(c.TOOL, "t") as span:
            span.body(c.TOOL_RESULT, "x " * 506 + secret)
    assert b"A1b2" not in (tmp_path / "r.loupe").read_bytes()


def test_no_file_is_for_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Recorder(tmp_path / "new" / "r.loupe") as recorder:
            with recorder.record(c.TOOL, "t"):
                recorder.flush()
            files = [*(tmp_path / "new").iterdir()]
            modes = {file.name: file.stat().st_mode & 0o777 for file in files}
    finally:
        os.umask(before)
    assert modes == {"r.loupe": 0o600, "r.loupe-wal": 0o600, "r.loupe-shm": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
