"""The command line in this process, and recordings made by the real writer from fixtures."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import msgpack

from agentloupe.cli.main import run
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.sampler import Reading

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures" / "cli"
START_NS = 1_772_445_600_000_000_000  # 2026-03-02T10:00:00Z
MS = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def loupe(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command in this process: `loupe("show", "@last")`."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = run([str(each) for each in arguments])
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return call


class Terminal:
    """Runs a command in a process of its own, on a terminal: `(exit code, what it showed)`.

    With `notices` what it says on stderr is shown as well.
    """

    def __call__(
        self, *arguments: object, columns: int = 100, notices: bool = False, **extra: str
    ) -> tuple[int, str]:
        command = [sys.executable, "-m", "agentloupe.cli.main", *map(str, arguments)]
        environment = {**os.environ, "COLUMNS": str(columns), **extra}
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs if notices else subprocess.PIPE,
            env=environment,
        ) as process:
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
            os.close(ours)
            process.communicate(timeout=60)
        return process.returncode, shown.decode().replace("\r\n", "\n")

    @staticmethod
    def bare(text: str) -> str:
        """The text without its colours."""
        return re.sub(r"\x1b\[[\d;]*m", "", text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def valid() -> Callable[[str, Any], None]:
    """Hold a document to its published schema, and to the names in it."""

    def check(name: str, document: Any) -> None:
        schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text("utf-8"))
        for shape in schema["$defs"].values():
            if "properties" in shape:
                shape["additionalProperties"] = False
        jsonschema.validate(document, schema)

    return check


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with a file of fixtures/cli."""

    def compare(name: str, text: str) -> None:
        assert text.splitlines() == (FIXTURES / name).read_text("utf-8").splitlines()

    return compare


@pytest.fixture
def record(private_recordings_dir: Path) -> Callable[..., Path]:
    """Write a recording as a fixture describes it: `record("desk")`, or from a dictionary."""

    def write(what: str | dict[str, Any], path: Path | None = None) -> Path:
        told = (
            json.loads((FIXTURES / f"{what}.json").read_text("utf-8"))
            if isinstance(what, str)
            else what
        )
        target = path or private_recordings_dir / f"{told['program']}.loupe"
        Writing(target, told).write()
        return target

    return write


class Writing:
    """One recording on its way into its file. Ids count up, times too."""

    def __init__(self, path: Path, told: dict[str, Any]) -> None:
        self._path = path
        self._told = told
        self._recorder = Recorder(path, program=told["program"], argv=tuple(told.get("argv", ())))
        self._now = START_NS
        self._id = 0
        self._messages = 0

    def write(self) -> None:
        for each in self._told["runs"]:
            self._run(each)
        for key in ("exit_code", "signal"):
            if key in self._told:
                self._recorder.writer.meta(key, self._told[key])
        self._recorder.close()
        self._freeze()

    def _freeze(self) -> None:
        """What the writer knows of this machine and moment, replaced."""
        facts = {
            "created_ns": START_NS,
            "ended_ns": self._now + self._told.get("idle_ms", 0) * MS,
            "pid": 4711,
            "python": "3.11.0",
            "versions": msgpack.encode({"agentloupe": "0.1.0"}),
        }
        if not self._told.get("ended", True):
            facts["ended_ns"] = None
        with contextlib.closing(sqlite3.connect(self._path)) as db, db:
            db.executemany(
                "UPDATE meta SET value = ? WHERE key = ?", [(v, k) for k, v in facts.items()]
            )

    def _span(self, like: LiveSpan, told: dict[str, Any], error: str | None) -> LiveSpan:
        """Give a span its id, times and the rest, and put it into the queue."""
        self._id += 1
        like.id = self._id
        like.start_ns = self._now
        like.error = error
        for key, value in told.get("attributes", {}).items():
            like.set(key, value)
        for key, value in told.get("bodies", {}).items():
            like.body(key, value)
        return like

    def _end(self, span: LiveSpan, told: dict[str, Any]) -> None:
        if not told.get("open"):
            self._now += int(told.get("ms", 1) * MS)
            span.end_ns = self._now
        self._recorder.writer.put(span)

    def _run(self, told: dict[str, Any]) -> None:
        root = self._recorder.start_run(told["name"])
        root.run.trace_id = int(told["trace_id"], 16)
        self._span(root, told, told.get("error"))
        for step in told.get("steps", ()) * told.get("times", 1):
            self._step(root, step)
        for span in told.get("loose", ()):
            self._inner(root, root, span)
        for sample in told.get("samples", ()):
            self._sample(root, sample)
        if not told.get("open"):
            root.end_ns = self._now
        self._recorder.writer.put(root)
        self._recorder.flush()

    def _step(self, root: LiveSpan, told: dict[str, Any]) -> None:
        run = root.run
        span = LiveSpan(self._recorder, c.PROCESS, "", told["to"], root.id, run.next_step)
        span.run = run
        run.next_step += 1
        span.boundary = True
        self._messages += 1
        self._span(span, told, told.get("error"))
        kind, topic = told.get("kind", "send"), told.get("topic", "")
        span.message = (
            *(kind, told.get("from", ""), told["to"], told["type"], topic),
            *(f"message-{self._id}", self._now - MS // 2),
        )
        if "body" in told:
            span.body(c.MESSAGE_BODY, told["body"])
        for inner in told.get("spans", ()):
            self._inner(root, span, inner)
        self._end(span, told)

    def _inner(self, root: LiveSpan, parent: LiveSpan, told: dict[str, Any]) -> None:
        agent = told.get("agent", parent.agent)
        span = LiveSpan(
            self._recorder, told["op"], told.get("name", ""), agent, parent.id, parent.step
        )
        span.run = root.run
        self._span(span, told, told.get("error"))
        if told["op"] in (c.SEND, c.PUBLISH):
            span.message = (
                *(told["op"], agent, told.get("to", ""), told["type"], told.get("topic", "")),
                *(f"message-{self._id}", self._now),
            )
        for inner in told.get("spans", ()):
            self._inner(root, span, inner)
        self._end(span, told)

    def _sample(self, root: LiveSpan, told: dict[str, Any]) -> None:
        data = {"gc": True, **told}
        messages = data.pop("messages", self._messages)
        step = data.pop("step")
        time_ns = START_NS + step * MS
        self._recorder.writer.samples.append(
            Reading(root.run.number, step, messages, time_ns, told["rss"], data)
        )
