"""Nothing recorded can steer a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer.model import plain_name, plain_type
from agentloupe.tracer.text import visible


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = visible(text)
    for char in shown:
        category = unicodedata.category(char)
        assert category not in ("Cc", "Cs") or char in "\n\t"
        assert char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    line = visible(text, newlines=False)
    assert "\n" not in line
    assert line.encode("utf-8").decode("utf-8") == line


@given(st.text(st.characters(whitelist_categories=("L", "N", "P", "S"))))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


def test_the_known_attacks() -> None:
    attacks = ["\x1b[2J", "\x1b]0;t\x07", "\x1b]52;c;aGk=\x07", "\x9b31m", "\u202eevil"]
    for attack in attacks:
        shown = visible(attack)
        assert shown.isprintable()
        assert shown.startswith("\\")


def test_plain_names() -> None:
    assert plain_name("writer_4f2a/4f2a") == "writer"
    assert plain_name("two_words_4f2a/4f2a") == "two_words"
    assert plain_name("writer/default") == "writer"
    assert plain_name("writer/session-1") == "writer/session-1"
    assert plain_name("writer") == "writer"
    assert plain_name("") == ""
    assert plain_type("writer/session-1") == plain_type("writer_4f2a/4f2a") == "writer"
