"""What can end a team, as its run tells it."""

from __future__ import annotations

import json

from autogen_agentchat.conditions import (
    MaxMessageTermination,
    TextMentionTermination,
    TokenUsageTermination,
)

from agentloupe.runtime.instruments.agentchat import _conditions


def told(condition: object) -> list[tuple[str, object]]:
    """The parts, read as the rules read them."""
    rows = [text.partition(" ") for text in _conditions(condition)]
    return [(name, json.loads(settings)) for name, _, settings in rows]


def test_either_of_several_is_told_apart() -> None:
    either = TextMentionTermination("DONE", sources=["bow"]) | MaxMessageTermination(9)
    [(first, word), (second, count)] = told(either)
    assert (first, second) == ("TextMentionTermination", "MaxMessageTermination")
    assert word == {"text": "DONE", "sources": ["bow"]}
    assert isinstance(count, dict)
    assert count["max_messages"] == 9


def test_what_must_hold_together_is_one() -> None:
    words = [TextMentionTermination(f"the word that number {n} waits for") for n in range(8)]
    both = words[0] & words[1] & words[2] & (words[3] | TokenUsageTermination(max_total_token=9))
    [(name, settings)] = told(both)
    assert name == "AndTerminationCondition"
    text = json.dumps(settings)
    assert [f"number {n}" in text for n in range(5)] == [True, True, True, True, False]
