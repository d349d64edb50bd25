"""``from autogen import *``."""

from __future__ import annotations

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.star_imports import with_names

CHAT = """\
bot = AssistantAgent("bot", "Be brief.", llm_config={"model": "gpt-4o"})
user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
user.initiate_chat(bot, message="Hi", max_turns=1)
"""


@pytest.mark.parametrize("faithful", [False, True])
def test_what_a_star_brings_is_followed(faithful: bool) -> None:
    result = migrate_source(f"from autogen import *\n\n{CHAT}", faithful=faithful)

    assert not result.todos
    assert "*" not in result.code.partition("\n\n\n")[0]
    assert result.source.startswith("from autogen import *\n")


def test_names_that_the_program_binds_are_its_own() -> None:
    text = "from autogen import *\n\nclass GroupChat: ...\n\nprint(GroupChat, Agent, other)\n"

    assert with_names(text, frozenset()).startswith("from autogen import Agent\n")


def test_each_module_has_names_of_its_own() -> None:
    text = "from autogen import *\nfrom autogen.coding import *\n\nprint(CodeBlock, Agent)\n"

    found = with_names(text, frozenset({"UserProxyAgent"}))

    named = "from autogen import Agent, UserProxyAgent\nfrom autogen.coding import CodeBlock\n"
    assert found.startswith(named)


@pytest.mark.parametrize(
    "text",
    [
        f"from autogen import *\nfrom mine import *\n\n{CHAT}",  # which may bind them anew
        f"from autogen import *\n\nlogging.info('')\n{CHAT}",  # the star's by chance
        f"from autogen.agentchat.contrib.img_utils import *\n\n{CHAT}",
        "from autogen import *\n",  # for others, perhaps
    ],
)
def test_a_star_that_is_not_understood_is_marked(text: str) -> None:
    result = migrate_source(text)

    assert result.todos
    assert "import *" in result.code
