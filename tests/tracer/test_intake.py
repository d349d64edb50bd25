"""Spans on their way from the program's threads to the writer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r.loupe"


@pytest.fixture
def hectic() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_what_was_begun_before_a_flush_is_on_disk_after_it(path: Path) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        for number in range(50):
            recorder.span("custom", f"s{number}", parent=root)
            assert recorder.flush()
            with open_recording(path) as recording:
                spans = recording.run(0).spans()
            assert [span.name for span in spans] == [f"s{n}" for n in range(number + 1)]
            assert all(span.end_ns is None for span in spans)


@pytest.mark.usefixtures("hectic")
def test_each_end_counts_whoever_looks_meanwhile(path: Path) -> None:
    """Four threads, in runs of one message and in a run that they share, while somebody flushes."""
    threads, rounds = 4, 200

    def work(who: str) -> None:
        for number in range(rounds):
            span = recorder.span("custom", who, agent=who, parent=shared)
            span.body(c.TOOL_RESULT, "x" * (20, 400, 9_000)[number % 3])
            auto = recorder.auto_run("message").run
            auto.hold()
            for each in (recorder.span(c.TOOL, who, agent=who, parent=auto), span):
                if number % 7 == 0:
                    each.error = "ValueError: no"
                each.end()
            auto.release()

    with Recorder(path) as recorder:
        shared = recorder.start_run("shared")
        at_work = [threading.Thread(target=work, args=(f"a{n}",)) for n in range(threads)]
        for each in at_work:
            each.start()
        while any(each.is_alive() for each in at_work):
            assert recorder.flush()
        shared.end()
    failed = threads * len(range(0, rounds, 7))
    with open_recording(path) as recording:
        assert len(recording.runs) == 1 + threads * rounds
        first, *others = recording.runs
        assert (first.spans, first.errors) == (threads * rounds, failed)
        assert sum(run.errors for run in others) == failed
        spans = recording.run(0).spans()
        assert len(spans) == threads * rounds
        assert all(span.end_ns is not None for span in spans)
        for run in others:
            assert (run.spans, run.steps, run.tools, run.status) == (1, 1, 1, "ok")
            (span,) = recording.run(run.number).spans()
            assert span.end_ns is not None


def test_the_end_of_a_span_that_nobody_put_is_not_recorded(path: Path) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        LiveSpan(recorder, "custom", "unsaid", "", root.id, None, root.run).end()
        root.end()
    with open_recording(path) as recording:
        assert list(recording.run(0).spans()) == []
        assert recording.runs[0].spans == 0


@pytest.mark.parametrize("late", [False, True])
def test_an_interrupt_while_a_span_is_handed_over_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        hand_over: Callable[[LiveSpan], None] = recorder.writer.intake._hand_over  # pyright: ignore[reportPrivateUsage]

        def interrupted(span: LiveSpan) -> None:
            if late:
                hand_over(span)
            raise KeyboardInterrupt

        span = recorder.span("custom", "s", parent=root)
        with monkeypatch.context() as patch:
            patch.setattr(recorder.writer.intake, "_hand_over", interrupted)
            with pytest.raises(KeyboardInterrupt):
                span.end()
        root.end()
    with open_recording(path) as recording:
        (found,) = recording.run(0).spans()
        assert found.end_ns == span.end_ns


STEPS = st.lists(st.sampled_from(["begin", "end", "message", "answer", "flush"]), max_size=30)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_the_order_all_is_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path = tmp_path_factory.mktemp("intake") / "r.loupe"
    spans: list[LiveSpan] = []
    runs: list[tuple[LiveSpan, LiveSpan]] = []
    ended = 0
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        for step in steps:
            if step == "begin":
                spans.append(recorder.span("custom", "s", parent=root))
            elif step == "message":
                auto = recorder.auto_run("message").run
                auto.hold()
                runs.append((auto, recorder.span(c.TOOL, "t", parent=auto)))
            elif step == "flush":
                assert recorder.flush()
            elif step == "end" and len(spans) > ended:
                spans[ended].end()
                ended += 1
            elif step == "answer" and runs:
                auto, call = runs.pop()
                call.end()
                auto.run.release()
        open_ones = [(auto.run.number, call.id) for auto, call in runs]
        recorder.flush()
    with open_recording(path) as recording:
        found = recording.run(0).spans()
        assert [span.end_ns for span in found] == [span.end_ns for span in spans]
        assert recording.runs[0].spans == len(spans)
        assert len(recording.runs) == 1 + steps.count("message")
        for number, call_id in open_ones:
            (call,) = recording.run(number).spans()
            assert (call.id, call.end_ns) == (call_id, None)
