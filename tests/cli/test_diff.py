"""`loupe diff`, and the parts of `loupe show` that screens of the terminal UI print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest


def talk(name: str, said: Sequence[str], **more: Any) -> dict[str, Any]:
    """A recording of one run in which two agents say things in turn."""
    steps = [
        {
            "from": ("a", "b")[n % 2] + "/default",
            "to": ("b", "a")[n % 2] + "/default",
            "type": "Text",
            "body": {"id": f"{name}{n}", "content": text},
            "ms": 10,
        }
        for n, text in enumerate(said)
    ]
    return {
        "program": name,
        "runs": [{"name": "talk", "trace_id": f"{name}0" * 8, "steps": steps, **more}],
    }


@pytest.fixture
def two(record) -> tuple[Path, Path]:
    one = record(talk("abc", ["hello", "yes", "no", "maybe", "bye"]))
    other = record(talk("abd", ["hello", "yes", "NO", "maybe", "no", "maybe", "bye"]))
    return one, other


def test_equal_runs_are_0(loupe, record) -> None:
    one, other = record(talk("abc", ["x", "y"])), record(talk("abd", ["x", "y"]))
    done = loupe("diff", one, other)
    assert done.code == 0
    assert "the same 2 steps in both" in done.out


def test_where_two_runs_part(loupe, two, valid) -> None:
    done = loupe("diff", *two)
    assert done.code == 1
    assert "they part at step 2 of A, 2 of B" in done.out
    assert "-    2 a → b  Text  no" in done.out
    assert "+    2 a → b  Text  NO" in done.out
    assert "steps         5" in done.out
    document = loupe("diff", *two, "--json").json
    valid("diff", document)
    assert document["differs"] is True
    assert document["first_divergence"] == [2, 2]
    assert [part["like"] for part in document["parts"]][:2] == ["=", "~"]
    assert sum(part["b"][1] - part["b"][0] for part in document["parts"]) == 7
    [steps] = [row for row in document["figures"] if row["name"] == "steps"]
    assert (steps["a"], steps["b"], steps["change"]) == ("5", "7", "+2")


def test_what_was_said_need_not_matter(loupe, record) -> None:
    one, other = record(talk("abc", ["x", "y"])), record(talk("abd", ["x", "z"]))
    assert loupe("diff", one, other).code == 1
    assert loupe("diff", one, other, "--structure").code == 0


def test_another_ending_differs(loupe, record) -> None:
    one = record(talk("abc", ["x"]))
    other = record(talk("abd", ["x"], error="ValueError: no"))
    done = loupe("diff", one, other)
    assert done.code == 1
    assert "status" in done.out


def test_nothing_drawn_in_a_pipe(loupe, two) -> None:
    assert "\x1b" not in loupe("diff", *two).out


def test_what_repeats(loupe, record, valid) -> None:
    said = ["begin", *["again", "and again"] * 6, "stop", "it"]
    record(talk("abc", said))
    done = loupe("show", "abc", "--loops")
    assert done.code == 0
    assert done.out.splitlines()[1].split()[:3] == ["6", "2", "1-12"]
    document = loupe("show", "abc", "--loops", "--json").json
    valid("show", document)
    [row] = document["loops"]
    assert (row["times"], row["rows"], row["deviation"]) == (6, 2, 13)
    assert sorted(row["agents"]) == ["a", "b"]
    record(talk("abd", ["x", "y", "z"]))
    assert "nothing repeats" in loupe("show", "abd", "--loops").out


def test_who_waits_at_a_step(loupe, record) -> None:
    told = talk("abc", ["x", "y", "z"])
    told["runs"][0]["steps"][1]["open"] = True
    record(told)
    at = loupe("show", "abc@1", "--waits", "--json").json["waits"]
    assert [(row["agent"], row["step"], row["stuck"]) for row in at] == [("a", 1, False)]
    [before] = loupe("show", "abc@0", "--waits", "--json").json["waits"]
    assert (before["agent"], before["awaited"]) == ("b", "its own handler of Text")
    end = loupe("show", "abc", "--waits", "--json").json["waits"]
    assert end[0]["agent"] == "a"
    assert end[0]["stuck"] is True
