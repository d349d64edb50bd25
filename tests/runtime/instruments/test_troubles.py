"""What went wrong with a model call, whatever client it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agentloupe.runtime.instruments.classic.messages import answers
from agentloupe.runtime.instruments.troubles import of_error, of_result, of_said


class APIStatusError(Exception):
    def __init__(self, status: int, text: str = "", code: str | None = None) -> None:
        super().__init__(text)
        self.status_code = status
        self.code = code


class RateLimitError(Exception):
    pass


class APITimeoutError(Exception):
    pass


class APIConnectionError(Exception):
    pass


def wrapped(inner: Exception) -> Exception:
    outer = RuntimeError("the agent failed")
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (APIStatusError(429), "rate limit"),
        (RateLimitError("slow down"), "rate limit"),
        (APIStatusError(400, "too long", "context_length_exceeded"), "context overflow"),
        (APIStatusError(400, "prompt is too long: 210000 tokens > 200000"), "context overflow"),
        (APIStatusError(400, "flagged", "content_filter"), "content filter"),
        (APIStatusError(401), "refused"),
        (APIStatusError(403), "refused"),
        (APIStatusError(503), "server error"),
        (APIStatusError(504), "timeout"),
        (APITimeoutError("Request timed out."), "timeout"),
        (TimeoutError(), "timeout"),
        (APIConnectionError("Connection error."), "unreachable"),
        (ConnectionRefusedError(), "unreachable"),
        (wrapped(APIStatusError(429)), "rate limit"),
        (ValueError("no such tool"), None),
        (APIStatusError(400, "bad tool schema"), None),
        (KeyError("x"), None),
    ],
)
def test_errors(error: Exception, trouble: str | None) -> None:
    assert of_error(error) == trouble


def test_causes_in_a_circle_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert of_error(first) is None


def answer(content: Any, reason: str = "stop", thought: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(content=content, finish_reason=reason, thought=thought)


def call(arguments: str) -> SimpleNamespace:
    return SimpleNamespace(id="1", name="add", arguments=arguments)


@pytest.mark.parametrize(
    ("result", "trouble"),
    [
        (answer("fine"), None),
        (answer("", "content_filter"), "content filter"),
        (answer("It is", "length"), "cut off"),
        (answer(""), "empty answer"),
        (answer("", thought="hm"), None),
        (answer([call('{"a": 1}')], "function_calls"), None),
        (answer([call("")], "function_calls"), None),
        (answer([call('{"a": ')], "function_calls"), "malformed call"),
        (answer([call('{"a": 1}'), call("[1]")], "function_calls"), "malformed call"),
    ],
)
def test_answers(result: Any, trouble: str | None) -> None:
    assert of_result(result) == trouble


def choice(reason: str, content: str | None = None, *arguments: str) -> SimpleNamespace:
    """As the OpenAI library gives it, which v0.2 passes on."""
    calls = [
        SimpleNamespace(id="1", function=SimpleNamespace(name="add", arguments=given))
        for given in arguments
    ]
    message = {"content": content, "tool_calls": calls}
    return SimpleNamespace(message=message, finish_reason=reason)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (choice("stop", "fine"), None),
        (choice("content_filter"), "content filter"),
        (choice("length", "It is"), "cut off"),
        (choice("stop", ""), "empty answer"),
        (choice("tool_calls", None, '{"a": 1}'), None),
        (choice("tool_calls", None, ""), None),
        (choice("tool_calls", None, '{"a": 1}', '{"a": '), "malformed call"),
        (choice("tool_calls", None, "[1]"), "malformed call"),
    ],
)
def test_answers_of_the_library(said: Any, trouble: str | None) -> None:
    assert of_said(answers(SimpleNamespace(choices=[said]))) == trouble
