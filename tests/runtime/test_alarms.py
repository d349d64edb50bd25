"""A program's alarm whose handler raises reaches the program, wherever it goes off."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from agentloupe.runtime.instruments.watching import told
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.interrupts import interrupts
from agentloupe.tracer.recorder import Recorder, activate
from agentloupe.tracer.sampler import Sampler
from agentloupe.tracer.together import TOGETHER


class TooLong(Exception):
    """What a program's handler raises."""


def stop(_number: int, _frame: FrameType | None) -> None:
    raise TooLong


class Handler:
    def method(self, _number: int, _frame: FrameType | None) -> None:
        raise TooLong

    __call__ = method


@pytest.fixture(
    params=[stop, partial(stop), Handler(), Handler().method], ids=lambda each: type(each).__name__
)
def handler(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    before = signal.signal(signal.SIGUSR1, request.param)
    yield request.param
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("handler")
def test_what_a_handler_raised_is_told_from_what_failed() -> None:
    with pytest.raises(TooLong) as raised:
        signal.raise_signal(signal.SIGUSR1)
    assert interrupts(raised.value)
    with pytest.raises(TooLong) as raised:
        stop_all()
    assert not interrupts(raised.value)


def stop_all() -> None:
    raise TooLong


@pytest.mark.usefixtures("handler")
def test_recording_swallows_no_alarm(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.loupe") as recorder:
        before = activate(recorder)
        try:
            with pytest.raises(TooLong):
                told(signal.raise_signal, signal.SIGUSR1)
        finally:
            activate(before)


@pytest.mark.usefixtures("handler")
def test_an_alarm_while_memory_is_sampled_is_the_programs_and_no_end_of_sampling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rss = Sampler._rss  # pyright: ignore[reportPrivateUsage]
    alarms = [signal.SIGUSR1]

    def alarmed(sampler: Sampler) -> int:
        if alarms:
            signal.raise_signal(alarms.pop())
        return rss(sampler)

    monkeypatch.setattr(Sampler, "_rss", alarmed)
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        with pytest.raises(TooLong):
            recorder.span(c.TOOL, "first", parent=root).end()
        recorder.sampler._next_ns = 0  # pyright: ignore[reportPrivateUsage]
        recorder.span(c.TOOL, "second", parent=root).end()
        root.end()
    with open_recording(path) as recording:
        assert recording.run(0).samples()


@pytest.mark.usefixtures("handler")
@pytest.mark.parametrize(("others", "moments"), [(0, 5), (TOGETHER - 1, 100)])
def test_an_alarm_at_any_moment_of_an_end_reaches_the_program_and_loses_no_span(
    tmp_path: Path, others: int, moments: int
) -> None:
    """Python looks for signals where a function begins and where a C function has returned. Of
    several spans that are over, the last one's end packs all."""
    path, names = tmp_path / "r.loupe", list[str]()
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        moment, gone_off = 0, True
        while gone_off:
            moment, gone_off = moment + 1, False
            assert not others or recorder.flush()
            for number in range(others):
                names.append(f"s{moment}.{number}")
                recorder.span("custom", names[-1], parent=root).end()
            span = recorder.span("custom", f"s{moment}", parent=root)
            span.body(c.TOOL_RESULT, "x" * 300)
            names.append(span.name)
            calls = count(1)

            def alarm(
                _frame: FrameType,
                event: str,
                _arg: object,
                moment: int = moment,
                calls: Iterator[int] = calls,
            ) -> None:
                nonlocal gone_off
                if event in ("call", "c_return") and next(calls) == moment:
                    gone_off = True
                    signal.raise_signal(signal.SIGUSR1)

            sys.setprofile(alarm)
            try:
                span.end()
                reached = False
            except TooLong:
                reached = True
            finally:
                sys.setprofile(None)
            assert reached is gone_off
        assert moment > moments
        root.end()
    with open_recording(path) as recording:
        spans = recording.run(0).spans()
        assert recording.runs[0].spans == len(names)
    assert [span.name for span in spans] == names
    assert sum(span.end_ns is None for span in spans) <= 2  # before the end was taken down
