"""A run that several processes recorded, as they send it on: one trace, and one run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.tracer import open_recording
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.following import Follower
from agentloupe.tracer.wire.json_out import document
from agentloupe.tracer.wire.outgoing import Options, Shape

from ..test_joining import recorded

HOUR = 3600 * 10**9


def told(recording: Recording) -> list[object]:
    [info] = recording.runs
    run = recording.run(0)
    spans = {span.id: (span.op, span.agent, span.parent, span.step) for span in run.spans()}
    steps = [
        (step.index, step.recipient, step.body and run.text(step.body), step.span_id)
        for step in run.iter_steps()
    ]
    return [info.name, info.status, info.steps, run.root.id, spans, steps]


@pytest.mark.parametrize("skew", [0, -HOUR, HOUR])
@pytest.mark.parametrize("of_its_own", [False, True])
@pytest.mark.parametrize("shape", ["tree", "links"])
def test_what_each_sends_is_one_run(
    tmp_path: Path, shape: Shape, of_its_own: bool, skew: int
) -> None:
    path = tmp_path / "r.loupe"
    recorded(path, tmp_path / "r.loupe.4711", of_its_own=of_its_own, skew=skew)
    follower = Follower(path, Options(bodies=True, shape=shape))
    spans = [*follower.more(), *follower.rest()]
    follower.close()
    ids = {span.id for span in spans}
    assert len({span.trace_id for span in spans}) == 1
    assert len([span for span in spans if span.parent not in ids]) == 1
    sent = tmp_path / "sent.json"
    sent.write_text("".join(document(spans, spans[0].source)), "utf-8")
    with open_recording(path) as local, open_any(sent) as received:
        assert told(received) == told(local)
