"""Spans that are over, packed together and counted once."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.together import TOGETHER


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r.loupe"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seen", [False, True])
def test_an_interrupt_while_a_span_is_handed_over_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, late: bool, seen: bool
) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        over = recorder.writer.intake.over

        class Interrupted(deque[LiveSpan]):
            def append(self, span: LiveSpan, /) -> None:
                if late:
                    waiting.append(span)
                raise KeyboardInterrupt

        waiting = over.spans
        span = recorder.span("custom", "s", parent=root)
        assert not seen or recorder.flush()
        with monkeypatch.context() as patch:
            patch.setattr(over, "spans", Interrupted())
            with pytest.raises(KeyboardInterrupt):
                span.end()
        root.end()
    with open_recording(path) as recording:
        (found,) = recording.run(0).spans()
        assert found.end_ns == span.end_ns
        assert recording.runs[0].spans == 1


@pytest.mark.parametrize("late", [False, True])
def test_an_interrupt_while_spans_are_packed_loses_and_counts_none_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        over = recorder.writer.intake.over
        take: Callable[..., tuple[int, int]] = over.take

        def interrupted(*how: Any) -> tuple[int, int]:
            if threading.current_thread() is threading.main_thread():
                if late:
                    over._packed([*over.spans], math.inf)  # pyright: ignore[reportPrivateUsage]
                raise KeyboardInterrupt
            return take(*how)

        with monkeypatch.context() as patch:
            patch.setattr(over, "take", interrupted)
            with pytest.raises(KeyboardInterrupt):
                for number in range(2 * TOGETHER):
                    span = recorder.span(c.TOOL, f"s{number}", agent="a", parent=root)
                    span.error = "ValueError: no"
                    span.end()
            assert recorder.flush()
        root.end()
    with open_recording(path) as recording:
        spans = recording.run(0).spans()
        run = recording.runs[0]
        assert len(spans) >= TOGETHER
        assert all(span.end_ns for span in spans)
        assert run.spans == run.tools == run.errors == len(spans)


def test_another_operation_than_it_seemed_counts_as_that(path: Path) -> None:
    """However often it was on record before."""
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        for flushes in (0, 1, 2):
            span = recorder.span(c.CHAT, "chat", parent=root)
            assert flushes < 1 or recorder.flush()
            span.op = c.TOOL
            assert flushes < 2 or recorder.flush()
            span.end()
        root.end()
    with open_recording(path) as recording:
        (run,) = recording.runs
        assert (run.spans, run.chats, run.tools) == (3, 0, 3)


def test_spans_of_runs_that_take_turns_and_large_ones_are_all_there(path: Path) -> None:
    """Some of them are packed together, of others each by itself, or by the writer."""
    with Recorder(path) as recorder:
        roots = [recorder.start_run(f"run {number}") for number in range(2)]
        for number in range(3 * TOGETHER):
            root = roots[number // 3 % 2]
            span = recorder.span(c.TOOL, f"s{number}", agent="a", parent=root)
            span.body(c.TOOL_RESULT, f"{number} " * (10_000 if number % 7 == 0 else 30))
            span.end()
        for root in roots:
            root.end()
    with open_recording(path) as recording:
        names: list[str] = []
        for info in recording.runs:
            run = recording.run(info.number)
            spans = run.spans()
            assert info.spans == info.tools == len(spans)
            for span in spans:
                names.append(span.name)
                assert run.text(span.bodies[c.TOOL_RESULT]).startswith(f"{span.name[1:]} ")
    assert sorted(names) == sorted(f"s{number}" for number in range(3 * TOGETHER))
