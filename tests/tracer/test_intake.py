"""Spans on their way from the program's threads to the writer."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer import intake as intake_of
from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import text as text_body
from agentloupe.tracer.disk import Rows
from agentloupe.tracer.intake import Brief
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.segment import LOST

from ..examples import examples


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


def held_back(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The writer's thread begins its work when the event is set."""
    turn = threading.Event()
    serve = recorder.writer._serve  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(recorder.writer, "_serve", lambda: turn.wait(60) and serve())
    return turn


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


@pytest.mark.parametrize("policy", ["capped", "none"])
def test_values_that_cannot_be_packed_end_no_recording(path: Path, policy: str) -> None:
    class Silent:
        def __repr__(self) -> str:
            raise ValueError("no")

    endless: list[object] = []
    endless.append(endless)
    values: list[Any] = [Silent(), endless, {"a": endless}, {1: Silent()}]
    with Recorder(path, bodies=policy) as recorder:
        root = recorder.start_run("run")
        for value in values:
            for seen in (False, True):
                span = recorder.span("custom", "odd", parent=root)
                span.set("odd", value)
                span.event("odd", {"odd": value})
                assert not seen or recorder.flush()
                span.end()
        root.set("odd", values)  # pyright: ignore[reportArgumentType]  that is what it is about
        recorder.span("custom", "last", parent=root).end()
        root.end()
    with open_recording(path) as recording:
        names = [span.name for span in recording.run(0).spans()]
    assert names == ["odd"] * 2 * len(values) + ["last"]


def test_a_value_that_changes_its_span_when_asked_for_its_text(path: Path) -> None:
    class Talkative:
        def __repr__(self) -> str:
            span.set(f"asked{len(span.attributes or ())}", True)
            return "talkative"

    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        span = recorder.span("custom", "first", parent=root)
        span.set("value", Talkative())  # pyright: ignore[reportArgumentType]  as above
        span.end()
        recorder.span("custom", "last", parent=root).end()
        root.end()
    with open_recording(path) as recording:
        first, last = recording.run(0).spans()
    assert (first.attributes["value"], last.name) == ("talkative", "last")


def delivered(recorder: Recorder, message: Sequence[Any] = ()) -> None:
    """A run that is one message."""
    run = recorder.auto_run("message").run
    run.hold()
    send = recorder.span(c.SEND, "message", agent="a", parent=run)
    send.body(c.MESSAGE_BODY, "hi")
    told: Any = [*(message or ("send", "a", "b", "Note", "", "id", 0))]
    told[6] = send.start_ns
    send.message = tuple(told[:7])
    handling = LiveSpan(recorder, c.PROCESS, "", "b", run.id, 0, run, boundary=True)
    handling.message, handling.bodies = tuple(told), send.bodies
    run.put(handling)
    send.end()
    handling.end()
    run.release()


SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"


@pytest.mark.parametrize("scanned", [False, True])
def test_no_word_of_a_record_is_a_secret(path: Path, scanned: bool) -> None:
    fields = ["send", "a", "b", "Note", "topic", "id", 0, "Reply"]
    with Recorder(path) as recorder:
        if scanned:
            recorder.writer.screen.prepare()
        root = recorder.start_run(SECRET)
        for place in (1, 2, 3, 4, 5, 7):
            told: Any = [*fields[:place], f"{SECRET}{place}", *fields[place + 1 :]]
            delivered(recorder, told)
            span = recorder.span("custom", "plain", agent="b", parent=root)
            span.message = tuple(told)
            span.end()
        span = recorder.span("custom", SECRET, agent=SECRET, parent=root)
        span.end()
        for attributes in ({SECRET: 1}, {"plain": {SECRET: 1}}, {"plain": [SECRET]}):
            span = recorder.span("custom", "plain", parent=root)
            span.attributes = attributes  # pyright: ignore[reportAttributeAccessIssue]  as others'
            span.end()
        recorder.span(SECRET, "plain", parent=root, links=((1, SECRET),)).end()
        span = recorder.span("custom", "plain", parent=root)
        span.event(SECRET, {SECRET: SECRET})
        span.end()
        root.links = ((1, SECRET),)
        root.end()
    assert SECRET.encode() not in path.read_bytes()
    with open_recording(path) as recording:
        assert len(recording.runs) == 7
        assert len(recording.run(0).spans()) == 12


@pytest.mark.usefixtures("hectic")
def test_a_run_of_one_message_is_found_whoever_looks_meanwhile(path: Path) -> None:
    threads, rounds = 3, 600
    with Recorder(path) as recorder:
        at_work = [
            threading.Thread(target=lambda: [delivered(recorder) for _ in range(rounds)])
            for _ in range(threads)
        ]
        for each in at_work:
            each.start()
        while any(each.is_alive() for each in at_work):
            assert recorder.flush()
    with open_recording(path) as recording:
        assert len(recording.runs) == threads * rounds
        for run in recording.runs:
            ends = [span.end_ns is not None for span in recording.run(run.number).spans()]
            assert (run.spans, run.steps, run.status, ends) == (2, 1, "ok", [True, True])


