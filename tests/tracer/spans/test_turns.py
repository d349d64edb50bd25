"""What the turns of foreign frameworks leave allocated, by their spans."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, set_span_in_context

from agentloupe.tracer import conventions as c
from agentloupe.tracer import record
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.spans import turns

ROWS = 300
TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("somebodys-agents")


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """Measures every turn. What other tests left is not freed in the middle of one."""
    gc.collect()
    gc.freeze()
    with record("program", path=tmp_path / "turns.loupe", collect=True) as made:
        yield made
    gc.unfreeze()


@contextmanager
def turn(name: str) -> Iterator[Span]:
    attributes = {c.OPERATION: c.AGENT, c.AGENT_NAME: name}
    with TRACER.start_as_current_span(f"invoke_agent {name}", attributes=attributes) as span:
        yield span


def rows() -> list[str]:
    return [f"row {n}" for n in range(ROWS)]


def booked(recorder: Recorder) -> dict[str, int]:
    """How often each agent's turns kept as much as `rows` is."""
    tallies = recorder.sampler.tallies.by_agent
    return {name: round(tally.blocks / ROWS) for name, tally in tallies.items()}


def test_a_turn_is_booked_to_its_agent(recorder: Recorder) -> None:
    kept: list[list[str]] = []
    for _ in range(5):
        with turn("hoarder"):
            kept.append(rows())
        with turn("tidy"):
            rows()
    assert booked(recorder) == {"hoarder": 5, "tidy": 0}


def test_the_turns_inside_of_one_are_not_its_own(recorder: Recorder) -> None:
    kept: list[list[str]] = []
    with turn("boss"):
        kept.append(rows())
        with TRACER.start_as_current_span("looks something up"):
            with turn("clerk"):
                kept += [rows(), rows()]
                with turn("page"):
                    kept.append(rows())
    assert booked(recorder) == {"boss": 1, "clerk": 2, "page": 1}


def test_turns_that_overlap_are_not_counted(recorder: Recorder) -> None:
    kept: list[list[str]] = []
    with TRACER.start_as_current_span("both") as around:
        context = set_span_in_context(around)
        both = [
            TRACER.start_span(
                f"invoke_agent {name}",
                context=context,
                attributes={c.OPERATION: c.AGENT, c.AGENT_NAME: name},
            )
            for name in ("left", "right")
        ]
        kept.append(rows())
        for span in both:
            span.end()
    tallies = recorder.sampler.tallies.by_agent
    assert booked(recorder) == {"left": 0, "right": 0}
    assert [tally.disturbed for tally in tallies.values()] == [1, 1]
    assert turns._open == {}


def test_within_a_delivery_it_is_the_handler_that_is_measured(recorder: Recorder) -> None:
    with recorder.use(recorder.start_run("team")):
        with recorder.record(c.PROCESS, "process", agent="writer/default"):
            with turn("writer"):
                rows()
    assert booked(recorder) == {}


def test_what_a_turn_opens_is_its_agents(recorder: Recorder) -> None:
    with turn("fetcher"):
        opened = socket.socket()
    try:
        assert recorder.sampler._resources.there({})["agent_sockets"] == {"fetcher": 1}
    finally:
        opened.close()
