"""`loupe show --json`: valid, complete, and the same as the text says."""

from __future__ import annotations

import pytest

PARTS = ("steps", "spans", "memory", "tools", "waits")


@pytest.fixture
def desk(record) -> str:
    record("desk")
    return "desk"


def test_the_overview(loupe, desk: str, valid) -> None:
    told = loupe("show", "desk#0", "--json").json
    valid("show", told)
    assert told["run"]["run"] == "c0ffee00000000000000000000000001"
    assert [each["code"] for each in told["findings"]] == ["LOST001"]
    assert all(told[part] is None for part in (*PARTS, "step"))


def test_all_parts(loupe, desk: str, valid) -> None:
    flags = [f"--{part}" for part in PARTS if part != "steps"]
    told = loupe("show", "desk#0", "--json", "--steps", "0..", *flags).json
    valid("show", told)
    assert told["findings"] is None
    assert [step["step"] for step in told["steps"]] == [0, 1, 2, 3]
    assert told["steps"][2]["sender"] == "coder"
    assert told["steps"][2]["start"].startswith("2026-03-02T10:00:00.")
    assert [sample["step"] for sample in told["memory"]] == [0, 2]
    assert told["memory"][1]["agent_blocks"] == {"coder": 390, "critic": -4}
    assert told["waits"] == []


def test_spans_form_one_tree(loupe, desk: str, valid) -> None:
    told = loupe("show", "desk#0", "--json", "--spans").json
    valid("show", told)
    known = {span["span"] for span in told["spans"]}
    roots = [span for span in told["spans"] if span["parent"] is None]
    assert [span["operation"] for span in roots] == ["invoke_workflow"]
    assert all(span["parent"] in known for span in told["spans"] if span["parent"])
    assert len(known) == len(told["spans"]) == told["run"]["spans"] + 1


def test_one_step_has_its_bodies(loupe, desk: str, valid) -> None:
    told = loupe("show", "desk#0@1", "--json").json
    valid("show", told)
    process, chat, failed, again, _ = told["step"]["spans"]
    assert process["operation"] == "process"
    assert [body["name"] for body in chat["bodies"]] == [
        "gen_ai.input.messages",
        "gen_ai.output.messages",
    ]
    assert failed["error"] == "AssertionError: 12.5 expected"
    assert again["bodies"][1]["text"] == "all checks pass"
    assert again["bodies"][1]["size"] == len("all checks pass")


def test_a_step_limits_the_other_parts(loupe, desk: str) -> None:
    told = loupe("show", "desk#0@2", "--json", "--memory", "--tools").json
    assert told["tools"] == []
    assert [sample["step"] for sample in told["memory"]] == [2]


def test_waits(loupe, record, valid) -> None:
    record("desk")
    told = loupe("show", "desk#1", "--json", "--waits").json
    valid("show", told)
    assert [(wait["agent"], wait["awaited"], wait["step"]) for wait in told["waits"]] == [
        ("clerk", "the reply of vault to Balance", 0),
        ("vault", "the model gpt-x", 1),
    ]
