"""Microsoft Agent Framework under `loupe run`: its own spans, with texts where they stay here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

from ..cache import environment

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).parent / "program.py"
SCRIPTED = ROOT / "tests" / "services" / "classic" / "programs"
PACKAGES = ("agent-framework-core==1.23.0", "agent-framework-openai==1.17.0")
OURS = ("msgspec", "opentelemetry-sdk", "psutil>=7.2", "setuptools>=77", "wrapt", "click")
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+\.\d+ ?s")


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with the framework and us."""
    found = environment("agent-framework-1.23", *PACKAGES, *OURS)
    pip = [str(found), "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--editable", str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


def run(python: Path, path: Path | None, *words: str) -> tuple[str, str]:
    command = [str(python), "-W", "ignore", str(PROGRAM), *words]
    if path is not None:
        loupe = [str(python), "-m", "agentloupe.cli.main", "run", "--out", str(path), "--"]
        command[:1] = loupe
    env = {**os.environ, "PYTHONPATH": str(SCRIPTED), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return VARYING.sub("…", done.stdout), done.stderr


def test_an_unchanged_program_with_its_texts(python: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.loupe"
    plain, _ = run(python, None)
    recorded, told = run(python, path)
    assert recorded == plain  # its log at DEBUG, too: no texts come into that
    assert "secret detail" not in plain
    assert len(told.splitlines()) == 1
    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        spans = [span for each in runs for span in each.spans()]
        by_op = {op: [s for s in spans if s.op == op] for op in (c.AGENT, c.CHAT, c.TOOL)}
        assert [len(found) for found in by_op.values()] == [4, 6, 2]
        adder = next(each for each in runs if each.info.name == "adder")
        turn = next(span for span in adder.spans() if span.op == c.AGENT)
        assert "Add 1 and 2." in adder.text(turn.bodies[c.INPUT_MESSAGES])
        assert "said after" in adder.text(turn.bodies[c.OUTPUT_MESSAGES])
        tool = next(span for span in adder.spans() if span.op == c.TOOL)
        assert tool.bodies[c.TOOL_ARGUMENTS]
        assert all(c.INPUT_MESSAGES in span.bodies for span in by_op[c.CHAT])


def test_a_provider_of_the_program_s_own_gets_what_it_gets(python: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.loupe"
    plain, _ = run(python, None, "own")
    recorded, told = run(python, path, "own")
    assert recorded == plain
    assert "chat gpt-4o" in plain
    assert "ENABLE_SENSITIVE_DATA=true records them" in told
    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        chats = [span for each in runs for span in each.spans() if span.op == c.CHAT]
        assert len(chats) == 6
        assert not any(c.INPUT_MESSAGES in span.bodies for span in chats)
