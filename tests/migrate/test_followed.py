"""Agents that go into code which names nothing of AutoGen, and classes of agents that do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.migrate.files import migrate_paths, write_result

HELPERS = """\
class Line:
    def last_message(self):
        return "of a line"


def ask(agent):
    return agent.generate_reply(messages=[{"role": "user", "content": "Who are you?"}])


def told(agent, other):
    return agent.last_message(other)["content"]


def tools(agent):
    agent.register_function(function_map={"now": print})
    return [*agent.function_map]


def hook(agent):
    def lead(message, **_):
        return "So: " + message

    agent.register_hook("process_message_before_send", lead)
"""
AGENTS = """\
from functools import partial

from autogen import AssistantAgent, ConversableAgent, UserProxyAgent

MADE = {}
KINDS = {"plain": ConversableAgent, "user": UserProxyAgent}
quiet = partial(ConversableAgent, llm_config=False, human_input_mode="NEVER")


class Polite:
    def generate_reply(self, messages=None, sender=None, **options):
        return "Please: " + super().generate_reply(messages=messages, sender=sender, **options)


def known(kind):
    MADE[kind.__name__] = kind
    return kind


@known
class Clerk(Polite, AssistantAgent):
    pass


def by_kind(kind, **options):
    return KINDS[kind](**options)
"""
STEPS = """\
class Steps:
    def __init__(self, driver):
        self.driver = driver

    def take(self, other):
        return self.driver.initiate_chat(other, message="Step", max_turns=1).summary
"""
MAIN = """\
from agents import MADE, by_kind, quiet
from calls import call
from helpers import Line, ask, hook, told, tools
from steps import Steps

bot = quiet("bot", default_auto_reply="I am bot", max_consecutive_auto_reply=3)
options = {"llm_config": False, "human_input_mode": "NEVER"}
clerk = MADE["Clerk"]("clerk", default_auto_reply="I am clerk", **options)
user = by_kind("user", name="user", human_input_mode="NEVER", code_execution_config=False)
print(ask(bot), "|", ask(clerk))
print(call(clerk, "generate_reply", messages=[{"content": "Well?"}]), "|", tools(user))
hook(bot)
print(Steps(user).take(bot), "|", told(user, bot), "|", Line().last_message())
"""
CALL = """\
def call(agent, name, **options):
    return getattr(agent, name)(**options)
"""
PRINTED = """\
I am bot | Please: I am clerk
Please: I am clerk | ['now']
So: I am bot | So: I am bot | of a line
"""
TEXTS = {"helpers": HELPERS, "agents": AGENTS, "steps": STEPS, "calls": CALL, "main": MAIN}


def written(folder: Path, faithful: bool, texts: dict[str, str]) -> dict[str, str]:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    for file in migrate_paths([folder], faithful=faithful):
        assert not file.todos
        write_result(file)
    return {path.stem: path.read_text() for path in folder.glob("*.py")}


@pytest.mark.parametrize("faithful", [False, True])
def test_agents_answer_to_what_code_calls_them_that_knows_no_autogen(
    tmp_path: Path, faithful: bool
) -> None:
    found = written(tmp_path, faithful, TEXTS)

    assert found["helpers"] == HELPERS
    run = [sys.executable, "-W", "ignore", "main.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    printed = [line for line in done.stdout.splitlines() if "|" in line]
    assert "\n".join(printed) == PRINTED.rstrip()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    found = written(tmp_path, True, TEXTS)

    again = {path.name: path.read_text() for path in tmp_path.iterdir() if path.suffix == ".py"}

    assert not [file.path for file in migrate_paths([tmp_path], faithful=True) if file.data]
    assert {f"{name}.py" for name in found} == {*again}


def test_agents_that_nobody_else_handles_are_those_of_07(tmp_path: Path) -> None:
    torch = "def watch(tensor):\n    tensor.register_hook(print)\n"
    bot = "import autogen\n\nbot = autogen.AssistantAgent('bot', llm_config={'model': 'gpt-4o'})\n"
    apart = "class Own:\n    def generate_reply(self): ...\n\n\nprint(Own().generate_reply())\n"

    found = written(tmp_path, False, {"watch": torch, "team": bot, "own": apart})

    assert "classic_agents" not in found
    assert (found["watch"], found["own"]) == (torch, apart)


def test_a_method_of_the_program_keeps_its_name(tmp_path: Path) -> None:
    wrapper = (
        "import autogen\n\n\nclass Desk:\n    def __init__(self):\n"
        "        self.agent = autogen.ConversableAgent('desk', llm_config=False)\n\n"
        "    def generate_reply(self, text):\n"
        "        return self.agent.generate_reply(messages=[{'role': 'user', 'content': text}])\n"
    )
    page = "from desk import Desk\n\nprint(Desk().generate_reply('Hi'))\n"

    found = written(tmp_path, True, {"desk": wrapper, "page": page})

    assert "def generate_reply(self, text)" in found["desk"]
    assert found["page"] == page
    assert "def __getattr__" in found["classic_agents"]


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize(
    ("compat", "name"),
    [
        ('from importlib import import_module\n\nv02 = import_module("autogen")\n', "v02"),
        (
            "try:\n    import autogen\nexcept ImportError:\n    raise SystemExit from None\n",
            "autogen",
        ),
    ],
)
def test_agents_of_v02_that_another_module_hands_on_stay_with_it(
    tmp_path: Path, faithful: bool, compat: str, name: str
) -> None:
    uses = (
        f"from compat import {name}\n\n"
        f'bot = {name}.ConversableAgent("bot", llm_config=False)\n'
        'bot.initiate_chat(bot, message="Hi", max_turns=1)\n'
    )
    (tmp_path / "compat.py").write_text(compat)
    (tmp_path / "uses.py").write_text(uses)

    found = migrate_paths([tmp_path], faithful=faithful)

    todos = {file.path.stem: file.result.todos for file in found if file.result}
    codes = {name: {site.code for site in sites} for name, sites in todos.items()}
    assert codes == {"compat": {"MIG001"}, "uses": {"MIG098"}}
    assert [line for line in found[1].diff().splitlines() if line.startswith("-")] == [
        "--- a/" + str(tmp_path / "uses.py")
    ]


INSIDES = """\
from shells import Shell


