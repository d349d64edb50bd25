"""Random programs under random limits, and somebody who pauses, steps, edits and drops: they end,
nothing is lost unseen, and the same goes the same way."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Iterator

import pytest
from autogen_core import AgentId
from hypothesis import given

from agentloupe.tracer import conventions as c
from agentloupe.tracer.control import DoPause, DoResume

from ..examples import examples
from .agents import Ask, Echo, ends, quick
from .programs import Program, programs
from .regimes import Regime, desk, regimes, run
from .taping import Taped, shape, starts, tape, unaccounted


@pytest.fixture(scope="module")
def taped() -> Iterator[Taped]:
    with tape() as made:
        yield made


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        gc.collect()
    logging.disable(logging.NOTSET)


@examples(60)
@given(program=programs(stops=True), regime=regimes)
def test_it_ends_and_every_message_is_accounted_for(
    taped: Taped, program: Program, regime: Regime
) -> None:
    outcome, spans = taped(run(program, regime))
    assert outcome.ended
    assert unaccounted(spans) == []
    for span in spans:
        if span.op in (c.SEND, c.PUBLISH, c.PROCESS):
            assert span.end_ns is not None, span.message
    given = dict(regime.options)
    if "mailbox" in given and given.get("mailbox_policy", "block") == "block":
        return  # who waits for room posts when there is room in all the mailboxes
    for posted_ns in starts(spans, by_sender=True):
        assert posted_ns == sorted(posted_ns)


@examples(20)
@given(program=programs(stops=True), regime=regimes)
def test_the_same_goes_the_same_way(taped: Taped, program: Program, regime: Regime) -> None:
    first, again = taped(run(program, regime)), taped(run(program, regime))
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
