"""A Node.js agent with the official JavaScript SDK and a Python one: one conversation, one run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

from ...cli.run.conftest import LOUPE
from ..cache import kept

PROGRAMS = Path(__file__).resolve().parents[3] / "fixtures" / "wire" / "make" / "node"


@pytest.fixture(scope="module")
def programs() -> Path:
    """Both programs beside their packages, in the cache."""

    def install(target: Path) -> None:
        shutil.copy(PROGRAMS / "package.json", target)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    folder = kept("node-otlp-0.200", install)
    for name in ("agent.mjs", "ask.py"):
        shutil.copy(PROGRAMS / name, folder)
    return folder


def test_one_conversation(programs: Path, tmp_path: Path) -> None:
    """The Python SDK sends protobuf, the JavaScript one JSON; the latter's agent is asked."""
    path = tmp_path / "cross.loupe"
    command = [*LOUPE, "serve", "-o", str(path), "--port", "0", "--no-grpc", "--settle", "0.1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            url = server.stderr.readline().split()[-1]
            env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": url}
            done = subprocess.run(
                [sys.executable, "ask.py"],
                cwd=programs,
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            server.send_signal(signal.SIGINT)
            _, told = server.communicate(timeout=60)
        finally:
            server.kill()
    assert "5 spans in 5 requests, 1 runs" in told
    with open_recording(path) as recording:
        (info,) = recording.runs
        run = recording.run(0)
        lanes = [
            (step.recipient, spans[0].attributes.get("service.name"))
            for step, spans in run.iter_turns()
        ]
        (tool,) = (span for span in run.spans() if span.op == c.TOOL)
        said = json.loads(run.text(tool.bodies[c.TOOL_ARGUMENTS]))
    assert (info.name, info.status, info.steps) == ("two languages", "ok", 3)
    assert lanes == [("asker", None), ("answerer", "node-agent"), ("asker", None)]
    assert (tool.step, tool.agent, said) == (1, "answerer", {"text": "How long is this?"})
