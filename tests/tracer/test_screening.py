"""The scanner passes over nothing that would be masked."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import accumulate
from pydoc_data.topics import topics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import late, screening
from agentloupe.tracer.packing import masked, pack, unpack_one
from agentloupe.tracer.prepared import scanner
from agentloupe.tracer.screening import FLOOD, Screen, narrowed
from agentloupe.tracer.secrets import mask, use_patterns

from ..examples import examples
from .secret_bank import bank
from .secret_scenes import scenes

PROSE = (
    b"The table has a key for each row. Two agents wait for each other, and the third\n"
    b"one asks again. Nothing of this is secret; tokens are counted, not kept."
)
PIECES = st.sampled_from(
    "password secret pwd api_key access-token client_secret --api-key -p PRIVATE KEY ----- sk- "
    'Bearer basic eyJ :// user:pw@host ?sig= = : \' " \\" is value id 2 your ${KEY} '
    "A1b2C3d4E5f6G7h8I9j0 0123456789abcdef hunter2-XyZ-09 xoxb-1234567890-ab \n curl -u bob: -p "
    'mysql Cookie: sid= "auth": auth=( .login( machine login password Authorization: Token '
    "response= $6$ echo | X_KEY name: value: token token := set".split(" ")
)
TEXTS = st.lists(PIECES | st.text(max_size=6) | st.just(" "), max_size=24).map("".join)


def suspects(screen: Screen, texts: list[bytes]) -> list[int]:
    """Of texts one behind the other, as they are stored."""
    return [*screen.suspects(b"".join(texts), [*accumulate(map(len, texts))])]


def dirty(screen: Screen, records: list[bytes]) -> list[int]:
    """Of records on a page."""
    header = b"\xdd" + len(records).to_bytes(4, "big")
    return screen.dirty(records, header + b"".join(records), len(header))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """One that looks with the scanner from now on, where that is installed."""
    monkeypatch.setattr(screening, "WORTH", 0)
    screen = Screen()
    suspects(screen, [b"some text"])
    return screen


def test_each_secret_of_a_bank_is_suspected(screen: Screen) -> None:
    for half in (False, True):
        for kind, _, text in (*bank(3, 4, held_out=half), *scenes(3, kept=half)):
            data = text.encode()
            if mask(data) != data:
                texts = [PROSE, data, PROSE]
                assert 1 in suspects(screen, texts), (kind, text)
                found = dirty(screen, [said(PROSE), said(data), said(PROSE)])
                assert found == [1], (kind, text)


SIGNED = Screen()
SIGNED._scanner = scanner()  # pyright: ignore[reportPrivateUsage]  hypothesis shares it
BANK = [text for half in (False, True) for _, _, text in bank(11, 4, held_out=half)] + [
    text for half in (False, True) for _, _, text in scenes(11, kept=half)
]
CHANGES: list[Callable[[str, random.Random], str]] = [
    lambda text, r: _at(text, r, r.choice(" \n\t\"'`\\,:;=.+?>](-_|&v")),
    lambda text, r: _at(text, r, "", r.randint(1, 3)),
    lambda text, _: json.dumps(text),
    lambda text, _: text.upper(),
    lambda text, _: text.lower(),
    lambda text, r: text.replace(" ", r.choice(["  ", "\n", "\t", "\\n", ""])),
    lambda text, r: text.replace("=", r.choice([":", " = ", ":=", "=>", ": string =", " is "])),
    lambda text, r: text.replace(": ", r.choice([" : ", ":\n    ", "=", ': "', ", "])),
    lambda text, r: r.choice(BANK)[:40] + text,
]


def _at(text: str, r: random.Random, new: str, less: int = 0) -> str:
    place = r.randrange(len(text) + 1)
    return text[:place] + new + text[place + less :]


@examples(300)
@given(st.integers(0, 1 << 62))
def test_a_secret_that_is_written_otherwise_is_suspected_as_well(seed: int) -> None:
    r = random.Random(seed)
    text = r.choice(BANK)
    for _ in range(r.randint(0, 4)):
        text = r.choice(CHANGES)(text, r)
    data = text.encode("utf-8", "backslashreplace")
    if mask(data) != data:
        assert 0 in suspects(SIGNED, [data]), data


def said(text: bytes, where: str = "body") -> bytes:
    """A record with a text in it."""
    told = text.decode("utf-8", "replace")
    body = {"gen_ai.message": told if where == "body" else "well"}
    name = told if where == "name" else ""
    error = told if where == "error" else None
    attributes = {
        "value": {"said": told},
        "key": {told: 1},
        "list": {"said": ["well", told]},
    }.get(where)
    events = {
        "event": [(told, 1, {})],
        "event's value": [("attempt", 1, {"said": told}), ("attempt", 2, {"number": 2})],
        "event's key": [("attempt", 1, {told: "well"})],
        "event's list": [("attempt", 1, {"said": [told]})],
    }.get(where)
    message = ("send", "a", "b", told, "", "1-2", 3) if where == "message" else None
    return pack(
        (1, 0, 0, "op", name, "a/default", 0, 0, error, 0, message, attributes, body, None, events)
    )


PLACES = st.sampled_from(
    [
        *("body", "name", "error", "message", "value", "key", "list"),
        *("event", "event's value", "event's key", "event's list"),
    ]
)


@given(st.sets(st.integers(0, 60)), st.integers(0, 60))
def test_each_of_those_that_are_not_clean_is_found(bad: set[int], count: int) -> None:
    asked = narrowed(range(count), bad.isdisjoint)
    assert asked == sorted(each for each in bad if each < count)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_what_is_not_suspected_would_not_be_masked(said: list[str]) -> None:
    texts = [text.encode("utf-8", "backslashreplace") for text in said]
    for screen in (SIGNED, Screen()):
        found = set(suspects(screen, texts))
        for place, text in enumerate(texts):
            assert place in found or mask(text) == text


@given(st.lists(st.tuples(TEXTS, PLACES), min_size=1, max_size=5))
def test_a_clean_record_is_one_that_masking_would_not_change(texts: list[tuple[str, str]]) -> None:
    records = [said(text.encode("utf-8", "backslashreplace"), where) for text, where in texts]
    for screen in (SIGNED, Screen()):
        found = dirty(screen, records)
        for place, record in enumerate(records):
            whole = list(unpack_one(record))
            assert place in found or masked(whole) == whole


def test_what_every_model_call_tells_is_clean() -> None:
    records = [said(b"attempt", where) for where in ("value", "list", "event", "event's value")]
    assert dirty(Screen(), [*records, said(b"password = hunter2-XyZ-09", "event's value")]) == [4]


def test_a_text_about_keys_and_tokens_is_rarely_suspected() -> None:
    prose = "\n".join(topics.values())
    texts = [prose[at : at + 1_000].encode() for at in range(0, len(prose) - 1_000, 1_000)]
    assert len(suspects(SIGNED, texts)) < 0.05 * len(texts) or SIGNED._scanner is None  # pyright: ignore[reportPrivateUsage]


def test_prose_is_passed_over(screen: Screen) -> None:
    assert suspects(screen, [PROSE] * 50) in ([], list(range(50)))
    assert dirty(screen, [said(PROSE)] * 50) == []


def test_a_sign_that_is_part_of_a_number_is_none(screen: Screen) -> None:
    number = int.from_bytes(b"\x01ghp_pa-", "big")
    record = pack((number, 0, 0, "op", "", "a/default", 0, 0, None, 0, *[None] * 5))
    assert dirty(screen, [record]) == []


def test_the_numbers_of_tokens_that_each_message_has_are_passed_over() -> None:
    usage = b'{"models_usage":{"prompt_tokens":12,"completion_tokens": 3},"content":"no"}'
    nested = b'{"text":"{\\"prompt_tokens\\": 12, \\"total_tokens\\": null}"}'
    assert suspects(SIGNED, [usage, nested]) == []


def test_a_flood_of_signs_makes_all_suspects(screen: Screen) -> None:
    texts = [b"api_key = x\n" * (FLOOD // 2)] * 4
    assert suspects(screen, texts) == [0, 1, 2, 3]


def test_patterns_of_one_s_own_are_looked_for_in_everything(screen: Screen) -> None:
    use_patterns(["table"])
    try:
        assert suspects(screen, [PROSE, PROSE]) == [0, 1]
        assert dirty(screen, [said(b"nothing"), said(PROSE)]) == [0, 1]
    finally:
        use_patterns([])


def test_without_the_scanner_records_are_looked_at_one_by_one() -> None:
    secret = "sk-" + "A1b2C3d4E5f6G7h8I9j0K1l2"
    plain = Screen()
    r = random.Random(1)
    for place in ("error", "attribute", "list", "tuple", "event", "name", "agent", "topic"):
        record = [
            1,
            0,
            0,
            "op",
            "",
            "agent",
            0,
            0,
            None,
            0,
            None,
            {"n": r.random()},
            {},
            None,
            None,
        ]
        match place:
            case "error":
                record[8] = f"ValueError: {secret}"
            case "attribute":
                record[11] = {"note": f"see {secret}"}
            case "list":
                record[11] = {"notes": ["see", [secret]]}
            case "tuple":
                record[11] = {"notes": ("see", secret)}
            case "event":
                record[14] = [("said", 1, {"text": secret})]
            case "agent":
                record[5] = f"agent/{secret}"
            case "topic":
                record[10] = ("publish", "a/default", "", "Note", f"t/{secret}", "m1", 0)
            case _:
                record[4] = f"execute_tool {secret}"
        assert dirty(plain, [pack(tuple(record))]) == [0], place
    assert dirty(plain, [said(f"see {secret}".encode())]) == [0]
    untouched = (1, 0, 0, "op", "a long name of a tool", "agent", 0, 0, None, 0, *[None] * 5)
    assert dirty(plain, [pack(untouched)]) == []


def test_where_memory_is_compared_nothing_is_made_late(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(screening, "scanner", lambda: made.append("scanner"))
    for pattern in late.made:  # as in a program that has just begun
        for way in ("_pattern", "search", "match", "sub"):
            vars(pattern).pop(way, None)
    screen = Screen()
    screen.prepare()
    assert made == ["scanner"]
    monkeypatch.setattr("agentloupe.tracer.late.re.compile", lambda *_: made.append("pattern"))
    for _ in range(screening.WORTH // len(PROSE) + 1):
        suspects(screen, [PROSE])
    for _, _, text in bank(3, 1, held_out=False):
        mask(text.encode())
    assert made == ["scanner"]
