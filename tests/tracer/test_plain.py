"""Spans of other instrumentations, which are packed many at a time: none is lost, none waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace

from agentloupe.tracer import open_recording, record
from agentloupe.tracer import plain as plain_module
from agentloupe.tracer.model import Span
from agentloupe.tracer.packing import Record
from agentloupe.tracer.plain import LONG, TOGETHER, TRACE, PlainSpan, record_of
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.spans.provider import LightTracerProvider


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plain.loupe"


@pytest.fixture
def tracer() -> trace.Tracer:
    return LightTracerProvider(shutdown_on_exit=False).get_tracer("program")


def say(tracer: trace.Tracer, number: int) -> None:
    attributes = {"number": number, "text": f"{number} says " * 100, "short": "s"}
    tracer.start_span(f"span {number}", attributes=attributes).end()


def spans_of(path: Path) -> dict[str, Span]:
    with open_recording(path) as recording:
        spans = [*recording.run(0).spans()]
    assert len({span.id for span in spans}) == len(spans)
    return {span.name: span for span in spans}


@pytest.mark.parametrize("count", [1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 3 * TOGETHER])
def test_each_span_of_many_is_there(path: Path, tracer: trace.Tracer, count: int) -> None:
    with record("program", path=path) as recorder:
        for number in range(count):
            say(tracer, number)
        assert recorder.flush()
        found = spans_of(path)
    assert len(found) == count
    with open_recording(path) as recording:
        run = recording.run(0)
        for number in range(count):
            span = found[f"span {number}"]
            assert span.end_ns is not None
            assert span.attributes["number"] == number
            assert span.attributes["short"] == "s"
            assert "text" not in span.attributes
            assert run.text(span.bodies["text"]) == f"{number} says " * 100


def test_threads_that_end_spans_at_once_lose_none(path: Path, tracer: trace.Tracer) -> None:
    with record("program", path=path) as recorder:
        recorder.program_run()

        def work(first: int) -> None:
            for number in range(first, first + 10 * TOGETHER):
                say(tracer, number)

        threads = [threading.Thread(target=work, args=(n * 1_000,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = spans_of(path)
    assert len(found) == 40 * TOGETHER
    assert all(span.end_ns is not None for span in found.values())


class _Interrupting:
    """Does something instead of packing the record of one number."""

    def __init__(self, number: int, what: Callable[[], None]) -> None:
        self._number = number
        self._what = what
        self._pack = plain_module.pack

    def __call__(self, record: Record) -> bytes:
        if record[4] == f"span {self._number}" and self._what is not _nothing:
            what, self._what = self._what, _nothing
            what()
        return self._pack(record)


def _nothing() -> None:
    pass


@pytest.mark.parametrize("number", [0, 7, TOGETHER - 1])
def test_an_interrupt_while_spans_are_packed_loses_none(
    path: Path, tracer: trace.Tracer, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        assert recorder.flush()
        with monkeypatch.context() as patch:
            patch.setattr(recorder.writer, "_cycle", _nothing)  # nobody else packs meanwhile
            patch.setattr(plain_module, "pack", _Interrupting(number, interrupt))
            with pytest.raises(KeyboardInterrupt):
                for each in range(TOGETHER):
                    say(tracer, each)
            for each in range(TOGETHER, 2 * TOGETHER):
                say(tracer, each)
    assert len(spans_of(path)) == 2 * TOGETHER


def test_a_signals_handler_may_record_while_spans_are_packed(
    path: Path, tracer: trace.Tracer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle() -> None:
        for number in range(1_000, 1_000 + 2 * TOGETHER):
            say(tracer, number)

    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        assert recorder.flush()
        with monkeypatch.context() as patch:
            patch.setattr(recorder.writer, "_cycle", _nothing)  # nobody else packs meanwhile
            patch.setattr(plain_module, "pack", _Interrupting(3, handle))
            for number in range(TOGETHER):
                say(tracer, number)
    assert len(spans_of(path)) == 3 * TOGETHER


def test_a_bug_in_packing_is_not_the_programs(
    path: Path, tracer: trace.Tracer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RecursionError

    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        assert recorder.flush()
        with monkeypatch.context() as patch:
            patch.setattr(recorder.writer, "_cycle", _nothing)
            patch.setattr(plain_module, "pack", _Interrupting(3, fail))
            for number in range(TOGETHER):
                say(tracer, number)
            assert len(recorder.writer.plain.spans) == TOGETHER
    assert len(spans_of(path)) == TOGETHER


def test_what_is_said_of_an_open_span_while_its_start_is_recorded(
    path: Path, tracer: trace.Tracer
) -> None:
    """By another thread, which would change what is being walked through."""
    with record("program", path=path):
        span: Any = tracer.start_span("open", attributes={"a": "x" * (LONG + 1), "b": "y" * 999})
        plain: PlainSpan = span.agentloupe
        stored: list[bytes] = []

        def store(data: bytes) -> int:
            span.set_attribute(f"more {len(stored)}", 1)
            stored.append(data)
            return len(stored)

        made = record_of(plain, store)
        assert made[12] == {"a": 1, "b": 2}
        assert [*made[11]] == [TRACE]
        span.end()


def test_a_large_text_is_left_to_the_writer_and_weighed(path: Path, tracer: trace.Tracer) -> None:
    large = "large " * 2_000
    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        for number in range(TOGETHER):
            text = large if number == 5 else "small " * 100
            tracer.start_span(f"span {number}", attributes={"text": text}).end()
    found = spans_of(path)
    assert len(found) == TOGETHER
    with open_recording(path) as recording:
        assert recording.run(0).text(found["span 5"].bodies["text"]) == large


def test_a_forked_child_has_none_of_its_parents(path: Path, tracer: trace.Tracer) -> None:
    recorder = Recorder(path)
    try:
        intake = recorder.writer.intake
        intake.packing.acquire()  # by a thread that the child does not have
        recorder.writer.after_fork()
        assert not recorder.writer.plain.spans
        assert not intake.packing.locked()
    finally:
        recorder.close()


LATER = "é was said " * 100


def test_long_texts_are_bodies_whatever_they_are_called_and_wherever_the_others_were(
    path: Path, tracer: trace.Tracer
) -> None:
    """Those of names that had one before are taken out together, others one by one."""
    said: dict[str, dict[str, str]] = {}
    for number in range(3 * TOGETHER):
        said[f"span {number}"] = attributes = {"a": f"{number} " * 300, "b": "short"}
        if number % 3 == 0:
            attributes["b"] = f"b{number} " * 200
        if number % 5 == 0:
            attributes[f"c{number % 20}"] = LATER
    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        for name, attributes in said.items():
            tracer.start_span(name, attributes=attributes).end()
    found = spans_of(path)
    with open_recording(path) as recording:
        run = recording.run(0)
        for name, attributes in said.items():
            span = found[name]
            texts = {key: run.text(ref) for key, ref in span.bodies.items()}
            assert {**span.attributes, **texts} == {**attributes, TRACE: span.attributes[TRACE]}
            assert all(len(text) > LONG for text in texts.values())
            assert "a" in texts


def test_a_text_is_stored_once_whoever_says_it(path: Path, tracer: trace.Tracer) -> None:
    """A message's text is known by its bytes, an attribute's as it is."""
    text = "said twice " * 60
    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        for each in (text, f"{text}é"):
            with recorder.record("chat", "chat") as span:
                span.body("message", each)
            for number in range(TOGETHER):
                tracer.start_span(f"{number} {each[-1]}", attributes={"text": each}).end()
    with open_recording(path) as recording:
        run = recording.run(0)
        refs = {ref for span in run.spans() for ref in span.bodies.values()}
        assert {run.text(ref) for ref in refs} == {text, f"{text}é"}
        assert len(refs) == 2


def test_one_that_ended_is_a_parent_and_one_that_is_open_is_seen(
    path: Path, tracer: trace.Tracer
) -> None:
    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        first = tracer.start_span("first")
        open_one = tracer.start_span("open", attributes={"text": "open " * 200})
        assert recorder.flush()
        first.end()
        with trace.use_span(first):
            tracer.start_span("second").end()
            with recorder.record("chat", "third"):
                pass
        assert recorder.flush()
        found = spans_of(path)
        assert found["open"].end_ns is None
        with open_recording(path) as recording:
            assert recording.run(0).text(found["open"].bodies["text"]) == "open " * 200
        open_one.add_event("said", {"so": "late"})
        open_one.end()
    found = spans_of(path)
    assert found["second"].parent == found["third"].parent == found["first"].id
    assert found["first"].end_ns is not None
    assert found["open"].end_ns is not None
    assert [event.name for event in found["open"].events] == ["said"]


def test_one_that_ends_after_its_recording_is_nobodys(path: Path, tracer: trace.Tracer) -> None:
    with record("program", path=path) as recorder, recorder.use(recorder.start_run("run")):
        late = [tracer.start_span(f"late {n}") for n in range(2 * TOGETHER)]
    size = path.stat().st_size
    for span in late:
        span.end()
    assert path.stat().st_size == size
    assert all(span.end_ns is None for span in spans_of(path).values())


def test_a_text_that_is_withheld_is_a_body_as_well(path: Path, tracer: trace.Tracer) -> None:
    text = "secret " * 100
    with record("program", path=path, bodies="hash") as recorder:
        with recorder.use(recorder.start_run("run")):
            for number in range(2 * TOGETHER):
                tracer.start_span(f"span {number}", attributes={"text": text}).end()
    found = spans_of(path)
    assert len(found) == 2 * TOGETHER
    with open_recording(path) as recording:
        run = recording.run(0)
        assert len({span.bodies["text"] for span in found.values()}) == 1
        assert "hash" in run.text(found["span 0"].bodies["text"])
    assert text[:20].encode() not in path.read_bytes()


@pytest.mark.parametrize("looked_at", [False, True])
def test_one_in_a_run_that_may_be_brief_has_its_texts(
    path: Path, tracer: trace.Tracer, looked_at: bool
) -> None:
    text = "within a message " * 60
    with record("program", path=path) as recorder:
        run = recorder.auto_run("message")
        run.run.hold()
        with recorder.use(run):
            span = tracer.start_span("within", attributes={"text": text, "number": 1})
            if looked_at:
                assert recorder.flush()
            span.set_attribute("late", "so")
            span.end()
        run.run.release()
    found = spans_of(path)["within"]
    assert found.end_ns is not None
    assert (found.attributes["number"], found.attributes["late"]) == (1, "so")
    with open_recording(path) as recording:
        assert recording.run(0).text(found.bodies["text"]) == text
