"""A method of v0.2's name of a class that has nothing to do with v0.2 keeps its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.apart import own_chats
from agentloupe.migrate.files import migrate_paths

AGENTS = """\
import autogen

bot = autogen.AssistantAgent("bot", llm_config={"model": "gpt-4o"})
user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
"""
PAIR = """\
class Pair:
    def __init__(self, first, second):
        self.parties = first, second

    def initiate_chat(self, text):
        print(text, self.parties)

    def again(self, text):
        self.initiate_chat(text)
"""


def test_a_class_is_apart_if_no_base_of_it_is_an_agent() -> None:
    agent = "class Base(autogen.AssistantAgent): ...\n"
    of_agents = "class Loud(Base, Mixin[int]):\n    def initiate_chat(self, bot): ...\n"

    assert own_chats([PAIR, agent, of_agents]) == {"Pair"}
    assert own_chats([PAIR, agent + PAIR.replace("Pair:", "Pair(Base):")]) == set()
    assert own_chats(["class Pair:\n    def initiate_chat(self) oops\n"]) == set()


@pytest.mark.parametrize("faithful", [False, True])
def test_its_calls_stay_where_the_class_is_in_another_file(tmp_path: Path, faithful: bool) -> None:
    (tmp_path / "pairs.py").write_text(PAIR)
    calls = (
        "pair = Pair(bot, user)",
        "pair.initiate_chat('Hi')",
        "Pair(bot, 1).initiate_chat('Ho')",
    )
    (tmp_path / "main.py").write_text("\n".join(["from pairs import Pair", AGENTS, *calls, ""]))

    results = {file.path.name: file for file in migrate_paths([tmp_path], faithful=faithful)}

    assert results["pairs.py"].status == "unchanged"
    done = results["main.py"].result
    assert done is not None
    assert [line for line in done.code.splitlines() if line in calls] == [*calls]
    assert not any(".initiate_chat()" in site.message for site in done.todos)
    assert done.chat_sites_total == 0


@pytest.mark.parametrize("faithful", [False, True])
def test_its_method_stays_beside_chats_of_agents(faithful: bool) -> None:
    chat = 'user.initiate_chat(bot, message="Hi")\n'

    result = migrate_source(f"{AGENTS}\n\n{PAIR}\n\n{chat}", faithful=faithful)

    assert not result.todos
    assert PAIR in result.code
    assert result.chat_sites_total == result.chat_sites_migrated == 1


def test_the_method_of_a_subclass_of_an_agent_is_renamed() -> None:
    agent = "class Loud(autogen.AssistantAgent):\n    def initiate_chat(self, bot, **more):\n"
    text = f"import autogen\n\n\n{agent}        super().initiate_chat(bot, **more)\n"

    code = migrate_source(text, faithful=True).code

    assert "def start_chat(self, bot, **more)" in code
    assert "super().start_chat(bot, **more)" in code
