from __future__ import annotations

import json

from agentloupe.tui.gist import blob, headline, key


def said(**fields: object) -> str:
    return json.dumps(fields)


def test_ids_times_and_token_counts_do_not_make_a_message_another() -> None:
    one = said(
        id="1", created_at="2025-01-01T00:00:00Z", models_usage={"prompt_tokens": 5}, content="hi"
    )
    two = said(
        id="2", created_at="2026-02-02T00:00:00Z", models_usage={"prompt_tokens": 9}, content="hi"
    )
    assert key(one) == key(two)
    assert key(one) != key(two.replace('"hi"', '"ho"'))


def test_numbers_in_what_is_said_count() -> None:
    assert key(said(content="page 1")) != key(said(content="page 2"))


def test_long_bodies_differ_by_their_length() -> None:
    assert key("x" * 100_000) != key("x" * 100_001)


def test_headline_of_agentchat_messages() -> None:
    text = {"id": "1", "source": "bob", "content": "all\n good", "type": "TextMessage"}
    assert headline(json.dumps(text)) == "all good"
    response = {"response": {"chat_message": text, "inner_messages": []}, "name": "bob"}
    assert headline(json.dumps(response)) == "all good"
    call = {"id": "c", "arguments": '{"n": 1}', "name": "fib"}
    assert headline(said(content=[call], source="bob")) == 'fib({"n": 1})'
    result = {"content": "8", "call_id": "c", "name": "fib", "is_error": False}
    assert headline(said(content=[result], source="bob")) == "fib → 8"


def test_the_last_message_of_a_thread_is_the_news() -> None:
    thread = [{"source": "a", "content": "first"}, {"source": "b", "content": "last"}]
    assert headline(said(messages=thread)) == "last"


def test_headline_of_other_messages() -> None:
    assert headline(said(n=3, ok=True)) == "n=3 ok=true"
    assert headline('"just text"') == "just text"
    assert headline("not json {") == "not json {"
    assert headline("{}") == ""
    assert headline("null") == ""
    assert headline(said(content="", source="bob", type="Text", metadata={})) == ""
    assert headline(said(type="order", source="web", n=3)) == "type=order source=web n=3"


def test_headlines_are_one_safe_line() -> None:
    line = headline(json.dumps({"content": "\x1b[2J\n\u202eevil\u0007"}))
    assert line == "\\e[2J \\u202eevil\\x07"
    assert len(headline(json.dumps({"content": "word " * 5000}))) <= 400


def test_deep_json_does_not_break_it() -> None:
    assert headline("[" * 5000 + "]" * 5000)


def test_blobs_are_named_and_measured() -> None:
    assert blob("data:image/png;base64," + "A" * 4096) == "<image/png 3.0K>"
    assert blob("/9j/" + "A1b2" * 1000) == "<image/jpeg 2.9K>"
    assert blob("QUJD" * 500 + "+/==") == "<base64 1.5K>"
    assert headline(said(content="data:application/pdf;base64," + "QUJD" * 100)) == (
        "<application/pdf 300B>"
    )


def test_text_is_no_blob() -> None:
    assert blob("A long sentence with blanks. " * 50) is None
    assert blob("short+/==") is None
    assert blob("a" * 1000) is None
    assert blob("data: is what we need") is None
