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


def test_how_a_call_waits_inside_its_library_is_no_hang_of_its_own() -> None:
    """A slow model call under way, and the event of the HTTP client that it waits for."""
    chat = {"op": "chat", "name": "chat small", "took": 9.0}
    spans = [
        {"op": op, "name": name, "open": True}
        for op, name in (("chat", "chat small"), ("wait", "wait event"))
    ]
    steps = [
        {"agent": "writer", "took": 9.1, "spans": [chat], "say": "A line."},
        {"agent": "critic", "at": 9.2, "open": True, "took": 8, "spans": spans},
    ]
    script = {"shape": "messages", "status": "killed", "signal": 15, "steps": steps}
    report = check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]
    [finding] = report.findings
    assert (finding.slug, finding.severity) == ("hang.unfinished", "info")
    assert "a model call of 'critic' was cut off" in finding.title
