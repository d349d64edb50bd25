"""AG2 from 1.0 on under `loupe run`: by its own telemetry, which the program need not ask for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

from ..cache import environment

pytestmark = pytest.mark.timeout(900)  # the first test installs it

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).parent / "program.py"
SCRIPTED = ROOT / "fixtures" / "wire" / "make"
OURS = ("msgspec", "opentelemetry-sdk", "psutil>=7.2", "setuptools>=77", "wrapt", "click")
PROVIDER = "from opentelemetry import trace; from opentelemetry.sdk.trace import TracerProvider; "


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with the framework and us."""
    found = environment("ag2-1.2", "ag2[openai]==1.2.1", *OURS)
    pip = [str(found), "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--editable", str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


def run(python: Path, path: Path | None, program: str | Path = PROGRAM) -> tuple[str, str]:
    loupe = () if path is None else ("-m", "agentloupe.cli.main", "run", "--out", str(path), "--")
    env = {**os.environ, "PYTHONPATH": str(SCRIPTED), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-W", "ignore", *loupe, str(program)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_an_unchanged_program(python: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.loupe"
    plain, _ = run(python, None)
    assert run(python, path)[0] == plain != ""
    with open_recording(path) as recording:
        [info] = recording.runs
        assert (info.name, info.status, info.chats, info.tools) == ("adder", "ok", 2, 1)
        assert (info.input_tokens, info.output_tokens) == (84, 14)
        spans = recording.run(0).spans()
        [tool] = [span for span in spans if span.op == c.TOOL]
        texts = [recording.run(0).text(body) for span in spans for body in span.bodies.values()]
    assert tool.attributes[c.TOOL_NAME] == "add"
    assert any("Add 1 and 2." in text for text in texts)


def test_a_program_with_a_provider_decides_itself(python: Path, tmp_path: Path) -> None:
    """What its exporters get stays as it is; a notice says what would record more."""
    program = tmp_path / "provided.py"
    program.write_text(
        f"{PROVIDER}trace.set_tracer_provider(TracerProvider())\n"
        f"exec(compile(open({str(PROGRAM)!r}).read(), 'program.py', 'exec'))\n"
    )
    _, said = run(python, tmp_path / "run.loupe", program)
    assert said.count("TelemetryMiddleware(agent_name=…)") == 1