def prompt(agent):
    return agent._oai_system_message[0]["content"]


class Desk:
    def __init__(self, manager, shell: Shell):
        self.kept = manager
        self.shell = shell

    def hold(self, messages):
        return self.shell.run_code(self.kept.run_chat(messages=messages))
"""
HANDED_ON = """\
import autogen
from helpers import prompt

bot = autogen.ConversableAgent("bot", llm_config=False, human_input_mode="NEVER")
print(prompt(bot))
bot.initiate_chat(bot, message="Hi", max_turns=1)
"""


def marked_lines(folder: Path, faithful: bool, texts: dict[str, str]) -> dict[str, list[int]]:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    found = migrate_paths([folder], faithful=faithful)
    todos = {file.path.stem: file.result.todos for file in found if file.result}
    return {name: [site.line for site in sites] for name, sites in todos.items() if sites}


@pytest.mark.parametrize("faithful", [False, True])
def test_insides_that_only_v02_has_are_marked_where_agents_may_come(
    tmp_path: Path, faithful: bool
) -> None:
    found = marked_lines(tmp_path, faithful, {"helpers": INSIDES, "main": HANDED_ON})

    assert found["helpers"] == [5, 14]
    assert ("main" in found) != faithful  # else the agents stay on v0.2 with what asks them


def test_what_the_program_has_itself_is_no_inside(tmp_path: Path) -> None:
    desk = "class Desk:\n    def run_chat(self, messages): ...\n\n    _oai_system_message: str\n"
    alone = "from other.helpers import prompt\n\nprint(prompt)\n"  # and no agent in sight
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "helpers.py").write_text(INSIDES)

    assert marked_lines(tmp_path, True, {"alone": alone, "main": HANDED_ON}) == {}
    texts = {"helpers": INSIDES, "main": HANDED_ON, "desk": desk}
    assert marked_lines(tmp_path, True, texts) == {}


@pytest.mark.parametrize("faithful", [False, True])
def test_what_a_notebook_hands_its_agents_to_is_followed(tmp_path: Path, faithful: bool) -> None:
    lines = [
        "import autogen\n",
        "from helpers import ask\n",
        "bot = autogen.ConversableAgent('bot', llm_config=False, default_auto_reply='I am bot')\n",
        "print(ask(bot))",
    ]
    cell = {"cell_type": "code", "source": lines}
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))

    found = written(tmp_path, faithful, {"helpers": HELPERS})

    assert found["helpers"] == HELPERS
    code = "".join(json.loads((tmp_path / "book.ipynb").read_text())["cells"][0]["source"])
    run = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["I am bot"], "")


def test_a_file_alone_says_where_its_agents_go(tmp_path: Path) -> None:
    main = tmp_path / "main.py"
    main.write_text(
        "import autogen\nfrom helpers import ask\n\n"
        "bot = autogen.ConversableAgent('bot', llm_config=False, default_auto_reply='I am bot')\n"
        "print(ask(bot), print(bot.name))\n"
    )
    (tmp_path / "helpers.py").write_text(HELPERS)

    (alone,) = migrate_paths([main], faithful=True)

    told = [(site.line, site.code) for site in alone.sites if site.kind == "caveat"]
    assert told == [(5, "MIG098")]
    write_result(alone)
    run = [sys.executable, "-W", "ignore", "main.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["I am bot None"], "")


def test_a_second_run_leaves_chats_of_agents_that_keep_v02s_names(tmp_path: Path) -> None:
    agents = (
        "import autogen\n\nbot = autogen.ConversableAgent('bot', llm_config=False)\n"
        "bot.register_reply(None, lambda *a, **k: (True, 'no'))\n"
    )
    desk = "class Desk:\n    def initiate_chat(self, other): ...\n"
    main = "import agents\n\nagents.bot.initiate_chat(agents.bot, message='Hi', max_turns=1)\n"
    alone = agents + "\nfor one in [bot]:\n    one.initiate_chat(bot, message='Hi', max_turns=1)\n"
    texts = {"agents": agents, "desk": desk, "main": main, "alone": alone}

    found = written(tmp_path, False, texts)

    assert "initiate_chat" in found["main"]
    assert "initiate_chat" in found["alone"]
    assert not [file.path for file in migrate_paths([tmp_path]) if file.data]
