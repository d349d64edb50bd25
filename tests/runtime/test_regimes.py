"""Random programs under random limits, and somebody who pauses, steps, edits and drops: they end,
nothing is lost unseen, and the same goes the same way."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from autogen_core import AgentId
from hypothesis import given, settings

from agentloupe.tracer import conventions as c
from agentloupe.tracer.control import DoPause, DoResume
from agentloupe.tracer.recorder import LiveSpan, Recorder, activate

from .agents import Ask, Echo, ends, quick
from .programs import Outcome, Program, programs
from .regimes import Regime, desk, regimes, run
from .test_programs import accounted, shape


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        gc.collect()
    logging.disable(logging.NOTSET)


@settings(max_examples=60)
@given(programs(stops=True), regimes)
def test_it_ends_and_every_message_is_accounted_for(program: Program, regime: Regime) -> None:
    outcome, spans = recorded(program, regime)
    assert outcome.ended
    taken = Counter(link for span in spans for link, _ in span.links)
    for posted in spans:
        if posted.op in (c.SEND, c.PUBLISH):
            assert posted.end_ns is not None, posted.message
            assert accounted(posted, taken[posted.id]), posted.message
    starts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for span in spans:
        if span.op == c.PROCESS and span.message is not None:
            assert span.end_ns is not None, span.message
            starts[span.message[1], span.agent].append(span.message[6])
    for posted_ns in starts.values():
        assert posted_ns == sorted(posted_ns)


@settings(max_examples=20)
@given(programs(stops=True), regimes)
def test_the_same_goes_the_same_way(program: Program, regime: Regime) -> None:
    first, again = recorded(program, regime), recorded(program, regime)
    assert first[0].log == again[0].log
    assert [shape(span) for span in first[1]] == [shape(span) for span in again[1]]


async def test_a_pause_before_the_first_message_can_be_resumed() -> None:
    with desk() as at:
        runtime = quick()
        await Echo.register(runtime, "echo", Echo)
        runtime.start()
        at.answer(DoPause())
        at.answer(DoResume())
        assert await ends(runtime.send_message(Ask(1), AgentId("echo", "default"))) == Ask(1)
        await runtime.stop_when_idle()


def recorded(program: Program, regime: Regime) -> tuple[Outcome, list[LiveSpan]]:
    """The program under the regime, with its spans in the order in which they began."""
    spans: list[LiveSpan] = []
    with TemporaryDirectory() as folder:
        recorder: Any = Recorder(Path(folder) / "p.loupe")
        recorder.put = recorder._put = spans.append  # nothing goes to the disk
        before = activate(recorder)
        try:
            outcome = asyncio.run(run(program, regime))
        finally:
            activate(before)
            recorder.close()
    return outcome, list({id(span): span for span in spans}.values())