@pytest.mark.parametrize("when", ["before", "after", "more"])
def test_the_writer_looks_while_a_run_is_put_as_one_record(
    path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Or another thread goes on with it."""
    more, turn = when == "more", threading.Event()
    with Recorder(path) as recorder:
        intake = recorder.writer.intake
        if more:  # the writer does not look before
            turn = held_back(recorder, monkeypatch)
        put: Callable[[Any], None] = intake._put  # pyright: ignore[reportPrivateUsage]

        def looked_at(item: Any) -> None:
            whole = isinstance(item, Brief)
            assert not (whole and when == "before") or recorder.flush()
            put(item)
            assert not (whole and when == "after") or recorder.flush()
            if whole and more:
                (run,) = [each for each in intake.open if each is each.run]
                recorder.span(c.TOOL, "another", parent=run).end()

        monkeypatch.setattr(intake, "_put", looked_at)
        delivered(recorder)
        turn.set()
    with open_recording(path) as recording:
        (run,) = recording.runs
        assert (run.spans, run.tools, run.status) == (2 + more, more, "ok")
        assert len(recording.run(0).spans()) == 2 + more


def test_ends_at_once_count_once(path: Path) -> None:
    """Another thread ends the span while this one asks for the time."""
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        span = recorder.span("custom", "s", parent=root)
        span.error = "ValueError: no"
        times = iter([span.end])

        class Clock:
            def perf_counter_ns(self) -> int:
                for end in times:
                    end()
                return time.perf_counter_ns()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("agentloupe.tracer.recorder.time", Clock())
            span.end()
        root.end()
    with open_recording(path) as recording:
        assert (recording.runs[0].errors, len(recording.run(0).spans())) == (1, 1)


def test_runs_of_one_message_do_not_fill_a_queue_that_stalls(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_of, "STALL", 0.2)
    monkeypatch.setattr(intake_of, "LIMIT", 100)
    monkeypatch.setattr(intake_of, "MANY", 100)
    answers = threading.Event()
    with Recorder(path) as recorder:
        write = recorder.writer._disk.write  # pyright: ignore[reportPrivateUsage]

        def late(rows: Rows, *, last: bool = False) -> None:
            answers.wait()
            write(rows, last=last)

        monkeypatch.setattr(recorder.writer._disk, "write", late)  # pyright: ignore[reportPrivateUsage]
        for _ in range(1_000):
            delivered(recorder)
        intake = recorder.writer.intake
        assert len(intake.queue) < 110
        assert not intake.open
        assert recorder.writer.lost
        answers.set()
    with open_recording(path) as recording:
        assert sum(run.spans for run in recording.runs) + recording.info.lost == 2 * 1_000


def test_a_program_waits_for_a_writer_that_has_not_had_its_turn_yet(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asleep by its own account, though it was woken."""
    monkeypatch.setattr(intake_of, "STALL", 0.2)
    monkeypatch.setattr(intake_of, "LIMIT", 100)
    monkeypatch.setattr(intake_of, "MANY", 100)
    with Recorder(path) as recorder:
        turn = held_back(recorder, monkeypatch)
        for _ in range(300):
            delivered(recorder)
        waiting = len(recorder.writer.intake.queue)
        turn.set()
    assert waiting < 110
    with open_recording(path) as recording:
        assert sum(run.spans for run in recording.runs) + recording.info.lost == 2 * 300


def test_nothing_put_while_others_fork_waits_for_more(path: Path) -> None:
    """A flush that is asked for when the writer's thread leaves for the fork."""
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        for number in range(20):
            recorder.span("custom", "s", parent=root).end()
            recorder.before_fork()
            done = threading.Event()
            if number % 2:
                recorder.writer.intake.queue.append(done)  # the thread had not told that it left
            else:
                recorder.writer.intake.event(done)
            recorder.after_fork_in_parent()
            assert done.wait(10)
        root.end()


def test_whoever_is_interrupted_while_waking_the_writer_may_wake_it_in_between(path: Path) -> None:
    """A finalizer or a signal's handler that records, at each line of it."""
    with Recorder(path) as recorder:
        wake: Callable[[], None] = recorder.writer._wake  # pyright: ignore[reportPrivateUsage]

        def interrupted(*_: object) -> Any:
            wake()
            return interrupted

        def interrupted_wake() -> None:
            sys.settrace(interrupted)
            wake()  # starts the thread
            wake()
            sys.settrace(None)

        thread = threading.Thread(target=interrupted_wake, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        names = [each.name for each in threading.enumerate()]
        assert names.count("agentloupe-writer") == 1


def test_what_comes_after_the_end_is_let_go_and_not_waited_for(path: Path) -> None:
    recorder = Recorder(path)
    root = recorder.start_run("run")
    recorder.close()
    began = time.monotonic()
    for _ in range(10):
        recorder.span("custom", "late", parent=root).end()
    assert not recorder.writer.intake.queue
    assert recorder.writer.lost == 10
    recorder.flush(30)
    assert time.monotonic() - began < 20


def test_a_text_that_the_parent_stored_is_not_another_in_a_forked_child(path: Path) -> None:
    with Recorder(path) as recorder:
        shared = text_body("said by the parent " * 40)
        root = recorder.start_run("parent")
        span = recorder.span("custom", "said", parent=root)
        span.body(c.TOOL_RESULT, shared)
        span.end()
        assert recorder.flush()
        recorder.before_fork()
        child = os.fork()
        if child == 0:
            try:
                recorder.after_fork()
                root = recorder.start_run("child")
                for body in (text_body("said by the child " * 40), shared):
                    span = recorder.span("custom", "said", parent=root)
                    span.body(c.TOOL_RESULT, body)
                    span.end()
                recorder.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        recorder.after_fork_in_parent()
        root.end()
    with open_recording(path) as recording:
        run = recording.run(1)
        own, parents = (run.text(span.bodies[c.TOOL_RESULT]) for span in run.spans())
    assert own == "said by the child " * 40
    assert parents == LOST


STEPS = st.lists(st.sampled_from(["begin", "end", "message", "answer", "flush"]), max_size=30)


@examples(40, deadline=None)
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
