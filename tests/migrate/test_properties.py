"""Properties over generated programs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.migrate import migrate_source

from ..examples import examples

FIXTURES = Path(__file__).parents[2] / "fixtures" / "migrate"
PROGRAM = (FIXTURES / "assistant-agent" / "layout_and_comments" / "before.py").read_text()

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "user_name", "config"])
VALUES = st.sampled_from(
    ["1", '"text"', "[1,2 , 3]", "{'a':1}", "None", 'f"{alpha}"', "lambda x : x", '"""a\n  b"""']
)
STATEMENTS = st.one_of(
    st.builds("{}={}\n".format, NAMES, VALUES),
    st.builds("print( {} , end = '' )  # {}\n".format, VALUES, NAMES),
    st.builds("if {} :\n        {} = {}\n".format, VALUES, NAMES, VALUES),
    st.builds("def {}_(x,y = 1):\n  return  {}\n".format, NAMES, VALUES),
    st.builds("class {}_:\n\tattribute = {}\n".format, NAMES, VALUES),
    st.builds("# {} = {}\n\n\n\n".format, NAMES, st.just("a comment")),
    st.builds("for {} in [{}]: pass\n".format, NAMES, VALUES),
    st.builds("try:\n    {} = {}\nfinally: pass\n".format, NAMES, VALUES),
)
PROGRAMS = st.lists(STATEMENTS, max_size=12).map("".join)


@examples(30, deadline=None)
@given(PROGRAMS)
def test_a_program_without_autogen_is_left_alone(program: str) -> None:
    result = migrate_source(program)

    assert result.code == program
    assert not result.changed
    assert not result.sites


@examples(30, deadline=None)
@given(st.text(max_size=80))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert migrate_source(text).code == text


@examples(12, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=6).map("".join))
def test_code_around_agents_stays_byte_for_byte(other: str) -> None:
    head, agents, tail = "import autogen\n", PROGRAM.split("import autogen\n")[1], ""
    before_chat, chat = agents.split("# go\n")
    program = f"{head}{other}{before_chat}# go\n{chat}{tail}"

    result = migrate_source(program)

    assert result.error is None
    assert other.strip("\n") in result.code
    ast.parse(result.code)
    assert migrate_source(result.code).code == result.code


@examples(12, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=6).map("".join))
def test_code_that_moves_into_main_keeps_its_meaning(other: str) -> None:
    program = PROGRAM + other

    result = migrate_source(program)

    main = next(
        node
        for node in ast.parse(result.code).body
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "main"
    )
    moved = [ast.dump(node) for node in ast.parse(other).body]
    inside = [ast.dump(node) for node in main.body]
    assert [node for node in inside if node in moved] == moved


@pytest.mark.parametrize("line", ["print(f'{'of Python 3.12'}')\n", "print('\\d')\n"])
def test_syntax_of_other_pythons_is_no_defect_of_the_result(line: str) -> None:
    result = migrate_source(PROGRAM + line)

    assert result.changed
    assert line in result.code
