"""Random programs: `compat="autogen"` runs them in AutoGen's own order, and ours loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import autogen_core
import pytest
from autogen_core import AgentId, SingleThreadedAgentRuntime
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import conventions as c
from agentloupe.tracer import record

from ..examples import examples
from .agents import Echo, quick, ticks
from .programs import Job, Pause, Program, Publish, Send, programs, run
from .taping import Taped, shape, starts, tape, unaccounted

LATE = 500  # turns of the event loop after which a program has come to rest


@pytest.fixture(scope="module")
def taped() -> Iterator[Taped]:
    with tape() as made:
        yield made


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Upstream leaves exceptions behind that nobody retrieved; that is part of what is compared."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        gc.collect()
    logging.disable(logging.NOTSET)


def test_what_stands_in_gives_the_order_results_and_exceptions_of_upstream(tmp_path: Path) -> None:
    """On the class that a program under `loupe run` finds in the place of upstream's, recorded."""

    @examples(60)
    @given(programs(stops=False))
    def compare(program: Program) -> None:
        theirs = asyncio.run(run(SingleThreadedAgentRuntime, program))
        assert asyncio.run(run(stand_in, program)) == theirs
        assert asyncio.run(run(on_autogen, program)) == theirs

    with record(path=tmp_path / "p.loupe"):
        stand_in: Any = autogen_core.SingleThreadedAgentRuntime
        assert stand_in is not SingleThreadedAgentRuntime
        compare()


def on_autogen() -> Any:
    return TracedRuntime(compat="autogen", record=False)


BROADCAST_THEN_REQUEST = Program(
    (("t0", "a0"), ("t0", "a1"), ("t1", "a1")),
    (0, 0, 0),
    Job(0, (Publish("t0", Job(1, (Pause(2),))), Publish("t1", Job(2)), Send("a1", Job(3)))),
)


@pytest.mark.parametrize("compat", ["strict", "autogen"])
def test_a_broadcast_starts_before_the_request_that_follows(compat: Any) -> None:
    outcome = asyncio.run(
        run(lambda: TracedRuntime(compat=compat, record=False), BROADCAST_THEN_REQUEST)
    )
    starts = [entry[2] for entry in outcome.log if entry[:2] == ("start", "a1")]
    assert starts == [1, 2, 3]


@pytest.mark.parametrize("gap", range(6))
def test_nobody_overtakes_who_waited_for_the_agent_to_be_made(gap: int, taped: Taped) -> None:
    """One is posted at each turn around that at which it is there."""
    later = (Publish("t0", Job(2)), Pause(gap + 1), Publish("t0", Job(3)))
    program = Program((("t0", "a0"),), (3, 0, 0), Job(0, (Publish("t0", Job(1)), *later)))
    outcome, _ = taped(run(TracedRuntime, program))
    assert [entry[2] for entry in outcome.log if entry[:1] == ("start",)] == [1, 2, 3]


async def test_when_who_makes_an_agent_is_cancelled_the_next_does() -> None:
    made: list[int] = []
    goes_on = asyncio.Event()

    async def slowly() -> Echo:
        made.append(len(made))
        await goes_on.wait()
        return Echo()

    runtime = quick()
    await Echo.register(runtime, "echo", slowly)
    to = AgentId("echo", "default")
    gets = [asyncio.create_task(runtime.get(to, lazy=False)) for _ in range(3)]
    await ticks()
    gets[0].cancel()
    await ticks()
    goes_on.set()
    await asyncio.wait(gets)
    assert gets[0].cancelled()
    assert [each.result() for each in gets[1:]] == [to, to]
    assert made == [0, 1]


@examples(60)
@given(program=programs(stops=True))
def test_ours_never_hangs_and_accounts_for_every_message(taped: Taped, program: Program) -> None:
    outcome, spans = taped(run(TracedRuntime, program))
    assert outcome.ended
    assert unaccounted(spans) == []
    assert all(span.end_ns is not None for span in spans if span.op in (c.SEND, c.PUBLISH))
    for posted_ns in starts(spans, by_sender=False):
        assert posted_ns == sorted(posted_ns)


@examples(25)
@given(
    program=programs(stops=True),
    at_once=st.sampled_from([1, 2]),
    mailbox=st.sampled_from([None, 2, 4]),
)
def test_bounded_mailboxes_lose_nothing_unseen(
    taped: Taped, program: Program, at_once: int, mailbox: int | None
) -> None:
    """Circles through a mailbox are real deadlocks here: whoever stops the runtime ends them."""
    if program.stops_after is None:
        program = replace(program, stops_after=LATE)

    def bounded() -> TracedRuntime:
        return TracedRuntime(
            at_once=at_once, mailbox=mailbox, mailbox_policy="drop oldest", hangs="off"
        )

    _, spans = taped(run(bounded, program))
    assert [span for span in unaccounted(spans) if span.end_ns is not None] == []
    for posted_ns in starts(spans, by_sender=True):
        assert posted_ns == sorted(posted_ns)


@examples(25)
@given(program=programs(stops=True))
def test_the_same_program_gives_the_same_trace(taped: Taped, program: Program) -> None:
    first, again = taped(run(timeless, program)), taped(run(timeless, program))
    assert first[0].log == again[0].log
    assert [shape(span) for span in first[1]] == [shape(span) for span in again[1]]


def timeless() -> TracedRuntime:
    """No look of the watch and no grace comes to pass: both go by the clock, and what they end (a
    handler that does not heed its token) ends earlier or later in the program for that."""
    return TracedRuntime(beat=3600.0, grace=3600.0)
