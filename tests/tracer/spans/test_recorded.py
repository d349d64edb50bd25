"""Spans of OpenTelemetry in a recording: where they belong and what they say."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode

from agentloupe.tracer import Recording, open_recording, record
from agentloupe.tracer import conventions as c
from agentloupe.tracer import spans as spans_package
from agentloupe.tracer.model import Span
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.spans import reading
from agentloupe.tracer.spans.provider import LightTracerProvider
from agentloupe.tracer.wire.outgoing import Options, spans_out

SECOND = 1_000_000_000


@contextmanager
def recording_to(path: Path) -> Iterator[Recorder]:
    with record("program", path=path) as recorder:
        yield recorder


@pytest.fixture(params=["sdk", "light", "none"])
def tracer(request: pytest.FixtureRequest) -> trace.Tracer:
    """Of the SDK's provider, of ours, and of no provider at all."""
    if request.param == "none":
        return trace.get_tracer("program")
    kind = TracerProvider if request.param == "sdk" else LightTracerProvider
    return kind(shutdown_on_exit=False).get_tracer("program")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spans.loupe"


def parents(recording: Recording) -> dict[str, str]:
    """Each span's parent by name, over all runs; a run's own have the run's name."""
    found: dict[str, str] = {}
    for info in recording.runs:
        spans = recording.run(info.number).spans()
        names = {info.root_span: info.name} | {span.id: span.name for span in spans}
        found |= {span.name: names[span.parent] for span in spans}
    return found


def spans_of(recording: Recording) -> dict[str, Span]:
    spans = [s for info in recording.runs for s in recording.run(info.number).spans()]
    return {span.name: span for span in spans}


def text(recording: Recording, span: Span, key: str) -> str:
    return recording.run(span.run).text(span.bodies[key])


def test_theirs_are_parents_of_ours_and_ours_of_theirs(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path) as recorder, recorder.use(recorder.start_run("team")) as root:
        with recorder.record(c.AGENT, "invoke_agent writer", agent="writer/default"):
            with tracer.start_as_current_span("looks up"):
                with recorder.record(c.TOOL, "execute_tool find"):
                    with tracer.start_as_current_span("query"):
                        pass
                with tracer.start_as_current_span("after"):
                    pass
        with tracer.start_as_current_span("beside"):
            pass
        root.end()
    with open_recording(path) as recording:
        [info] = recording.runs
        assert parents(recording) == {
            "invoke_agent writer": "team",
            "looks up": "invoke_agent writer",
            "execute_tool find": "looks up",
            "query": "execute_tool find",
            "after": "looks up",
            "beside": "team",
        }
        spans = spans_of(recording)
        assert spans["query"].agent == "writer/default"
        assert spans["query"].step == spans["invoke_agent writer"].step == 0
        assert info.steps == 1


def test_a_span_around_runs_leaves_them_runs(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path) as recorder, tracer.start_as_current_span("main"):
        for name in ("first", "second"):
            with recorder.use(recorder.start_run(name)) as root:
                with tracer.start_as_current_span(f"in {name}"):
                    pass
                root.end()
    with open_recording(path) as recording:
        assert [info.name for info in recording.runs] == ["program", "first", "second"]
        assert parents(recording) == {
            "main": "program",
            "in first": "first",
            "in second": "second",
        }
        around = spans_of(recording)["main"].id
        for number in (1, 2):
            links = recording.run(number).root.links
            assert [(link.span_id, link.kind) for link in links] == [(around, "caller")]


