"""What a tool or a protocol puts on each answer anew is no news, wherever it stands."""

from __future__ import annotations

import json

from .bank import Turn, call, turn
from .test_recurrence import NEWS, loops

HASHES = ["940e45f", "916e426", "475e442", "7ca5d44", "7696abf", "bb57af0", "6002a10", "08f9a17"]


def works(tool: str, asked: object, told: list[str], how: str = "result") -> list[Turn]:
    """One call again and again, with a remark that is new each time."""
    return [
        turn("smith", NEWS[at % len(NEWS)], call(tool, asked) | {how: text})
        for at, text in enumerate(told)
    ]


def test_the_name_of_each_commit_is_no_news() -> None:
    told = [f"gate.js {90 + 7 * at}ms\n{name}" for at, name in enumerate(HASHES)]
    assert loops(works("bash", {"cmd": "format gate.js && git commit"}, told))


def test_the_number_of_each_write_is_no_outcome() -> None:
    """An envelope that holds nothing else holds no result."""
    asked = {"cell": "C7", "value": 16.5}
    told = [json.dumps({"ok": True, "rev": 1229 + 431 * at}) for at in range(8)]
    assert loops(works("write_cell", asked, told))
    told = [json.dumps({"ok": True, "stock": 1229 - 43 * at}) for at in range(8)]
    assert loops(works("write_cell", asked, told)) == []


def test_an_id_that_is_cut_is_one() -> None:
    told = [f'{{"status": 503, "headers": {{"x-request-id": "{name[:3]}' for name in HASHES]
    assert loops(works("http", {"path": "/payouts"}, told, "error"))


def test_records_that_answer_one_another_by_number_are_told_apart_by_what_they_say() -> None:
    def record(at: int, **said: object) -> Turn:
        head = {"seq": 363 + at, "ts": f"06:{16 + 3 * at}", "from": "depot" if at % 2 else "fleet"}
        return turn(str(head["from"]), json.dumps(head | {"ack": 362 + at} | said))

    assert loops([record(at, state="idle", need="tours") for at in range(12)])
    assert loops([record(at, state="busy", tours=[12 + 5 * at]) for at in range(12)]) == []
