"""Runs that are one message are one record, and read back as any other run."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agentloupe.runtime.tape import SEND
from agentloupe.tracer import conventions as c
from agentloupe.tracer.bodies import snapshot
from agentloupe.tracer.reader import Recording, open_recording
from agentloupe.tracer.recorder import LiveRun, LiveSpan, Recorder


def exchange(
    recorder: Recorder,
    number: int,
    *,
    early: bool = True,
    text: str = "",
    meanwhile: Callable[[LiveSpan], object] = lambda handling: None,
) -> tuple[LiveRun, LiveSpan]:
    """A message from outside and its handling, as a runtime records them.

    Without `early` the writer has seen the run before.
    """
    run = recorder.auto_run(f"{SEND} Note").run
    if not early:
        assert recorder.flush()
    send = LiveSpan(recorder, SEND, "", "", run.id, None, run)
    run.hold()
    message = (SEND, "", "echo/default", "Note", "", f"m{number}", send.start_ns)
    send.message = message
    body = snapshot({"n": text or number})
    send.bodies = {c.MESSAGE_BODY: body}
    run.put(send)
    handling = LiveSpan(recorder, c.PROCESS, "", "echo/default", run.id, 0, run)
    run.next_step = 1
    handling.boundary = True
    handling.message = (*message, "Reply")
    handling.bodies = {c.MESSAGE_BODY: body, c.REPLY_BODY: snapshot({"got": number})}
    handling.links = ((send.id, "message"),)
    run.put(handling)
    meanwhile(handling)
    handling.end()
    send.end()
    run.release()
    return run, handling


def briefs(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT coalesce(sum(runs), 0) FROM briefs").fetchone()[0]


def shown(recording: Recording, number: int) -> list[object]:
    """All there is to a run, without what differs from one to the next."""
    run = recording.run(number)
    ids = {run.root.id: "root"}
    spans: list[object] = []
    for span in run.spans():
        ids[span.id] = span.op
        texts = {key: run.text(ref) for key, ref in span.bodies.items()}
        links = [(ids[link.span_id], link.kind) for link in span.links]
        kept = {k: v for k, v in span.attributes.items() if k != c.MESSAGE_ID}
        spans.append((ids[span.parent], span.name, span.agent, span.step, texts, links, kept))
    steps = [
        (s.sender, s.recipient, s.kind, s.message_type, s.reply_type, run.text(s.body or ""))
        for s in run.steps()
    ]
    info = run.info
    totals = [
        (each.identity, each.received, each.sent, each.busy_ns > 0, each.errors)
        for each in info.agents
    ]
    return [info.name, info.status, info.steps, info.spans, totals, run.root.name, spans, steps]


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """The writer's thread gets its turn only when the test waits for something."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(100)
    yield
    sys.setswitchinterval(before)


@contextmanager
def recorder_for(path: Path) -> Iterator[Recorder]:
    with Recorder(path) as recorder:
        recorder.tick = lambda run, step, time_ns: None  # reads files, which lets the writer run
        yield recorder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "talk.loupe"


def test_a_brief_run_reads_back_as_one_that_is_written_span_by_span(path: Path) -> None:
    with recorder_for(path) as recorder:
        run = recorder.auto_run("wait").run  # the writer is busy with this one until the flush
        recorder.flush()
        exchange(recorder, 7)
        run.end()
    with recorder_for(path.with_name("long.loupe")) as recorder:
        exchange(recorder, 7, early=False)
    with open_recording(path) as brief, open_recording(path.with_name("long.loupe")) as long:
        assert briefs(path) == 1
        assert briefs(path.with_name("long.loupe")) == 0
        assert shown(brief, 1) == shown(long, 0)
        assert brief.run(brief.runs[1].trace_id).info == brief.runs[1]


def test_what_comes_later_joins_a_brief_run(path: Path) -> None:
    with recorder_for(path) as recorder:
        _, handling = exchange(recorder, 1)
        recorder.flush()
        assert briefs(path) == 1
        with recorder.use(handling), recorder.record(c.TOOL, "execute_tool late", agent="echo"):
            pass
        exchange(recorder, 2)
    with open_recording(path) as recording:
        assert len(recording.runs) == 2
        run = recording.run(0)
        assert (run.info.spans, run.info.steps, run.info.tools) == (3, 1, 1)
        assert [span.op for span in run.spans()] == [SEND, c.PROCESS, c.TOOL]
        received = {each.identity: each.received for each in run.info.agents}
        assert received["echo/default"] == 1


@pytest.mark.parametrize("what", ["attribute", "error", "event", "third span", "large text"])
def test_a_run_with_more_to_it_is_not_brief(path: Path, what: str) -> None:
    def more(handling: LiveSpan) -> None:
        if what == "attribute":
            handling.set("note", "more")
        elif what == "error":
            handling.error = "ValueError: no"
        elif what == "event":
            handling.event("half way", {})
        elif what == "large text":
            handling.body(c.REPLY_BODY, "long " * 2_000)
        else:
            handling.run.put(LiveSpan(recorder, c.TOOL, "x", "", handling.id, 0, handling.run))

    with recorder_for(path) as recorder:
        run = recorder.auto_run("held").run
        run.hold()
        exchange(recorder, 3, meanwhile=more)
    assert briefs(path) == 0
    with open_recording(path) as recording:
        assert len(recording.runs) == 2
        kept = recording.run(1).spans()
        assert len(kept) == (3 if what == "third span" else 2)
        if what == "attribute":
            assert kept[1].attributes["note"] == "more"
        elif what == "error":
            assert kept[1].error == "ValueError: no"


def test_thousands_are_found_by_number_and_by_id(path: Path) -> None:
    count = 3_000
    with recorder_for(path) as recorder:
        for number in range(count):
            exchange(recorder, number)
    assert briefs(path) == count
    with open_recording(path) as recording:
        assert len(recording.runs) == count
        assert sum(run.spans for run in recording.runs) == 2 * count
        for number in (0, 1, 511, 512, 1_500, count - 1):
            run = recording.run(number)
            assert run.text(run.step(0).body or "") == f'{{"n":{number}}}'
            assert recording.run(run.info.trace_id[:12]).info == run.info
