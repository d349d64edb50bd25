"""Real MCP servers, in Python and in JavaScript, over pipes and over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.model import Span

from ...cli.run.conftest import LOUPE
from ..cache import kept

HERE = Path(__file__).resolve().parent
PYTHON = (sys.executable, str(HERE / "server.py"))


@pytest.fixture(scope="session")
def node(in_ci: bool) -> tuple[str, ...]:
    """The command of the JavaScript server, beside its packages in the cache."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        (pytest.fail if in_ci else pytest.skip)(f"needs {' and '.join(missing)}")

    def install(target: Path) -> None:
        shutil.copy(HERE / "node" / "package.json", target)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    folder = kept("node-mcp-1.32", install)
    shutil.copy(HERE / "node" / "server.mjs", folder)
    return ("node", str(folder / "server.mjs"))


@contextmanager
def serving(command: tuple[str, ...], env: dict[str, str]) -> Iterator[str]:
    """An HTTP server at work: its URL."""
    with subprocess.Popen([*command, "http"], stdout=subprocess.PIPE, text=True, env=env) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/mcp"
        finally:
            server.kill()


@contextmanager
def receiving(path: Path) -> Iterator[str]:
    """`loupe serve` at work: the URL that it receives spans at."""
    command = [*LOUPE, "serve", "-o", str(path), "--port", "0", "--no-grpc", "--settle", "0.1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://\S+:\d+", server.stderr.readline())
            assert found is not None
            yield found.group()
        finally:
            server.terminate()
            assert server.stderr is not None
            server.stderr.read()


def recorded(path: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Run a program of this folder under `loupe run`; what it printed."""
    done = subprocess.run(
        [*LOUPE, "run", "--out", str(path), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def spans_of(path: Path) -> list[tuple[Span, Callable[[str], str]]]:
    """All spans with what reads their bodies."""
    found: list[tuple[Span, Callable[[str], str]]] = []
    with open_recording(path) as recording:
        for info in recording.runs:
            run = recording.run(info.number)
            spans = [span for _, spans in run.iter_turns() for span in spans]
            for span in [*spans, *run.loose_spans()]:
                texts = {key: run.text(ref) for key, ref in span.bodies.items()}
                found.append((span, texts.__getitem__))
    return found


def codes(path: Path) -> dict[str, Any]:
    judged = subprocess.run(
        [*LOUPE, "check", "--format", "json", str(path)], capture_output=True, text=True
    )
    report = json.loads(judged.stdout)
    return {f["code"]: f for run in report["runs"] for f in run["findings"]}


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_requests_are_recorded_and_the_servers_spans_join_the_run(
    language: str, transport: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    command = PYTHON if language == "python" else request.getfixturevalue("node")
    path, received = tmp_path / "clerk.loupe", tmp_path / "all.loupe"
    with receiving(received) as url:
        env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": url}
        program = ("--otlp", url, str(HERE / "program.py"))
        if transport == "stdio":
            said = recorded(path, *program, *command, "stdio", env=env)
        else:
            with serving(command, env) as server:
                said = recorded(path, *program, server, env=env)
    assert "It is 42" in said

    requests = [(span, text) for span, text in spans_of(path) if span.op == c.MCP]
    named = {span.name: (span, text) for span, text in requests}
    assert {"initialize", "tools/list", "tools/call add", "tools/call fail"} <= set(named)
    add, text = named["tools/call add"]
    assert json.loads(text(c.TOOL_ARGUMENTS)) == {"a": 40, "b": 2}
    assert "42" in text(c.TOOL_RESULT)
    assert add.attributes[c.TOOL_NAME] == "add"
    assert str(add.attributes[c.MCP_SERVER]).endswith("arithmetic")
    assert add.attributes[c.MCP_PROTOCOL]
    assert (c.MCP_SESSION in add.attributes) == (transport == "http")
    assert add.attributes[c.DEADLINE] == (20 if transport == "stdio" else 10)
    assert "no such table" in str(named["tools/call fail"][0].error)
    tools = {span.id for span, _ in spans_of(path) if span.op == c.TOOL}
    assert add.parent in tools

    # The server sent a span of its own: it is in the same run, below the request.
    servers = [
        span for span, _ in spans_of(received) if span.name == "tools/call add" and span.op != c.MCP
    ]
    assert [span.parent for span in servers] == [add.id]
    with open_recording(path) as ours, open_recording(received) as theirs:
        traces = {info.trace_id for info in ours.runs}
        assert theirs.runs[servers[0].run].trace_id in traces


def test_a_silent_server_is_named_with_its_deadline(tmp_path: Path) -> None:
    path = tmp_path / "silent.loupe"
    said = recorded(path, str(HERE / "troubles.py"), "silent", str(HERE / "server.py"))
    assert "Timed out" in said
    finding = codes(path)["EXTN001"]
    assert "'arithmetic' did not answer 'tools/list'" in finding["title"]
    assert finding["evidence"]["facts"]["deadline_seconds"] == 2


def test_resources_and_prompts_are_recorded_too(tmp_path: Path) -> None:
    path = tmp_path / "other.loupe"
    said = recorded(path, str(HERE / "troubles.py"), "other", str(HERE / "server.py"))
    assert "Say hello to Ada." in said
    named = {span.name: (span, text) for span, text in spans_of(path) if span.op == c.MCP}
    span, text = named["resources/read"]
    assert span.attributes[c.MCP_RESOURCE] == "notes://today"
    assert "buy milk" in text(c.TOOL_RESULT)
    _, text = named["prompts/get greet"]
    assert json.loads(text(c.TOOL_ARGUMENTS)) == {"name": "greet", "arguments": {"name": "Ada"}}
    assert {"resources/list", "prompts/list"} <= set(named)
    assert codes(path) == {}


def test_a_crashed_server_is_named(tmp_path: Path) -> None:
    path = tmp_path / "crash.loupe"
    recorded(path, str(HERE / "troubles.py"), "crash", str(HERE / "server.py"))
    assert "went away during 'tools/call crash'" in codes(path)["EXTN002"]["title"]


def test_a_call_that_cannot_be_cancelled_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cancel.loupe"
    said = recorded(path, str(HERE / "troubles.py"), "cancel", str(HERE / "server.py"))
    assert "answer: waited" in said
    assert "'tools/call wait' cannot be cancelled" in codes(path)["EXTN003"]["title"]
