"""Programs that are killed: what was at work is cut off, what stood still is a hang."""

from __future__ import annotations

from typing import Any

import pytest

from agentloupe.diagnose import check

from .scripts import ScriptedRecording

BEATS = [{"op": "publish", "name": "publish tank", "took": 0.5} for _ in range(16)]
STILL = [{"op": "publish", "name": "publish tank"}]


@pytest.mark.parametrize(("spans", "severity"), [(BEATS, "info"), (STILL, "error")])
def test_work_is_as_old_as_what_it_did_last(spans: list[Any], severity: str) -> None:
    steps = [
        {"agent": "pump", "open": True, "took": 8, "spans": spans},
        {"agent": "tank", "at": 7.9, "took": 0.01, "say": "It is full."},
    ]
    script = {"shape": "messages", "status": "killed", "signal": 15, "steps": steps}
    report = check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]
    assert [(found.slug, found.severity) for found in report.findings] == [
        ("hang.unfinished", severity)
    ]


def test_the_one_that_stands_still_is_named_before_those_at_work() -> None:
    steps = [
        {"agent": "pump", "open": True, "took": 8, "spans": BEATS},
        {"agent": "clerk", "at": 0.1, "open": True, "took": 7},
    ]
    script = {"shape": "messages", "status": "killed", "signal": 9, "steps": steps}
    report = check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]
    [finding] = report.findings
    assert (finding.slug, finding.severity) == ("hang.unfinished", "error")
    assert finding.agents[0] == "clerk"
