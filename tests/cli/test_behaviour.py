"""`loupe migrate --verify --run`: two versions of a program before one scripted model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from agentloupe.cli.behaviour import CannotCompare, compare_runs
from agentloupe.cli.scripted import Rule, sample
from agentloupe.cli.transcript import Line, answered, match
from agentloupe.migrate.files import FileResult
from agentloupe.migrate.result import MigrationResult

PROGRAM = """
import asyncio, os
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient

client = OpenAIChatCompletionClient(model="gpt-4o")
agent = AssistantAgent("a", client, system_message="Be brief.")
asyncio.run(RoundRobinGroupChat([agent], max_turns=2).run(task="Go."))
"""


def request(system: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "system", "content": system}], **more}


def test_answers_hang_on_the_prompt_and_end() -> None:
    rule = Rule()

    texts = [rule.answer(request("one"))["content"] for _ in range(3)]

    assert texts[0] != Rule().answer(request("two"))["content"]
    assert texts[0] == Rule().answer(request(" one "))["content"]
    assert [text.endswith("TERMINATE") for text in texts] == [False, False, True]


def test_tools_are_asked_for_once_and_speakers_taken_in_turn() -> None:
    rule = Rule()
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    tools = [{"type": "function", "function": {"name": "add", "parameters": schema}}]

    first, second = (rule.answer(request("x", tools=tools)) for _ in range(2))
    legacy = Rule().answer(request("x", functions=[{"name": "add", "parameters": schema}]))
    chosen = [
        rule.answer(request("Then select the next role from ['a', 'b'] to play."))["content"]
        for _ in range(3)
    ]

    assert first["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"n": 3}'}
    assert legacy["function_call"]["name"] == "add"
    assert "tool_calls" not in second
    assert chosen == ["a", "b", "a"]
    assert sample({"anyOf": [{"enum": ["z"]}]}) == "z"


def test_a_lost_prompt_is_where_the_versions_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "app.py"
    path.write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    changed = PROGRAM.replace("Be brief.", "Be long.")
    result = MigrationResult("app.py", PROGRAM, changed)
    file = FileResult(path, "changed", result, data=changed.encode())

    found = compare_runs([file], "python app.py", sys.executable, tmp_path / "out")

    assert found.matched.shared == 1  # the task
    assert found.matched.first is not None
    assert found.matched.first[0] != found.matched.first[1]
    assert not found.matched.final
    assert found.before.exists()
    assert found.after.exists()


def says(author: str, text: str) -> Line:
    return Line(author, "says", text)


def test_what_only_looks_different_is_put_alike_by_name() -> None:
    old = [
        says("the user", "Go."),
        Line("bot", "calls", 'add({"a":1})'),
        Line("", "gets", "Error: no"),
        says("the user", ""),
        Line("bot", "calls", "look({})"),
        Line("", "gets", '{"a":1,"b":2}'),
        says("bot", "exitcode: 0 (execution succeeded)\nCode output: 4"),
    ]
    new = [
        says("team", "Go."),
        Line("bot", "calls", 'add({"a":1})'),
        Line("", "gets", "no"),
        says("bot", "no"),
        Line("bot", "calls", "look({})"),
        Line("", "gets", '{"a":1,"b":2}'),
        says("bot", '{"b": 2, "a": 1}'),
        says("bot", "4"),
        says("user", "exit"),
        says("user", ""),
    ]

    found = match(old, new)

    assert found.first is None
    assert (found.shared, found.final) == (6, True)
    assert set(found.alike) == {
        "names", "task-author", "error-wrapper", "empty-dropped", "exec-wrapper",
        "tool-summary-dropped", "human-exit",
    }  # fmt: skip


def test_what_an_agent_of_v02_answers_outside_of_chats_is_told_like_that_of_07() -> None:
    old = [{"source": "bot", "content": "four"}]
    new = [{"name": "bot", "parts": [{"type": "text", "content": "four"}]}]
    call = {"type": "tool_call", "name": "add", "arguments": '{"b": 2, "a": 1}'}

    assert [*answered(json.dumps(old))] == [*answered(json.dumps(new))] == [says("bot", "four")]
    for asking in ({"tool_calls": [call]}, {"function_call": call}):
        found = answered(json.dumps([{"source": "bot", "content": None, **asking}]))
        assert [*found] == [Line("bot", "calls", 'add({"a":1,"b":2})')]


def test_what_is_said_while_a_tool_runs_stands_before_its_result_or_after_it() -> None:
    asks, gets = Line("bot", "calls", "ask({})"), Line("", "gets", "four")
    inner = [says("expert", "Two and two?"), says("helper", "four.")]

    assert match([asks, *inner, gets], [asks, gets, *inner]).alike == ("result-order",)
    assert match([asks, *inner, gets], [asks, gets, *reversed(inner)]).first is not None
    assert match([asks, *inner, gets], [asks, *inner]).first is not None


@pytest.mark.parametrize(
    "changed",
    [
        [says("user", "Go."), says("bot", "a")],
        [says("user", "Go."), says("cook", "a"), says("bot", "b")],
        [says("user", "Go."), says("bot", "a"), says("bot", "c")],
        [says("user", "Go."), Line("bot", "calls", "a()"), says("bot", "b")],
    ],
)
def test_another_author_text_call_or_length_is_where_they_part(changed: list[Line]) -> None:
    assert match([says("user", "Go."), says("bot", "a"), says("bot", "b")], changed).first


def test_what_nobody_heard_and_who_passes_a_call_on_are_not_minded() -> None:
    old = [
        says("user", "Go <img data:image/png;base64,AAAA> now"),
        Line("manager", "calls", "add({})"),
        says("bot", "b"),
        says("user", "a summary"),
    ]
    picture = "iVBORw0KGgo" * 6
    new = [
        says("user", f"Go\n{picture}\nnow"),
        says("", "asked without a chat"),
        Line("bot", "calls", "add({})"),
        says("bot", "b"),
        says("", "a summary"),
    ]

    found = match(old, new)

    assert found.first is None
    assert found.alike == ("asked-outside", "caller", "images")


def test_a_tool_that_does_not_exist_is_the_same_in_both_words() -> None:
    old, new = (
        [says("user", "Go."), Line("bot", "calls", "x({})"), Line("", "gets", text)]
        for text in ("Error: Function x not found.", "Error: tool 'x' not found in any workbench")
    )

    assert match(old, new).first is None
    assert match(old, [*new[:2], Line("", "gets", "Error: tool 'y' not found")]).first


def test_a_summary_of_another_text_is_where_they_part() -> None:
    old, new = (
        [says("user", "Go."), says("bot", "b"), says(*summary)]
        for summary in (("user", "a summary"), ("", "another one"))
    )

    found = match(old, new)

    assert found.first == ("user says a summary", "nothing")


def test_a_notebook_is_run_cell_by_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        {"cell_type": "code", "source": ["import asyncio\n", "!pip install x\n", "%time\n"]},
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": "%%bash\nexit 1"},
        {
            "cell_type": "code",
            "source": "loops = [asyncio.get_running_loop()]\nawait asyncio.sleep(0)",
        },
        {
            "cell_type": "code",
            "source": "loops.append(asyncio.get_running_loop())\nawait asyncio.sleep(0)",
        },
        {"cell_type": "code", "source": "if loops[0] is loops[1]:\n    open('ran', 'w').close()"},
    ]
    (tmp_path / "chat.ipynb").write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CannotCompare, match="talked to no agents"):  # it ran, and said nothing
        compare_runs([], "chat.ipynb", sys.executable, tmp_path / "out")

    assert (tmp_path / "out" / "before" / "ran").exists()


def test_a_program_that_fails_is_said_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('no key')\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CannotCompare, match="ended with 1"):
        compare_runs([], "app.py", sys.executable, tmp_path / "out")
    with pytest.raises(CannotCompare, match="names no program"):
        compare_runs([], "python", sys.executable, tmp_path / "out")
