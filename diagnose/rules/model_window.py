"""A request fills more than four fifths of the model's context window.

By the model's published window (a table of the common ones) and the tokens that the server counted.
It is told before the window is full: then the request fails, or the reply is cut without a word.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Rule
from ..signs import Group, Judge, Sign, SignDetector, number

FULL = 0.8
#: Tokens by how a model's name begins, as published; the longest beginning counts.
WINDOWS = {
    "gpt-3.5-turbo": 16_385,
    "gpt-4": 8_192,
    "gpt-4-turbo": 128_000,
    "gpt-4o": 128_000,
    "gpt-4.1": 1_047_576,
    "gpt-5": 400_000,
    "o1": 200_000,
    "o3": 200_000,
    "o4-mini": 200_000,
    "claude-": 200_000,
    "gemini-": 1_048_576,
    "mistral-large": 128_000,
    "llama-3": 128_000,
    "deepseek-": 128_000,
}


def window(model: str) -> int | None:
    """The context window of a model, None when it is not known."""
    name = model.rpartition("/")[2].lower()
    known = [start for start in WINDOWS if name.startswith(start)]
    return WINDOWS[max(known, key=len)] if known else None


class WindowJudge(Judge):
    """Compares what was sent with the window."""

    ops = frozenset({c.CHAT})

    def see(self, span: Span) -> Sign | None:
        model = span.attributes.get(c.RESPONSE_MODEL) or span.attributes.get(c.REQUEST_MODEL)
        sent = number(span, c.INPUT_TOKENS)
        size = window(str(model)) if model and sent else None
        if size is None or sent is None or sent < FULL * size:
            return None
        text = f"{sent:,.0f} of {size:,} tokens of {model}"
        return Sign(text, sent / size, 0.9, facts={"window": size, "input_tokens": sent})


def _title(group: Group) -> str:
    who = group.agent or "a model"
    if group.sign.weight > 1:
        return f"{who!r} sends more than its model's context window is said to hold"
    return f"{who!r} fills {group.sign.weight:.0%} of its model's context window"


RULE = Rule(
    code="MODL003",
    slug="model.window",
    title="the context window is nearly full",
    severity="warning",
    about=__doc__,
    needs="model calls with tokens, of a model whose window is known",
    doubt="the server may run the model with another window than is published",
    advice=(
        "keep what is sent within bounds:\n"
        "    model_context=BufferedChatCompletionContext(buffer_size=20)"
    ),
    start=lambda context: SignDetector(lambda: RULE, WindowJudge(context), _title),
)