def test_a_thread_or_a_later_moment_does_not_lose_the_parent(
    path: Path, tracer: trace.Tracer
) -> None:
    def work(number: int, around: trace.Span) -> None:
        with trace.use_span(around):
            for each in range(20):
                with tracer.start_as_current_span(f"{number}.{each}"):
                    tracer.start_span(f"{number}.{each} in").end()

    with recording_to(path):
        outer = tracer.start_span("outer")
        threads = [threading.Thread(target=work, args=(n, outer)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outer.end()
    with open_recording(path) as recording:
        found = parents(recording)
        assert found.pop("outer") == "program"
        assert len(found) == 160
        assert all(found[f"{n}.{e}"] == "outer" for n in range(4) for e in range(20))
        assert all(found[f"{n}.{e} in"] == f"{n}.{e}" for n in range(4) for e in range(20))


def test_what_a_span_says(path: Path, tracer: trace.Tracer) -> None:
    values = ["a"]
    with recording_to(path):
        with pytest.raises(ValueError, match="broken"):
            with tracer.start_as_current_span("says", attributes={"n": 1, "ok": True}) as span:
                span.set_attribute("values", values)
                values.append("b")
                span.set_attribute("odd", {"nested": [1, {"deep": "x"}]})
                span.set_attribute("bytes", b"\x00\xff")
                span.set_attribute("long", "word " * 500)
                span.set_attribute("key", "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2)
                span.add_event("noted", {"count": 2})
                span.update_name("renamed")
                raise ValueError("broken")
    with open_recording(path) as recording:
        span = spans_of(recording)["renamed"]
        assert span.op == "span"
        assert span.error == "ValueError: broken"
        assert [event.name for event in span.events] == ["noted", "exception"]
        assert span.attributes["n"] == 1
        assert span.attributes["values"] == ("a",)
        assert "sk-proj" not in str(span.attributes["key"])
        assert text(recording, span, "long") == "word " * 500
        kept = BoundedAttributes(None, {"odd": {"nested": [1]}, "bytes": b"\x00\xff"})
        assert set(kept) <= set(span.attributes)  # what the installed version takes


def test_a_span_keeps_its_kind(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path):
        for kind in trace.SpanKind:
            with tracer.start_as_current_span(kind.name, kind=kind, attributes={"a": 1}):
                pass
    with open_recording(path) as recording:
        sent = {span.name: span.kind for span in spans_out(recording.run(0), Options())}
    assert all(sent[kind.name] == kind.value + 1 for kind in trace.SpanKind)  # OTLP's numbers


def test_a_span_can_be_seen_while_it_is_open(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path) as recorder:
        span = tracer.start_span("hangs", attributes={"where": "here"})
        assert recorder.flush()
        with open_recording(path) as recording:
            open_span = spans_of(recording)["hangs"]
            assert open_span.end_ns is None
            assert open_span.attributes.get("where") in ("here", None)
        span.end()
    with open_recording(path) as recording:
        assert spans_of(recording)["hangs"].attributes["where"] == "here"


def test_given_times_keep_their_distance(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path):
        tracer.start_span("old", start_time=5 * SECOND).end(end_time=8 * SECOND)
    with open_recording(path) as recording:
        assert spans_of(recording)["old"].duration_ns == 3 * SECOND


def test_a_status_is_an_error_and_ok_is_none(path: Path, tracer: trace.Tracer) -> None:
    with recording_to(path):
        for name, status in (
            ("bad", Status(StatusCode.ERROR, "no luck")),
            ("good", Status(StatusCode.OK)),
        ):
            span = tracer.start_span(name)
            span.set_status(status)
            span.end()
    with open_recording(path) as recording:
        spans = spans_of(recording)
        assert spans["bad"].error is not None
        assert "no luck" in spans["bad"].error
        assert spans["good"].error is None


def test_spans_of_before_and_after_a_recording_are_left_alone(
    path: Path, tracer: trace.Tracer
) -> None:
    early = tracer.start_span("early")
    with recording_to(path):
        with trace.use_span(early):
            with tracer.start_as_current_span("inside"):
                pass
        early.end()
        late = tracer.start_span("late")
    late.set_attribute("too", "late")
    late.end()
    with tracer.start_as_current_span("after"):
        pass
    with open_recording(path) as recording:
        assert parents(recording) == {"inside": "program", "late": "program"}
        assert spans_of(recording)["late"].end_ns is None


def test_a_dialect_that_fails_costs_a_notice_and_no_span(
    path: Path,
    tracer: trace.Tracer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a dialect's mistake")

    monkeypatch.setattr(reading, "draft", fail)
    with recording_to(path):
        with tracer.start_as_current_span("chat", attributes={c.OPERATION: "chat"}) as span:
            span.set_attribute("x", 1)
        with tracer.start_as_current_span("plain") as span:
            span.add_event("read by a dialect")
    assert capsys.readouterr().err.count("a dialect's mistake") == 2
    with open_recording(path) as recording:
        assert spans_of(recording)["plain"].end_ns is not None


CHATS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "openinference": (
        "ChatCompletion",
        {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o"},
        {
            "llm.token_count.prompt": 7,
            "llm.token_count.completion": 3,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "hello",
        },
    ),
    "openllmetry": (
        "openai.chat",
        {"llm.request.type": "chat", "gen_ai.request.model": "gpt-4o"},
        {
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.usage.completion_tokens": 3,
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "hello",
        },
    ),
    "official": (
        "chat gpt-4o",
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"},
        {
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.usage.output_tokens": 3,
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}]
            ),
        },
    ),
}


@pytest.mark.parametrize("dialect", CHATS)
def test_a_model_call_that_only_they_tell_is_a_call(
    path: Path, tracer: trace.Tracer, dialect: str
) -> None:
    name, at_start, at_end = CHATS[dialect]
    with recording_to(path):
        with tracer.start_as_current_span(name, attributes=at_start) as span:
            span.set_attributes(at_end)
    with open_recording(path) as recording:
        [info] = recording.runs
        assert (info.chats, info.input_tokens, info.output_tokens) == (1, 7, 3)
        span = spans_of(recording)[name]
        assert span.op == c.CHAT
        assert span.attributes[c.REQUEST_MODEL] == "gpt-4o"
        assert "hello" in text(recording, span, c.OUTPUT_MESSAGES)


@pytest.mark.parametrize("dialect", CHATS)
def test_a_model_call_that_both_tell_is_counted_once(
    path: Path, tracer: trace.Tracer, dialect: str
) -> None:
    name, at_start, at_end = CHATS[dialect]
    with recording_to(path) as recorder:
        with recorder.record(c.CHAT, "chat ours"):
            with tracer.start_as_current_span(name, attributes=at_start) as span:
                with tracer.start_as_current_span(
                    "chat gpt-4o, again", attributes={c.OPERATION: "chat", c.INPUT_TOKENS: 7}
                ):
                    pass
                span.set_attributes(at_end)
    with open_recording(path) as recording:
        [info] = recording.runs
        assert (info.chats, info.input_tokens, info.output_tokens) == (1, 7, 3)
        spans = spans_of(recording)
        theirs = spans[name]
        assert theirs.op == spans["chat gpt-4o, again"].op == "span"
        assert [link.kind for link in theirs.links] == ["same_call"]
        assert theirs.links[0].span_id == spans["chat ours"].id


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("op", [c.CHAT, c.TOOL, c.AGENT])
def test_a_call_that_others_tell_around_ours_is_counted_once(
    path: Path, tracer: trace.Tracer, op: str, early: bool
) -> None:
    """An instrumentor that wraps the client around our own wrapper."""
    named = {c.OPERATION: op, c.TOOL_NAME: "add", c.AGENT_NAME: "adder", c.INPUT_TOKENS: 7}
    with recording_to(path) as recorder:
        with tracer.start_as_current_span("theirs", attributes=named) as span:
            assert not early or recorder.flush()
            with recorder.record(op, "ours", agent="adder", attributes={c.TOOL_NAME: "add"}) as own:
                own.set(c.INPUT_TOKENS, 7)
                own.set(c.OUTPUT_TOKENS, 3)
            with recorder.record(op, "another", agent="b", attributes={c.TOOL_NAME: "multiply"}):
                pass
            span.set_attribute(c.OUTPUT_TOKENS, 3)
    with open_recording(path) as recording:
        [info] = recording.runs
        spans = spans_of(recording)
        assert [spans[name].op for name in ("theirs", "ours", "another")] == ["span", op, op]
        [link] = spans["theirs"].links
        assert (link.kind, link.span_id) == ("same_call", spans["ours"].id)
        counts = {c.CHAT: (2, 0, 7, 3), c.TOOL: (0, 2, 0, 0), c.AGENT: (0, 0, 0, 0)}
        assert (info.chats, info.tools, info.input_tokens, info.output_tokens) == counts[op]
        assert info.steps == 1


def test_a_framework_that_tells_its_runs_makes_runs(path: Path) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    tracer = provider.get_tracer("agent_framework")
    with recording_to(path):
        with tracer.start_as_current_span("workflow.run", attributes={"workflow.name": "w"}) as run:
            with tracer.start_as_current_span("invoke_agent a", attributes={c.AGENT_NAME: "a"}):
                pass
        with tracer.start_as_current_span("invoke_agent b", attributes={c.AGENT_NAME: "b"}):
            pass
    with open_recording(path) as recording:
        workflow, alone = recording.runs
        assert workflow.trace_id == f"{run.get_span_context().trace_id:032x}"
        assert workflow.root_span == run.get_span_context().span_id
        assert [(info.status, info.steps) for info in (workflow, alone)] == [("ok", 1)] * 2
        assert alone.name == "b"


def test_a_span_of_elsewhere_is_no_parent_here(path: Path, tracer: trace.Tracer) -> None:
    remote = NonRecordingSpan(SpanContext(1 << 100, 1 << 50, is_remote=True))
    with recording_to(path):
        with trace.use_span(remote), tracer.start_as_current_span("request"):
            pass
    with open_recording(path) as recording:
        assert parents(recording) == {"request": "program"}


def test_a_call_that_says_late_what_it_is_counts(path: Path, tracer: trace.Tracer) -> None:
    """Its beginning is on disk by then, as that of every call that takes longer than a moment."""
    with recording_to(path) as recorder, recorder.use(recorder.start_run("team")) as root:
        for operation in ("chat", "execute_tool", "chat", "lookup"):
            span = tracer.start_span("call")
            assert recorder.flush()
            span.set_attribute("gen_ai.operation.name", operation)
            if operation == "execute_tool":
                span.set_attribute("gen_ai.tool.name", "find")
            span.end()
        root.end()
    with open_recording(path) as recording:
        info = recording.runs[0]
    assert (info.chats, info.tools, info.unknown_tokens) == (2, 1, 2)


def test_a_program_without_a_file_descriptor_left_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What records its first span can then not be loaded: that is ours to bear."""
    proxy = trace.ProxyTracer("program", "1.0")
    with recording_to(path):
        with monkeypatch.context() as patch:
            patch.delattr(spans_package, "tracers")
            patch.setitem(sys.modules, "agentloupe.tracer.spans.tracers", None)
            others: list[trace.Tracer] = [proxy, trace.NoOpTracerProvider().get_tracer("program")]
            for tracer in others:
                with tracer.start_as_current_span("unseen") as span:
                    assert not span.is_recording()
        with proxy.start_as_current_span("seen"):
            pass
    assert capsys.readouterr().err.count("not in the recording for now") == 1
    with open_recording(path) as recording:
        assert list(spans_of(recording)) == ["seen"]


@pytest.mark.parametrize("name", ["speaks", "draft"])
def test_an_alarm_that_goes_off_while_a_span_is_recorded_is_the_programs(
    path: Path,
    tracer: trace.Tracer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    request: pytest.FixtureRequest,
) -> None:
    unheard = {request.node.name: 1}  # attributes that have to be looked at

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with recording_to(path), monkeypatch.context() as patch:
            patch.setattr(reading, name, lambda *_, **__: signal.raise_signal(signal.SIGUSR1))
            started = tracer.start_as_current_span("chat x", attributes=unheard)
            with pytest.raises(TimeoutError), started as span:
                span.record_exception(ValueError("no"))  # so that its end is read
    finally:
        signal.signal(signal.SIGUSR1, before)
