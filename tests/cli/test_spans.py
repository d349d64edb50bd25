"""One span on one line."""

from __future__ import annotations

import pytest

from agentloupe.cli.spans import TRIED, describe, span_row
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Event, Span, Value

OK: dict[str, Value] = {c.HTTP_STATUS: 200}
BUSY: dict[str, Value] = {c.HTTP_STATUS: 429, c.ERROR_TYPE: "429"}
LATE: dict[str, Value] = {c.ERROR_TYPE: "ReadTimeout"}


def chat(*attempts: dict[str, Value], error: str | None = None) -> Span:
    events = [Event(c.ATTEMPT, 5, attempt) for attempt in attempts]
    return Span(1, 0, 0, c.CHAT, "chat m", "bob", 1, 2_000_001, error, 0, events=tuple(events))


@pytest.mark.parametrize(
    ("attempts", "told"),
    [
        ([], ""),
        ([OK], ""),
        ([LATE], "  1 attempt: ReadTimeout"),
        ([BUSY, LATE, OK], "  3 attempts: 429, ReadTimeout, 200"),
        ([BUSY] * (TRIED + 2), f"  10 attempts: {', '.join(['429'] * TRIED)} and 2 more"),
    ],
)
def test_attempts_are_told_where_one_failed(attempts: list[dict[str, Value]], told: str) -> None:
    assert describe(chat(*attempts)) == f"chat m  [bob]  2.0ms  tokens unknown{told}"


def test_an_error_of_several_lines_stays_on_its_line() -> None:
    assert "\n" not in describe(chat(error="ToolError: no\n such tool"))


def test_events_are_told_in_json() -> None:
    [event] = span_row(chat(BUSY)).events
    assert (event.name, event.attributes) == (c.ATTEMPT, BUSY)
