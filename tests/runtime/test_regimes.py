"""Random programs under random limits, and somebody who pauses, steps, edits and drops: they end,
nothing is lost unseen, and the same goes the same way."""

from __future__ import annotations

import gc
import logging
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace

import pytest
from autogen_core import AgentId
from hypothesis import example, given

from agentloupe.tracer import conventions as c
from agentloupe.tracer.control import DoPause, DoResume

from ..examples import examples
from .agents import Ask, Echo, ends, quick
from .programs import Job, Pause, Program, Publish, Send, programs
from .regimes import Command, Regime, desk, regimes, run
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


def _send(to: str) -> Send:
    return Send(to=to, job=Job(name=0, actions=()), waits=False, cancelled_after=None)


#: The run of a publish is stopped when one recipient's task has not begun and another's turn has
#: not come.
HALF_DONE = Program(
    (("t0", "a1"), ("t0", "a0"), ("t1", "a0"), ("t1", "a2")),
    (0, 0, 0),
    Job(
        name=0,
        actions=(
            _send("a1"),
            Publish("t0", Job(1, (Publish("t1", Job(2)),))),
            _send("a0"),
            _send("a0"),
        ),
    ),
    None,
)
#: What gets the room gives up at a breakpoint: the room is the next one's.
UNUSED = Program(
    (),
    (0, 0, 0),
    Job(
        name=0,
        actions=(
            Send(to="a2", job=Job(1, (Pause(1),)), waits=False, cancelled_after=None),
            Send(to="a2", job=Job(2, ()), waits=False, cancelled_after=0),
            Pause(1),
            Send(to="a2", job=Job(3, ()), waits=True, cancelled_after=None),
        ),
    ),
    None,
)


#: Some wait for their agent's turn and some for a step, when one is asked for.
STEPPED = Program(
    (), (0, 0, 0), Job(0, (*[_send("a0")] * 3, replace(_send("a0"), waits=True))), None
)


@examples(60)
@given(program=programs(stops=True), regime=regimes)
@example(program=STEPPED, regime=Regime((("at_once", 1),), (Command(1, "step", 0),)))
@example(program=HALF_DONE, regime=Regime((("at_once", 1), ("max_steps", 1))))
@example(program=UNUSED, regime=Regime((("mailbox", 1),), (Command(4, "break", 2),)))
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
    # who publishes waits for room in one mailbox after the other, and is late in the last
    blocks = "mailbox" in given and given.get("mailbox_policy", "block") == "block"
    for posted_ns in starts(spans, by_sender=True, sends_only=blocks):
        assert posted_ns == sorted(posted_ns)


@examples(20)
@given(program=programs(stops=True), regime=regimes)
def test_the_same_goes_the_same_way(taped: Taped, program: Program, regime: Regime) -> None:
    first, again = taped(run(program, regime)), taped(run(program, regime))
    assert first[0].log == again[0].log
    assert [shape(span) for span in first[1]] == [shape(span) for span in again[1]]


def test_whose_wait_is_ended_is_no_matter_of_addresses(taped: Taped) -> None:
    """Of several waits at once: asyncio keeps them in a set."""
    twice = Job(name=0, actions=(_send("a0"), _send("a0")))
    publish = Publish(topic="t0", job=twice)
    main = Job(name=0, actions=(*(_send("a0") for _ in range(3)), publish))
    program = Program((("t0", "a0"), ("t0", "a1")), (0, 0, 0), main, None)
    regime = Regime((("at_once", 1),))
    shapes = [[shape(span) for span in taped(run(program, regime))[1]] for _ in range(12)]
    assert all(each == shapes[0] for each in shapes)


def test_how_long_it_takes_decides_nothing(taped: Taped, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine: by the clock that spans and stories go by, all takes long the second time."""
    asks_itself = Job(1, (Send("a0", Job(2, ())),))
    program = Program((), (0, 0, 0), Job(0, (Send("a0", asks_itself),)), None)
    regime = Regime((("at_once", 1), ("mailbox", 4)))
    first = taped(run(program, regime))[1]
    real = time.perf_counter_ns
    monkeypatch.setattr(time, "perf_counter_ns", lambda: 300 * real())
    again = taped(run(program, regime))[1]
    assert any("hang.deadlock" in (span.error or "") for span in first)
    assert [shape(span) for span in first] == [shape(span) for span in again]


async def test_a_pause_before_the_first_message_can_be_resumed() -> None:
    with desk() as at:
        runtime = quick()
        await Echo.register(runtime, "echo", Echo)
        runtime.start()
        at.answer(DoPause())
        at.answer(DoResume())
        assert await ends(runtime.send_message(Ask(1), AgentId("echo", "default"))) == Ask(1)
        await runtime.stop_when_idle()
