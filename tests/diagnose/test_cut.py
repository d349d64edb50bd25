"""Replies cut at their length: by a full window, or by a limit of the program's own."""

from __future__ import annotations

from typing import Any

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.finding import Finding

from .scripts import ScriptedRecording


def cuts(calls: list[tuple[int, int]], **more: Any) -> list[Finding]:
    """What is told of calls that sent so many tokens and were cut after so many."""
    steps: list[dict[str, Any]] = []
    for sent, said in calls:
        told = {
            "gen_ai.response.finish_reasons": ["length"],
            "gen_ai.usage.input_tokens": sent,
            "gen_ai.usage.output_tokens": said,
        }
        span = {"op": "chat", "name": "chat", "attributes": told | more, "events": []}
        steps.append({"agent": "coder", "say": f"on the alder {sent}", "spans": [span]})
    report = check(ScriptedRecording({"steps": steps}), select=["model.overflow"])  # pyright: ignore[reportArgumentType]
    return list(report.findings)


@pytest.mark.parametrize(
    ("calls", "more"),
    [
        ([(900, 64)], {"gen_ai.request.max_tokens": 64}),
        ([(900, 64), (1200, 65)], {"gen_ai.request.max_tokens": 64}),
    ],
)
def test_a_limit_of_the_programs_own_is_information(
    calls: list[tuple[int, int]], more: dict[str, Any]
) -> None:
    told = cuts(calls, **more)
    assert [each.severity for each in told] == ["info"]
    assert "program's own limit" in told[0].title


@pytest.mark.parametrize(
    ("calls", "more"),
    [
        ([(2033, 15), (2040, 8)], {}),
        ([(900, 64), (1200, 64), (1500, 64)], {}),
        ([(2033, 15)], {"gen_ai.request.max_tokens": 500}),
        ([(900, 300)], {"gen_ai.request.model": "gpt-4o-mini"}),
    ],
)
def test_a_full_window_is_a_warning(calls: list[tuple[int, int]], more: dict[str, Any]) -> None:
    assert [each.severity for each in cuts(calls, **more)] == ["warning"]
