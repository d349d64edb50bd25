"""Imports of v0.2 beside those of other packages, and where they may fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.files import migrate_paths

CHAT = """\
bot = AssistantAgent("bot", "Be brief.", llm_config={"model": "gpt-4o"})
user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
user.initiate_chat(bot, message="Hi", max_turns=1)
"""
OTHERS = f"""\
from autogen import Agent, AssistantAgent, UserProxyAgent


def review(recipient: Agent) -> str:
    return recipient.name


{CHAT}from crewai import Agent

joker: Agent = Agent(role="joker")


def made():
    return Agent(role="other")
"""


def test_a_name_of_two_packages_is_the_last_one_before_or_of_all_where_functions_run() -> None:
    code = migrate_source(OTHERS, faithful=True).code

    assert "def review(recipient: ConversableAgent)" in code
    assert code.endswith(OTHERS[OTHERS.index("from crewai") :])
    assert "import autogen" not in code
    assert "from autogen import" not in code


def test_a_name_is_followed_where_another_package_of_an_earlier_letter_has_it_later() -> None:
    text = OTHERS.replace("crewai", "agents")

    assert "def review(recipient: ConversableAgent)" in migrate_source(text, faithful=True).code


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize(
    ("caught", "told"), [("ImportError", 1), ("(ValueError, Exception)", 1), ("ValueError", 0)]
)
def test_where_v02_could_be_missing_is_said(caught: str, told: int, faithful: bool) -> None:
    head = "try:\n    from autogen import AssistantAgent, UserProxyAgent\n"
    text = f"{head}except {caught}:\n    raise SystemExit from None\n{CHAT}"

    sites = migrate_source(text, faithful=faithful).sites

    assert sum("went on without v0.2" in site.message for site in sites) == told


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize(
    "use", ["import settings", "import settings as s", "from . import settings"]
)
def test_what_others_take_by_a_dot_stays_for_them(tmp_path: Path, use: str, faithful: bool) -> None:
    name = "s" if use.endswith(" s") else "settings"
    chat = CHAT.replace("AssistantAgent", f"{name}.AssistantAgent")
    chat = chat.replace("UserProxyAgent", f"{name}.Proxy")
    (tmp_path / "settings.py").write_text(
        "from autogen import AssistantAgent, UserProxyAgent as Proxy\n"
    )
    (tmp_path / "main.py").write_text(f"{use}\n\n{chat}")

    results = migrate_paths([tmp_path], faithful=faithful)

    code = {file.path.name: file.result.code for file in results if file.result is not None}
    assert not any(file.todos for file in results)
    assert code["settings.py"].endswith(
        "from classic_agents import AssistantAgent, UserProxyAgent as Proxy\n"
    )
    assert f'{name}.Proxy("user", human_input="NEVER"' in code["main.py"]
