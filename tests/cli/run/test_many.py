"""Runs in one process stay apart, one after the other or all at once."""

from __future__ import annotations

import re

import pytest

from agentloupe.tracer import Recording
from agentloupe.tracer.reader import Run

from .conftest import Programs

MARK = re.compile(r"mark\d{3}")


def marks(run: Run) -> set[str]:
    """The marks in all the bodies of a run."""
    return {
        mark
        for span in [run.root, *run.spans()]
        for body in span.bodies.values()
        for mark in MARK.findall(run.text(body))
    }


def check_apart(recording: Recording, count: int) -> None:
    assert len(recording.runs) == count
    assert {info.status for info in recording.runs} == {"ok"}
    assert len({info.trace_id for info in recording.runs}) == count
    for info in recording.runs:
        run = recording.run(info.number)
        number = int(info.name.removeprefix("team"))
        assert marks(run) == {f"mark{number:03}"}
        assert info.chats == 3
        ids = {run.root.id, *(span.id for span in run.spans())}
        assert all(span.parent in ids for span in run.spans())
        assert all(link.span_id in ids for span in run.spans() for link in span.links)
        assert [step.index for step in run.iter_steps()] == list(range(info.steps))
        assert run.open_spans() == []


def test_three_runs_in_turn_are_three_runs(programs: Programs) -> None:
    recorded = programs.loupe("many.py", "3", "in_turn")
    assert recorded.code == 0, recorded.err
    with recorded.recording() as recording:
        check_apart(recording, 3)
        assert [info.name for info in recording.runs] == ["team0", "team1", "team2"]


@pytest.mark.parametrize("extra", [(), ("shared",)], ids=["own runtimes", "one runtime"])
def test_fifty_runs_together_are_fifty_runs(programs: Programs, extra: tuple[str, ...]) -> None:
    recorded = programs.loupe("many.py", "50", "together", *extra)
    said = "".join(f"seen mark{number:03}\n" for number in range(50))
    assert (recorded.code, recorded.out, recorded.own_err) == (0, said, "")
    with recorded.recording() as recording:
        check_apart(recording, 50)
