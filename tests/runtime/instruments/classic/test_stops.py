"""The texts that end a chat are read off the program's own function."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agentloupe.runtime.instruments.classic.stops import stop_words


def written_out(message: dict[str, Any]) -> bool:
    """Whether the talk is over."""
    text = message.get("content") or ""
    return text.rstrip().endswith("ALL DONE") or any(word in text for word in ["BYE", "exit"])


def in_a_line(message: dict[str, Any]) -> bool:
    return "DONE" in (message.get("content") or "")


def by_role(message: dict[str, Any]) -> bool:
    return message["role"] == "tool"


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (in_a_line, {"DONE"}),
        (written_out, {"ALL DONE", "BYE", "exit"}),
        (by_role, set[str]()),
        (str.isupper, set[str]()),
        (None, set[str]()),
    ],
)
def test_the_texts_in_a_function_are_read(test: Callable[..., Any] | None, words: set[str]) -> None:
    assert set(stop_words(SimpleNamespace(_is_termination_msg=test), SimpleNamespace())) == words
