"""Notebooks: code cells change, everything else stays."""

from __future__ import annotations

import json

from agentloupe.migrate.notebooks import migrate_notebook


def cell(source: str, kind: str = "code") -> dict[str, object]:
    body: dict[str, object] = {
        "cell_type": kind,
        "metadata": {"tags": ["kept"]},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        body |= {"execution_count": 3, "outputs": [{"output_type": "stream", "text": ["grün\n"]}]}
    return body


def notebook(*cells: dict[str, object]) -> str:
    body = {"cells": list(cells), "metadata": {"language_info": {"name": "python"}}}
    return json.dumps(body | {"nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


AGENTS = """bot = autogen.AssistantAgent(
    "bot", system_message="Hi.", llm_config={"model": "gpt-4o", "cache_seed": None}
)
user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)"""
TEXT = notebook(
    cell("# A title", "markdown"),
    cell("!pip install rich\n%load_ext thing\nimport autogen"),
    cell(AGENTS),
    cell("%%bash\nls"),
    cell('x  =  1 # untouched\nuser.initiate_chat(bot, message="Hello")'),
    cell("y=2"),
)


def sources(text: str) -> list[str]:
    return ["".join(found["source"]) for found in json.loads(text)["cells"]]


def test_cells_are_one_program_and_await_at_the_top_level() -> None:
    result = migrate_notebook(TEXT)

    _, first, second, bash, chat, last = sources(result.code)
    assert first.startswith("!pip install rich\n%load_ext thing\nfrom autogen_agentchat")
    assert "AssistantAgent(" in second
    assert "autogen.AssistantAgent" not in second
    assert bash == "%%bash\nls"
    assert chat.startswith("x  =  1 # untouched\nteam = RoundRobinGroupChat(")
    assert "\nawait Console(team.run_stream(" in chat
    assert last == "y=2"
    assert "async def main" not in result.code
    assert (result.chat_sites_migrated, result.chat_sites_total) == (1, 1)


def test_outputs_and_metadata_stay_and_a_second_run_changes_nothing() -> None:
    result = migrate_notebook(TEXT)

    def rest(text: str) -> list[dict[str, object]]:
        return [{k: v for k, v in c.items() if k != "source"} for c in json.loads(text)["cells"]]

    assert rest(result.code) == rest(TEXT)
    assert result.code.splitlines()[:9] == TEXT.splitlines()[:9]
    assert migrate_notebook(result.code).code == result.code


def test_sites_name_their_cell_and_the_line_in_it() -> None:
    sites = {site.code: site for site in migrate_notebook(TEXT).sites}

    assert (sites["MIG001"].cell, sites["MIG001"].line) == (1, 3)
    assert (sites["MIG030"].cell, sites["MIG030"].line) == (4, 2)


def test_a_notebook_without_v02_and_a_broken_one_are_left() -> None:
    plain = notebook(cell("print('autogen')"))

    assert migrate_notebook(plain).code == plain
    assert str(migrate_notebook("{", filename="x.ipynb").error).startswith("x.ipynb:1: is not")


def test_a_cell_that_does_not_parse_does_not_stop_the_others() -> None:
    text = notebook(cell("this is ( not python"), *json.loads(TEXT)["cells"])

    result = migrate_notebook(text)

    assert sources(result.code)[0] == "this is ( not python"
    assert result.chat_sites_migrated == 1


def test_a_function_that_cannot_be_awaited_waits_for_a_loop_beside_the_kernel() -> None:
    method = 'class App:\n    def ask(self):\n        user.initiate_chat(bot, message="Hello")'
    text = notebook(cell("import autogen"), cell(AGENTS), cell(method))

    found = migrate_notebook(text)

    code = "".join(sources(found.code))
    assert "event_loop.run_forever" in code
    assert "wait_for(Console(team.run_stream(" in code
    assert "await " not in code.partition("class App")[2]
    assert not found.todos


PAIR = """import autogen
a = autogen.AssistantAgent("a", llm_config={"config_list": [{"model": "gpt-4o"}]})
u = autogen.UserProxyAgent("u", human_input_mode="NEVER", code_execution_config=False)"""


def test_a_timed_chat_leaves_the_notebook_as_it_is() -> None:
    text = notebook(cell(PAIR), cell("%%time\nres = u.initiate_chat(a, message='hi', max_turns=2)"))
    result = migrate_notebook(text)
    assert result.code == text
    assert [(site.code, site.kind, site.cell) for site in result.sites] == [("MIG099", "todo", 1)]


def test_magic_that_has_nothing_to_do_with_agents_is_no_obstacle() -> None:
    chat = "res = u.initiate_chat(a, message='hi', max_turns=2)"
    for other in ("%%capture\n!pip install x", "%%time\nx = 1", "%%bash\ncurl -X POST x.send"):
        text = notebook(cell(other), cell(PAIR), cell(chat))
        result = migrate_notebook(text)
        assert result.chat_sites_migrated == 1
        assert sources(result.code)[0] == other


def test_a_notebook_on_one_line_stays_on_one_line() -> None:
    body = json.loads(notebook(cell(PAIR), cell("u.initiate_chat(a, message='hi', max_turns=1)")))
    for text in (json.dumps(body), json.dumps(body, separators=(",", ":"))):
        result = migrate_notebook(text)
        assert result.changed
        assert "\n" not in result.code
        assert len(result.code) < len(text) + 4000
