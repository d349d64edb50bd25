"""Several services in one trace, whose clocks differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.clocks import CLOCKS
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.wire.files import open_any

from .shown import otlp_span, request


def conversation(tmp_path: Path, skew: int) -> Recording:
    """A Python agent asks one in Node.js over HTTP, which asks it back; `skew` in seconds."""

    def agent(number: int, name: str, parent: int, at: int) -> dict[str, object]:
        attributes = {c.OPERATION: c.AGENT, c.AGENT_NAME: name}
        return otlp_span(number, f"invoke_agent {name}", parent, at=at, attributes=attributes)

    event = {"name": "said", "timeUnixNano": str((10_003 + skew) * 10**9), "attributes": []}
    ours = [agent(1, "ana", 0, 10_000), agent(3, "ana", 2, 10_004), agent(5, "ana", 1, 10_008)]
    theirs = [agent(2, "bob", 1, 10_002 + skew), agent(4, "bob", 3, 10_006 + skew)]
    theirs[0]["events"] = [event]
    path = tmp_path / "two.jsonl"
    lines = [request(*ours, service="py"), request(*theirs, service="node")]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return open_any(path)


@pytest.mark.parametrize("skew", [-5_000, -3, 0, 3, 5_000])
def test_steps_are_in_the_order_in_which_one_caused_the_other(tmp_path: Path, skew: int) -> None:
    with conversation(tmp_path, skew) as recording:
        [info] = recording.runs
        run = recording.run(info.number)
        spans = {span.id: span for span in run.spans()}
        steps = [step.span_id for step in run.iter_steps()]
        said = spans[2].events[0].time_ns - spans[2].start_ns
        corrected = run.root.attributes.get(CLOCKS)
    assert steps == [1, 2, 3, 4, 5]
    assert all(
        spans[span.parent].start_ns <= span.start_ns
        for span in spans.values()
        if span.parent in spans
    )
    assert said == 10**9
    assert (corrected is not None) is (skew not in (0,) and abs(skew) > 2)
