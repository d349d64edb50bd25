from __future__ import annotations

import json

from agentloupe.tui.bodies import MOST_ITEMS, MOST_LINES, flat, lines, prose
from agentloupe.tui.pieces import Line, plain


def texts(found: list[Line]) -> list[str]:
    return [plain(line) for line in found]


def test_json_is_opened_up() -> None:
    body = {"content": "two\nlines", "n": 1, "none": None, "more": {"list": [1, {"a": "b"}]}}
    assert texts(lines(json.dumps(body))) == [
        "content:",
        "  two",
        "  lines",
        "n: 1",
        "none: null",
        "more:",
        "  list:",
        "    [0]: 1",
        "    [1]:",
        "      a: b",
    ]


def test_text_that_is_no_json_is_shown_as_it_is() -> None:
    assert texts(lines("plain\ttext")) == ["plain   text"]
    assert texts(lines("")) == [""]


def test_controls_never_pass() -> None:
    hostile = {"\x1b]0;x\x07": "\x1b[31mred\x9b\u202e", "list": ["\x00"]}
    for body in (json.dumps(hostile), json.dumps(hostile, ensure_ascii=False), "\x1b[2Jraw"):
        for line in texts(lines(body)):
            assert line.isprintable(), line


def test_long_values_are_cut_and_say_so() -> None:
    found = texts(prose("\n".join(map(str, range(1000)))))
    assert len(found) == MOST_LINES + 1
    assert found[-1] == "… 800 more lines"
    assert texts(prose("x" * 30_000))[-1] == "… 10,000 more characters"
    many = texts(lines(json.dumps(list(range(500)))))
    assert len(many) == MOST_ITEMS + 1
    assert many[-1] == "… 400 more items"


def test_a_value_of_the_largest_size_is_quick_to_show() -> None:
    body = json.dumps({"content": "word " * 200_000, "items": list(range(50_000))})
    assert len(lines(body)) < 400


def test_blobs_are_named() -> None:
    body = json.dumps({"image": "data:image/png;base64," + "A" * 4000})
    assert texts(lines(body)) == ["image: <image/png 2.9K>"]


def test_the_flat_form_leaves_out_what_always_differs() -> None:
    one = json.dumps({"id": "1", "created_at": "x", "content": "same", "in": {"id": 2, "k": 1}})
    two = json.dumps({"id": "2", "created_at": "y", "content": "same", "in": {"id": 3, "k": 1}})
    assert flat(one) == flat(two) == ["content: same", "in:", "  k: 1"]


def test_nesting_has_an_end() -> None:
    body = "[" * 40 + "]" * 40
    assert any("…" in line for line in texts(lines(body)))
