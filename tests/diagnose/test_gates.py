"""What is looked for before a dear expression is tried never hides what the expression finds."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from agentloupe.diagnose import content, masks, results
from agentloupe.diagnose.rules import talk_restated_request as restated
from agentloupe.diagnose.rules import talk_unanswered_question as unanswered

SENTENCE = re.compile(r"[^.!?\n]{3,400}\?")
REQUEST = re.compile(
    r"\?|\b(?:please|could you|can you|would you|i need|we need|make sure|try to|provide|find|check"
    r"|search|look for|send|give me)\b"
)
PIECES = st.lists(
    st.sampled_from(
        [
            *('"', '":', '" :', " ", "  ", "\n", "grüß", "x" * 250),
            *", { } . ? ! - : _ t z rows a1b2c3d4e5 1750000000 12 5 ms s req_8f3a2b 0xff12".split(),
            *"request_id took retry error status 404 false valid fail tmp_abcdef".split(),
            *"2026-01-02 03:04:05 please find finding send".split(),
        ]
    ),
    max_size=14,
).map("".join)


@given(PIECES)
@example('"request_id" : 5')
@example("2026-01-02T03:04")
def test_a_gate_lets_through_what_is_there(text: str) -> None:
    lower = " ".join(text.lower().split())
    assert masks._one_line(text) == lower
    assert masks.has_fresh(text) or masks._FRESH.search(text) is None
    assert masks._timed(lower) or masks._TIME.search(lower) is None


@given(PIECES)
def test_what_is_volatile_is_found_word_by_word(text: str) -> None:
    lower = " ".join(text.lower().split())
    assert masks._steady(lower) == whole_words(lower)


def whole_words(text: str) -> str:
    """As it is by the expression alone: each word with digits, with a unit that stands behind."""
    words = re.compile(r"[^ ]*\d[^ ]*(?: (?:ms|milliseconds?|s|secs?|seconds?)(?!\w))?")
    return words.sub(lambda word: masks._VOLATILE.sub(masks.MASK, word.group()), text)


@given(PIECES)
@example("? " + "x" * 500 + "?")
def test_questions_are_those_of_the_expression(text: str) -> None:
    assert [*unanswered._sentences(text)] == SENTENCE.findall(text)


@given(PIECES)
def test_requests_are_those_of_the_expression(text: str) -> None:
    assert restated._requests(text) == (REQUEST.search(text.lower()) is not None)


@given(PIECES)
def test_failures_are_found_by_words_that_are_in_them(text: str) -> None:
    lower = " ".join(text.lower().split())
    told = any(pattern.search(lower) for _, pattern in results._TOLD)
    begins = results._FAILED_FROM_START.match(lower) is not None
    assert results.fails(lower) == (told or begins)


@given(st.lists(st.tuples(st.sampled_from(["user", "x"]), st.lists(PIECES, max_size=3))))
def test_a_message_of_the_usual_shape_says_what_any_says(
    given_messages: list[tuple[str, list[str]]],
) -> None:
    messages = [
        {"role": role, "parts": [{"type": "text", "content": part} for part in parts]}
        for role, parts in given_messages
    ]
    text = content._encode(messages).decode()
    assert content.said(text) == content.clip(content._text(messages))
