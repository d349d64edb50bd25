"""The quick look at a run tells of its steps what the steps themselves tell."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.errors import RecordingError
from agentloupe.tracer.reader import Run, open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder

from .recordings import conversation

FIELDS = (
    "index",
    "sender",
    "recipient",
    "message_type",
    "kind",
    "message_id",
    "body",
    "conversation",
)


def delivered(
    recorder: Recorder, root: LiveSpan, number: int, kind: str = "send", text: str = "x"
) -> LiveSpan:
    run = root.run
    span = LiveSpan(recorder, c.PROCESS, "", "b/k", root.id, run.next_step)
    run.next_step += 1
    span.run, span.boundary = run, True
    span.message = (kind, "a/default", "b/k", "Note\x1b[2J", "", f"m{number}", 0)
    span.body(c.MESSAGE_BODY, text)
    if number % 3 == 0:
        span.set(c.CONVERSATION, "a -> b")
    return span


def told(run: Run, start: int = 0) -> list[tuple[object, ...]]:
    return [
        tuple(getattr(glance, name) for name in FIELDS)
        for batch in run.glances(start)
        for glance in batch
    ]


def test_it_tells_what_the_steps_tell(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        spans: list[LiveSpan] = []
        for number in range(1500):
            span = delivered(recorder, root, number, text="long " * 500 if number % 50 else "x")
            recorder.put(span)
            spans.append(span)
            if number % 2:  # some end at once, in another order than they began
                spans.pop().end()
        with recorder.use(root), recorder.record(c.CHAT, "chat"):
            pass
        kept = LiveSpan(recorder, c.STATE, "save_state b", "b/k", root.id, 7, root.run)
        kept.set(c.STATE_WHY, "saved")
        kept.body(c.AGENT_STATE, {"seen": 3})
        recorder.put(kept)
        kept.end()
        for span in reversed(spans):
            span.end()
        root.end()
    with open_recording(path) as recording:
        run = recording.run(0)
        expected = [tuple(getattr(step, name) for name in FIELDS) for step in run.iter_steps()]
        assert told(run) == expected
        assert told(run, 700) == expected[700:]
        glances = run.glances()
        assert sum(map(len, glances)) == run.info.steps
        (state,) = glances.kept
        assert (state.step, state.agent, state.why) == (7, "b/k", "saved")
        assert run.text(state.body) == '{"seen":3}'


def test_runs_of_one_message_are_told_too(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        for number in range(3):
            root = recorder.start_run(f"run {number}")
            span = delivered(recorder, root, number)
            recorder.put(span)
            span.end()
            root.end()
    with open_recording(path) as recording:
        for info in recording.runs:
            run = recording.run(info.number)
            steps = [tuple(getattr(step, name) for name in FIELDS) for step in run.steps()]
            assert told(run) == steps


def test_one_agents_steps_are_those_that_name_it(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    conversation(path, 1_300, agents=12)
    with open_recording(path) as recording:
        run = recording.run(0)
        steps = list(run.iter_steps())
        names = {step.recipient for step in steps}
        assert len(names) == 12
        for name in names:
            assert run.steps_of(name) == [s for s in steps if name in (s.sender, s.recipient)]
        assert run.steps_of("a1") == []


def test_a_damaged_page_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        span = delivered(recorder, root, 0)
        recorder.put(span)
        span.end()
        root.end()
    with sqlite3.connect(path) as store:
        store.execute("UPDATE pages SET data = x'93c0a3622f6b'")
    store.close()
    with open_recording(path) as recording:
        with pytest.raises(RecordingError, match="damaged"):
            told(recording.run(0))
        with pytest.raises(RecordingError, match="damaged"):
            recording.run(0).steps_of("b/k")
