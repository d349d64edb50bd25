"""Whatever a recording says, no command hands it to the terminal as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import Recorder

EVIL = "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\u202egnp\u2066\u200f\x00\x08\r\x7f<b>[/red]"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

COMMANDS = (
    ("runs",),
    ("runs", "--json"),
    ("runs", "--text", "hidden"),
    ("runs", "--text", "hidden", "--json"),
    ("show", "evil"),
    ("show", "evil", "--plain"),
    ("show", "evil", "--spans"),
    ("show", "evil", "--waits"),
    ("show", "evil", "--memory"),
    ("show", "evil", "--tools"),
    ("show", "evil", "--steps", "0..3"),
    ("show", "evil@0"),
    ("show", "evil@1", "--json"),
    ("check", "evil"),
    ("check", "evil", "--format", "json"),
    ("check", "evil", "--format", "github"),
    ("diff", "evil", "evil"),
    ("prune", "--dry-run", "--keep", "0"),
)


@pytest.fixture
def evil(private_recordings_dir: Path) -> Path:
    path = private_recordings_dir / "evil.loupe"
    with Recorder(path, program=f"p{EVIL}", argv=(EVIL, f"--x={EVIL}")) as recorder:
        root = recorder.start_run(f"run {EVIL}")
        root.body("task", f"do {EVIL}")
        with recorder.use(root):
            for turn in range(4):
                agent = f"a{EVIL}/k{EVIL}"
                with recorder.record(c.AGENT, f"invoke_agent {EVIL}", agent=agent) as span:
                    span.body(c.INPUT_MESSAGES, {"text": f"hidden {EVIL}", EVIL: EVIL})
                    span.body(c.OUTPUT_MESSAGES, f"hidden {EVIL}\n{EVIL} {turn}")
                    with recorder.record(c.TOOL, f"execute_tool {EVIL}") as tool:
                        tool.set(c.TOOL_NAME, f"tool{EVIL}")
                        tool.set(EVIL, EVIL)
                        tool.body(c.TOOL_ARGUMENTS, {EVIL: EVIL})
                        tool.body(c.TOOL_RESULT, EVIL)
                    with (
                        pytest.raises(ValueError, match="b"),
                        recorder.record(c.CHAT, f"chat {EVIL}") as chat,
                    ):
                        chat.event(EVIL, {EVIL: EVIL})
                        raise ValueError(EVIL)
            recorder.span(c.CHAT, f"chat {EVIL}", agent=f"a{EVIL}/k")
        recorder.flush()
        root.fail(RuntimeError(EVIL))
        root.end()
    return path


def test_nothing_steers_the_terminal(loupe, evil: Path) -> None:
    for words in COMMANDS:
        done = loupe(*words)
        assert done.code in (0, 1), (words, done.err)
        for text in (done.out, done.err):
            assert RAW.search(text) is None, words
        assert "Traceback" not in done.err
        if words[0] == "runs":
            assert "evil#0" in done.out


@pytest.mark.parametrize("shape", ["mermaid", "markdown"])
def test_nor_what_is_exported(loupe, evil: Path, tmp_path: Path, shape: str) -> None:
    out = tmp_path / "out.txt"
    done = loupe("export", "evil", "--format", shape, "--out", out)
    assert done.code == 0, done.err
    assert RAW.search(out.read_text("utf-8")) is None
