"""A backend that others wrote receives everything, and shows who called whom."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import Recording, open_recording
from agentloupe.tracer import conventions as c
from agentloupe.tracer.reader import Run
from agentloupe.tracer.wire import own
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.outgoing import Options, spans_out

from ...cli.run.conftest import APPS, LOUPE
from ...cli.run.server import scripted
from .backend import Phoenix, phoenix

pytestmark = pytest.mark.timeout(900)  # the first test installs it

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "wire" / "dialects"
Spans = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phoenix]:
    with phoenix(tmp_path_factory.mktemp("phoenix")) as made:
        yield made


def loupe(*words: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LOUPE, *words],
        cwd=APPS,
        env={**os.environ, "AGENTLOUPE_DIR": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def address(backend: Phoenix, protocol: str) -> str:
    return backend.http if protocol == "http" else backend.grpc


def sent(text: str) -> int:
    """What our side says it sent; nothing may be lost."""
    found = re.search(r"([\d,]+) spans sent to (\S+?)(?P<lost>, [\d,]+ not)?$", text, re.MULTILINE)
    assert found is not None, text
    assert found["lost"] is None, text
    return int(found[1].replace(",", ""))


def by_id(spans: list[dict[str, Any]]) -> Spans:
    found = {span["context"]["span_id"]: span for span in spans}
    assert len(found) == len(spans)
    return found


def attribute(span: dict[str, Any], key: str) -> Any:
    return span["attributes"].get(key)


def depth(spans: Spans, span: dict[str, Any]) -> int:
    parent = spans.get(span["parent_id"] or "")
    return 1 if parent is None else 1 + depth(spans, parent)


def edges_read_back(spans: Spans) -> Counter[tuple[str, str]]:
    """Who made whom handle a message, by nothing but the parents that the backend has."""
    found: Counter[tuple[str, str]] = Counter()
    for span in spans.values():
        if attribute(span, own.OP) != c.PROCESS:
            continue
        at = spans.get(span["parent_id"] or "")
        while at is not None and attribute(at, own.OP) != c.PROCESS:
            at = spans.get(at["parent_id"] or "")
        caller = "" if at is None else attribute(at, own.AGENT)
        found[caller, attribute(span, own.AGENT)] += 1
    return found


def edges_recorded(run: Run) -> Counter[tuple[str, str]]:
    """The same by what was recorded: the step in which the message was posted."""
    handler = {step.index: step.recipient for step in run.iter_steps()}
    posted = {span.id: span.step for span in run.spans()}
    found: Counter[tuple[str, str]] = Counter()
    for step, spans in run.iter_turns():
        if step.kind == "call":  # outside of any delivery: nobody posted it
            continue
        (link,) = (link for link in spans[0].links if link.kind == "message")
        cause = posted[link.span_id]
        found["" if cause is None else handler[cause], spans[0].agent] += 1
    return found


def checked(recording: Recording, backend: Phoenix, count: int) -> None:
    """All arrived, each run is one trace with one root, and the tree is the recording's."""
    traces = [info.trace_id for info in recording.runs]
    spans = by_id(backend.settled(count, traces))
    assert len(spans) == count
    for info in recording.runs:
        mine = {k: s for k, s in spans.items() if s["context"]["trace_id"] == info.trace_id}
        roots = [span for span in mine.values() if span["parent_id"] not in mine]
        assert [span["name"] for span in roots] == [f"invoke_workflow {info.name}"]
        assert max(depth(mine, span) for span in mine.values()) > 2
        run = recording.run(info.number)
        assert edges_read_back(mine) == edges_recorded(run)
        assert sum(attribute(s, own.BOUNDARY) is True for s in mine.values()) == info.steps


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_teams_while_they_run(backend: Phoenix, tmp_path: Path, protocol: str) -> None:
    """Every kind of team in one program; what was sent is what is read back."""
    path = tmp_path / "teams.loupe"
    with scripted(json.loads((APPS / "teams.json").read_text())) as (url, _):
        options = ["--out", str(path), "--otlp", address(backend, protocol)]
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        done = loupe("run", *options, "teams.py", folder=tmp_path, **env)
    assert done.returncode == 0, done.stderr
    count = sent(done.stderr)
    with open_recording(path) as recording:
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (count, 0)
        assert len(recording.runs) >= 7
        assert count >= sum(info.spans for info in recording.runs) > 200
        checked(recording, backend, count)
    said = json.dumps(backend.spans([info.trace_id for info in recording.runs]))
    assert "It is 42." not in said, "bodies were sent that nobody asked for"


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_several_processes_in_one_run(backend: Phoenix, tmp_path: Path, protocol: str) -> None:
    """A team's tool asks another service, whose team has a part in the run: one trace, one root."""
    path = tmp_path / "two.loupe"
    done = loupe("run", "--out", str(path), "two_services.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    done = loupe("export", str(path), "--otlp", address(backend, protocol), folder=tmp_path)
    assert sent(done.stderr) > 30
    with open_recording(path) as recording:
        [info] = [info for info in recording.runs if info.steps]
        run = recording.run(info.number)
        wanted = {f"{span.id:016x}" for span in run.spans()}
        spans = by_id(backend.holding(wanted, [info.trace_id]))
        roots = [span for span in spans.values() if span["parent_id"] not in spans]
        assert [span["name"] for span in roots] == [f"invoke_workflow {info.name}"]
        assert wanted <= set(spans)
        assert {str(attribute(span, own.AGENT)).partition("_")[0] for span in spans.values()} >= {
            "asker",
            "teller",
        }
        [turn] = [span for span in spans.values() if span["name"] == "invoke_agent teller"]
        above = []
        while turn["parent_id"] in spans:
            turn = spans[turn["parent_id"]]
            above.append(turn["name"])
    assert above.index("POST /ask") < above.index("execute_tool ask") < len(above) - 1


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_several_processes_while_they_run(backend: Phoenix, tmp_path: Path, protocol: str) -> None:
    """The same sent as it happens, by each process's own spans: what the client asks, and what its
    clients ask, goes to another process each; that is one trace, and a tree."""
    path = tmp_path / "live.loupe"
    options = ["--out", str(path), "--otlp", address(backend, protocol)]
    done = loupe("run", *options, "two_services.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    count = sent(done.stderr)
    with open_recording(path) as recording:
        assert len(recording.segments) == 2
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (count, 0)
        runs = [recording.run(info.number) for info in recording.runs]
        traces = [run.info.trace_id for run in runs]
        [asked] = [run for run in runs if run.info.steps]
        mine = {f"{span.id:016x}": span for span in asked.spans()}
    found = backend.settled(count, traces)
    assert len(by_id(found)) == count
    spans = {
        k: s for k, s in by_id(found).items() if s["context"]["trace_id"] == asked.info.trace_id
    }
    assert set(mine) <= set(spans)
    roots = [span for span in spans.values() if span["parent_id"] not in spans]
    assert [span["name"] for span in roots] == [f"invoke_workflow {asked.info.name}"]
    [turn] = [span for span in spans.values() if span["name"] == "invoke_agent teller"]
    above = []
    while turn["parent_id"] in spans:
        turn = spans[turn["parent_id"]]
        above.append(turn["name"])
    assert above.index("POST /ask") < above.index("execute_tool ask") < len(above) - 1


def imported(name: str, folder: Path) -> Path:
    path = folder / f"{name}.loupe"
    made = loupe("import", str(FIXTURES / f"{name}.json"), "-o", str(path), folder=folder)
    assert made.returncode == 0, made.stderr
    return path


@pytest.mark.parametrize(("protocol", "name"), [("http", "autogen"), ("grpc", "autogen-twice")])
def test_what_another_telemetry_told(
    backend: Phoenix, tmp_path: Path, protocol: str, name: str
) -> None:
    """AutoGen's own telemetry makes dozens of traces of a team's run; it is sent as one."""
    path = imported(name, tmp_path)
    target = address(backend, protocol)
    done = loupe("export", str(path), "--otlp", target, "--bodies", folder=tmp_path)
    with open_any(path) as recording:
        checked(recording, backend, sent(done.stderr))


@pytest.mark.parametrize(
    ("protocol", "name"), [("http", "autogen-swarm"), ("grpc", "autogen-error")]
)
def test_in_parts(backend: Phoenix, tmp_path: Path, protocol: str, name: str) -> None:
    path = imported(name, tmp_path)
    target = address(backend, protocol)
    done = loupe("export", str(path), "--otlp", target, "--otlp-split", "4", folder=tmp_path)
    with open_any(path) as recording:
        info = recording.runs[0]
        options = Options(split=4)
        traces = {f"{s.trace_id:032x}" for s in spans_out(recording.run(0), options)}
    assert len(traces) == -(-info.steps // 4) > 1
    spans = backend.settled(sent(done.stderr), sorted(traces))
    assert len(by_id(spans)) == sent(done.stderr)
    roots = Counter(s["context"]["trace_id"] for s in spans if s["parent_id"] is None)
    assert roots == dict.fromkeys(traces, 1)
