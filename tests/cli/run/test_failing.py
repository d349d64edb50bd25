"""Programs in which things go wrong: errors pass through unchanged, and are recorded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from agentloupe.tracer import Recording
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import RunInfo, Span
from agentloupe.tracer.reader import Run

from .conftest import APPS, Programs
from .server import scripted

# Frames of the runtime itself: upstream's without us, ours with us.
RUNTIMES = re.compile(r'  File "[^"]*(_single_threaded_agent_runtime|/runtime/\w+)\.py".*')


def without_runtime_frames(text: str) -> list[str]:
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("  File "):
            inside = RUNTIMES.match(line) is not None
        elif not line.startswith("    "):
            inside = False
        if not inside and not line.startswith("agentloupe: "):
            lines.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", line))
    return lines


@dataclass(frozen=True)
class Failed:
    recording: Recording
    code: int
    out: tuple[str, str]  # with us, without us
    err: tuple[str, str]

    def info(self, name: str) -> RunInfo:
        [found] = [info for info in self.recording.runs if info.name == name]
        return found

    def run(self, name: str) -> Run:
        return self.recording.run(self.info(name).number)


@pytest.fixture(scope="module")
def failed(programs: Programs) -> Any:
    rules = json.loads((APPS / "failing.json").read_text())
    with scripted(rules) as (url, _):
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        plain = programs.plain("failing.py", env=env)
    with scripted(rules) as (url, _):
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        done = programs.loupe("failing.py", env=env)
    assert plain.code == 4
    with done.recording() as recording:
        yield Failed(recording, done.code, (done.out, plain.out), (done.err, plain.err))


def test_output_and_tracebacks_are_the_same_but_for_the_runtimes_frames(failed: Failed) -> None:
    assert without_runtime_frames(failed.out[0]) == without_runtime_frames(failed.out[1])
    assert without_runtime_frames(failed.err[0]) == without_runtime_frames(failed.err[1])
    assert failed.code == 4
    assert "instruments" not in failed.out[0]


def test_each_attempt_of_the_client_is_an_event(failed: Failed) -> None:
    run = failed.run("retried")
    [chat] = [span for span in run.spans() if span.op == c.CHAT]
    attempts = [event.attributes["http.response.status_code"] for event in chat.events]
    assert attempts == [429, 500, 200]
    assert failed.info("retried").status == "ok"


def test_a_refused_call_fails_its_span_and_its_run(failed: Failed) -> None:
    info = failed.info("refused")
    assert info.status == "error"
    assert (info.error or "").startswith("RuntimeError: AuthenticationError")
    [chat] = [span for span in failed.run("refused").spans() if span.op == c.CHAT]
    assert (chat.error or "").startswith("AuthenticationError: Error code: 401")
    [exception] = [event for event in chat.events if event.name == "exception"]
    assert exception.attributes["exception.type"] == "AuthenticationError"
    assert "_openai_client.py" in str(exception.attributes["exception.stacktrace"])
    assert info.unknown_tokens == 1


def test_leaving_a_stream_ends_the_run_as_cancelled(failed: Failed) -> None:
    info = failed.info("left")
    assert info.status == "cancelled"
    assert "stopped reading" in (info.error or "")
    assert failed.run("left").open_spans() == []


def test_a_cancelled_run_is_cancelled(failed: Failed) -> None:
    assert failed.info("cancelled").status == "cancelled"
    [chat] = [span for span in failed.run("cancelled").spans() if span.op == c.CHAT]
    assert (chat.error or "").startswith("CancelledError")


def program_spans(failed: Failed) -> list[Span]:
    return failed.run("failing").spans()


def test_what_happens_outside_of_any_run_is_the_programs(failed: Failed) -> None:
    assert [span.op for span in program_spans(failed)] == [c.TOOL, c.CHAT, c.CHAT]
    tool = program_spans(failed)[0]
    assert tool.error == "LookupError: fuse 3"
    assert failed.info("failing").status == "ok"


def test_a_client_around_a_client_is_one_call_with_attempts(failed: Failed) -> None:
    chat = program_spans(failed)[1]
    assert chat.name == "chat Retrying"
    assert [event.attributes.get("error.type") for event in chat.events] == [
        "ConnectionError",
        "ConnectionError",
        None,
    ]
    assert chat.attributes[c.INPUT_TOKENS] == 3


def test_tokens_that_nobody_told_are_unknown(failed: Failed) -> None:
    streamed = program_spans(failed)[2]
    assert "-> one two three  0" in failed.out[0]  # AutoGen says 0
    assert c.INPUT_TOKENS not in streamed.attributes
    assert failed.info("failing").unknown_tokens == 1


def test_a_runtime_derived_from_autogens_keeps_its_base_and_is_recorded(failed: Failed) -> None:
    assert "own_runtime -> thanks 1 0" in failed.out[0]
    run = failed.run("own_runtime")
    steps = run.steps()
    assert [step.message_type for step in steps] == [
        "GroupChatStart",
        "GroupChatStart",
        "GroupChatRequestPublish",
        "GroupChatMessage",
        "GroupChatAgentResponse",
    ]
    spans = {span.id: span for span in run.spans()}
    for step in steps:
        [link] = spans[step.span_id].links
        assert spans[link.span_id].op == step.kind
    assert all(span.parent in spans or span.parent == run.root.id for span in spans.values())
    assert run.open_spans() == []
    assert [info.name for info in failed.recording.runs].count("guest") == 0
