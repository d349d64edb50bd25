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


@pytest.mark.parametrize(("silent", "slug"), [(0.15, "unfinished"), (30, "lost-response")])
def test_a_reply_that_was_on_its_way_when_the_program_was_killed_is_not_lost(
    silent: float, slug: str
) -> None:
    send = {"op": "send", "name": "send Ping", "open": True}
    steps: list[Any] = [{"agent": "asker", "open": True, "took": 0.01, "spans": [send]}]
    script: dict[str, Any] = {"shape": "messages", "status": "killed", "signal": 9, "steps": steps}
    _, [_, asked] = next(ScriptedRecording(script).run(0).iter_turns())
    steps.append({"agent": "echo", "took": 0.01, "handles": asked.id})
    report = check(ScriptedRecording({**script, "silent": silent}))  # pyright: ignore[reportArgumentType]
    assert [found.slug for found in report.findings] == [f"hang.{slug}"]


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
