"""Files that are carried whole by agents of the project, and files that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.families import of_one_kind
from agentloupe.migrate.files import FileResult, migrate_paths, write_result
from agentloupe.migrate.plan import MARK
from agentloupe.migrate.result import MigrationResult, Site

AGENTS = """\
import autogen

bot = autogen.AssistantAgent("bot", llm_config={"model": "gpt-4o"})
user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
"""
WATCH = "bot.register_reply(None, lambda *a, **k: (True, 'no'))\n"
CHAT = 'user.initiate_chat(bot, message="Hi")\n'
LACKING = "print(AssistantAgent('c')._oai_system_message)\n"  # the agents have no such thing


def test_what_no_rule_translates_is_carried_with_the_reason() -> None:
    result = migrate_source(AGENTS + WATCH + CHAT)

    assert not result.todos
    assert result.chat_sites_migrated == result.chat_sites_total == 1
    reasons = [site for site in result.sites if site.code == "MIG091"]
    assert [(site.line, site.kind) for site in reasons] == [(5, "caveat")]
    assert ".register_reply of bot" in reasons[0].message


def test_what_the_rules_translate_is_not_carried() -> None:
    assert "start_chat" not in migrate_source(AGENTS + CHAT).code


def test_a_file_that_somebody_works_on_keeps_its_marks() -> None:
    left = migrate_source(AGENTS + WATCH + CHAT, ignore=("MIG091",))

    assert left.todos
    assert migrate_source(left.code).code == left.code
    assert migrate_source(left.code, faithful=True).code == left.code


@pytest.mark.parametrize(
    "text",
    [
        AGENTS + WATCH,  # it only makes agents
        AGENTS + WATCH + "from team import boss\nboss.initiate_chat(bot, message='Hi')\n",
        AGENTS + WATCH + "from team import boss\nuser.initiate_chat(boss, message='Hi')\n",
        AGENTS + WATCH + CHAT + "from team import follow\nfollow(bot)\n",
        AGENTS + WATCH + "from team import make\nx = make()\nx.initiate_chat(bot, message='Hi')\n",
        AGENTS + WATCH + "from team import *\nx = make()\nx.initiate_chat(bot, message='Hi')\n",
        AGENTS + WATCH + "def run(boss):\n    boss.initiate_chat(bot, message='Hi')\n",
        AGENTS
        + CHAT
        + "from team import boss\ngroup = autogen.GroupChat(agents=[bot, boss], messages=[])\n"
        "manager = autogen.GroupChatManager(groupchat=group)\n",
    ],
)
def test_agents_that_come_from_elsewhere_or_go_there_stay(text: str) -> None:
    result = migrate_source(text)

    assert result.todos
    assert "start_chat" not in result.code


def test_a_problem_without_a_message_is_posed_and_said_so() -> None:
    text = (
        "import autogen\n"
        "from autogen.agentchat.contrib.math_user_proxy_agent import MathUserProxyAgent\n\n"
        "bot = autogen.AssistantAgent('bot', llm_config={'model': 'gpt-4o'})\n"
        "user = MathUserProxyAgent(human_input_mode='NEVER')\n"
        "user.initiate_chat(bot, problem='What is 6 times 7?')\n"
    )

    result = migrate_source(text)

    assert not result.todos
    assert any("asked for the first message" in site.message for site in result.sites)


def test_an_agent_that_is_printed_stays_in_the_file() -> None:
    assert not migrate_source(AGENTS + WATCH + CHAT + "print(bot)\n").todos


def test_models_that_are_asked_without_agents_are_carried() -> None:
    text = (
        "from autogen import OpenAIWrapper\n\nclient = OpenAIWrapper(config_list=[])\n"
        "print(client.create(messages=[]).model_dump())\n"
    )

    assert not migrate_source(text).todos


def test_agents_handed_around_in_one_file_are_carried() -> None:
    hand = (
        "def run(boss):\n    print(boss)\n    boss.initiate_chat(bot, message='Hi')\n\nrun(user)\n"
    )

    assert not migrate_source(AGENTS + hand).todos


def folder(tmp_path: Path, agents: str, program: str) -> dict[str, str]:
    (tmp_path / "team.py").write_text(agents)
    (tmp_path / "app.py").write_text(program)
    return {
        file.path.name: file.result.code
        for file in migrate_paths([tmp_path])
        if file.result is not None
    }


def test_files_that_import_one_another_are_carried_together(tmp_path: Path) -> None:
    program = "from team import bot, user\n\n" + WATCH + CHAT + "user.send('More', bot)\n"
    watched = AGENTS + WATCH + CHAT

    found = folder(tmp_path, watched, program)

    assert "from classic_agents import" in found["team.py"]
    assert "user.start_chat(bot" in found["app.py"]
    assert "class ConversableAgent" in found["classic_agents.py"]


def files(tmp_path: Path, *, faithful: bool = False, **texts: str) -> dict[str, str]:
    """Migrate a folder; in names of files ``__`` is for a folder."""
    for name, text in texts.items():
        path = tmp_path / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return {
        str(file.path.relative_to(tmp_path)): file.result.code
        for file in migrate_paths([tmp_path], faithful=faithful)
        if file.result is not None
    }


def test_a_program_whose_agents_are_made_in_another_file_is_carried(tmp_path: Path) -> None:
    found = files(tmp_path, team=AGENTS, app="from team import bot, user\n\n" + CHAT)

    assert "TODO(agentloupe)" not in found["app.py"] + found["team.py"]
    assert "user.start_chat(bot" in found["app.py"]
    assert "from classic_agents import" in found["team.py"]


def test_files_of_several_folders_share_the_agents_where_all_find_them(tmp_path: Path) -> None:
    program = "from crew.team import user\nfrom crew.helpers import bot\n\n" + CHAT
    helpers = "from .team import bot\n\nbot.register_reply(None, print)\n"

    found = files(tmp_path, app=program, crew__team=AGENTS, crew__helpers=helpers)

    assert "TODO(agentloupe)" not in "".join(found.values())
    assert "from crew.classic_agents import" in found["crew/team.py"]
    assert "class ConversableAgent" in found["crew/classic_agents.py"]
    assert "classic_agents.py" not in found


def test_faithful_files_of_several_folders_share_the_agents_too(tmp_path: Path) -> None:
    program = "from crew.team import user, bot\n\n" + CHAT
    built = (
        "from autogen import AgentOptimizer\nfrom .team import bot\n\nAgentOptimizer().build(bot)\n"
    )

    found = files(tmp_path, faithful=True, app=program, crew__team=AGENTS, crew__build=built)

    assert "user.start_chat(bot" in found["app.py"]
    assert "from crew.classic_agents import" in found["crew/team.py"]
    assert "TODO(agentloupe)" in found["crew/build.py"]
    assert [name for name in found if name.endswith("classic_agents.py")] == [
        "crew/classic_agents.py"
    ]


@pytest.mark.parametrize("faithful", [False, True])
def test_agents_that_only_a_file_that_is_left_uses_are_left_with_it(
    tmp_path: Path, faithful: bool
) -> None:
    built = "from agents.team import bot\nfrom autogen import AgentOptimizer\n\n"

    found = files(
        tmp_path,
        faithful=faithful,
        agents__agents=f"{built}AgentOptimizer().build(bot)\n",
        agents__team=AGENTS,
    )

    assert 'bot = autogen.AssistantAgent("bot"' in found["agents/team.py"]
    assert "what it talks to in other files stays there as well" in found["agents/team.py"]


def test_files_that_share_a_configuration_alone_are_no_family(tmp_path: Path) -> None:
    config = "import autogen\n\nLIST = autogen.config_list_from_json('OAI_CONFIG_LIST')\n"
    use = "from config import LIST\n"
    built = use + "from autogen import AgentOptimizer\n\nAgentOptimizer().build(LIST)\n"

    found = files(tmp_path, config=config, one=use + AGENTS + WATCH + CHAT, two=built)

    assert "TODO(agentloupe)" not in found["one.py"]
    assert "TODO(agentloupe)" in found["two.py"]


def test_a_folder_with_the_name_of_the_package_is_not_what_files_import(tmp_path: Path) -> None:
    built = "from autogen import AgentOptimizer\n\nAgentOptimizer().build('x')\n"

    found = files(tmp_path, autogen__one=AGENTS + WATCH + CHAT, autogen__two=built)

    assert "TODO(agentloupe)" not in found["autogen/one.py"]
    assert "TODO(agentloupe)" in found["autogen/two.py"]


def test_none_is_carried_where_one_cannot_be(tmp_path: Path) -> None:
    program = (
        "from team import bot\nfrom autogen import AgentOptimizer\n\nAgentOptimizer().build(bot)\n"
    )

    found = folder(tmp_path, AGENTS + WATCH + CHAT, program)

    assert "TODO(agentloupe)" in found["team.py"]
    assert "TODO(agentloupe)" in found["app.py"]
    assert "classic_agents.py" not in found


def test_a_package_is_of_one_kind_with_who_imports_it(tmp_path: Path) -> None:
    package = tmp_path / "crew"
    package.mkdir()
    (package / "__init__.py").write_text("from .makers import make\n")
    make = "def make():\n    return autogen.ConversableAgent('made', llm_config=False)\n"
    (package / "makers.py").write_text(
        f"import autogen\nfrom autogen import AgentOptimizer\n\n{make}"
    )
    program = "import crew\n" + AGENTS + WATCH + CHAT

    found = folder(tmp_path, "", program)

    assert "classic_agents.py" not in found
    assert "TODO(agentloupe)" in found["app.py"]


def test_a_chat_that_a_framework_starts_is_carried() -> None:
    start = "import chainlit as cl\nstart = cl.make_async(user.initiate_chat)\n"
    direct = "cl.make_async(user.initiate_chat)(bot, message='Hi')\n"

    for text in (start, start + direct):
        result = migrate_source(AGENTS + text)
        assert not result.todos
        assert "cl.make_async(user.start_chat)" in result.code


@pytest.mark.parametrize(
    ("imported", "put", "taken"),
    [
        ("import streamlit as st", "st.session_state.bot = bot", "st.session_state.bot"),
        ("import streamlit as st", 'st.session_state["bot"] = bot', 'st.session_state["bot"]'),
        ("import chainlit as cl", 'cl.user_session.set("bot", bot)', 'cl.user_session.get("bot")'),
    ],
)
def test_agents_that_a_framework_keeps_for_a_session_stay_in_the_file(
    imported: str, put: str, taken: str
) -> None:
    text = (
        f"import autogen\n{imported}\n\n"
        'bot = autogen.AssistantAgent("bot", llm_config={"config_list": [{"model": "gpt-4o"}]})\n'
        'user = autogen.UserProxyAgent("user", human_input_mode="NEVER")\n'
        f"{put}\n"
        f'user.initiate_chat({taken}, message="Hi")\n'
    )

    assert not migrate_source(text, module="classic_agents").todos
    elsewhere = text.replace("session", "shelf")
    assert migrate_source(elsewhere, module="classic_agents").todos


def test_faithful_who_imports_what_is_left_is_left_with_it(tmp_path: Path) -> None:
    left = "from autogen import AgentOptimizer, ConversableAgent\n\n\n"
    left += "class Mine(ConversableAgent):\n    builder = AgentOptimizer()\n"
    team = "import autogen\nfrom crew import Mine\n\nbot = Mine('bot', llm_config=False)\n"

    found = files(tmp_path, faithful=True, crew=left, team=team + AGENTS + CHAT, app=AGENTS + CHAT)

    assert "TODO(agentloupe)" in found["crew.py"]
    assert "Mine('bot', llm_config=False)" in found["team.py"]
    assert "user.start_chat(bot" in found["app.py"]


def test_functions_of_the_program_keep_their_words(tmp_path: Path) -> None:
    text = (
        "from functools import partial\n\nfrom autogen import AssistantAgent\n"
        "from setup import greet\n\n\n"
        "def make(llm_config):\n    return AssistantAgent('one', llm_config=llm_config)\n\n\n"
        "one = make(llm_config={'model': 'gpt-4o'})\n"
        "two = partial(AssistantAgent, llm_config=False)('two')\n"
        "greet(one, llm_config=None)\none.initiate_chat(two, message='Hi')\n"
    )

    found = files(tmp_path, faithful=True, app=text)["app.py"]

    assert "AssistantAgent('one', model_config=llm_config)" in found
    assert "make(llm_config={" in found
    assert "partial(AssistantAgent, model_config=False)" in found
    assert "greet(one, llm_config=None)" in found


def test_a_subclass_that_asks_its_base_for_what_the_agents_lack_stays() -> None:
    text = (
        "import autogen\n\n\nclass Mine(autogen.ConversableAgent):\n"
        "    def {0}(self, *args):\n        return super().{0}(*args)\n\n\n"
        "bot = Mine('bot', llm_config=False)\nbot.initiate_chat(bot, message='Hi')\n"
    )

    kept = migrate_source(text.format("_get_display_name")).code
    moved = migrate_source(text.format("process_last_received_message")).code

    assert "TODO(agentloupe)" in kept
    assert "TODO(agentloupe)" not in moved


def test_a_name_that_another_file_takes_from_here_is_kept(tmp_path: Path) -> None:
    helpers = "from autogen import AssistantAgent, ConversableAgent, UserProxyAgent\n"
    app = """\
from helpers import (
    AssistantAgent,  # and not the other
    UserProxyAgent as Proxy,
)

def start(agent):
    agent.initiate_chat(AssistantAgent("a"))
"""

    code = files(tmp_path, helpers=helpers, app=f"{app}{LACKING}")

    assert "from autogen import AssistantAgent, UserProxyAgent\n" in code["helpers.py"]
    assert "beside 0.7), for other files that take it from here" in code["helpers.py"]

    for faithful in (False, True):
        code = files(tmp_path, faithful=faithful, helpers=helpers, app=app)

        assert code["helpers.py"] == "from classic_agents import AssistantAgent, UserProxyAgent\n"
        assert "class UserProxyAgent" in code["classic_agents.py"]


def test_of_a_star_import_only_what_a_file_has_nowhere_else_is_kept(tmp_path: Path) -> None:
    settings = "import autogen\nfrom autogen import AssistantAgent, UserProxyAgent\n"
    app = "import autogen\nfrom settings import *\n\n" + AGENTS.replace("autogen.Ass", "Ass") + CHAT

    code = files(tmp_path, settings=settings, app=f"{app}{LACKING}")

    assert "import autogen\n" not in code["settings.py"]
    assert "from autogen import AssistantAgent\n" in code["settings.py"]


def test_answers_kept_on_a_server_are_left() -> None:
    cached = AGENTS + WATCH + "cache = autogen.Cache.redis(redis_url='redis://localhost')\n" + CHAT

    result = migrate_source(cached)

    assert not [site for site in result.sites if site.code == "MIG091"]
    assert result.todos


def test_a_program_on_the_package_that_v02_came_from_is_not_half_renamed() -> None:
    old = AGENTS.replace("import autogen", "from flaml import autogen") + WATCH + CHAT

    for faithful in (False, True):
        code = migrate_source(old, faithful=faithful).code

        assert "register_reply" in code
        assert "TODO(agentloupe)" in code


def test_files_that_somebody_is_at_work_on_are_not_carried_by_a_later_run(tmp_path: Path) -> None:
    """What kept them from it may be marked by now, and look like nothing."""
    marked = f"from b import other\n{MARK} MIG090: Agent of v0.2 has no counterpart\n"
    left = FileResult(
        tmp_path / "a.py",
        "unchanged",
        MigrationResult("a.py", marked, marked, (Site(2, "MIG090", "todo", "Agent of v0.2"),)),
    )
    other = FileResult(
        tmp_path / "b.py",
        "unchanged",
        MigrationResult("b.py", "other = 1\n", "other = 1\n", (Site(1, "MIG020", "caveat", ""),)),
    )

    def again(path: Path, module: str | None, held: bool) -> FileResult:
        carried = Site(1, "MIG091", "caveat", "kept on agents of the project")
        return FileResult(path, "changed", MigrationResult(path.name, "", "", (carried,)))

    assert of_one_kind([left, other], again) == [left, other]


@pytest.mark.parametrize(
    "text",
    [
        "print(autogen.ConversableAgent._format_json_str('{}'))\n",
        "from autogen.agentchat.contrib.math_user_proxy_agent import MathUserProxyAgent\n"
        "ask = MathUserProxyAgent().execute_one_wolfram_query\n",
    ],
)
def test_a_file_that_reads_what_the_agents_lack_stays(text: str) -> None:
    for faithful in (False, True):
        result = migrate_source(AGENTS + WATCH + CHAT + text, faithful=faithful)

        assert result.todos
        assert "start_chat" not in result.code


def test_constants_of_a_class_are_read_of_its_counterpart() -> None:
    text = AGENTS + CHAT + "print(autogen.AssistantAgent.DEFAULT_SYSTEM_MESSAGE, bot.__class__)\n"

    assert "AssistantAgent.DEFAULT_SYSTEM_MESSAGE" in migrate_source(text, faithful=True).code


@pytest.mark.parametrize("faithful", [False, True])
def test_what_stays_with_a_file_that_is_left_does_so_in_a_later_run(
    tmp_path: Path, faithful: bool
) -> None:
    """Of the file that keeps the others there, the later run tells no more than its import."""
    group = "import autogen\n\n\nclass Panel(autogen.GroupChat):\n"
    group += "    def select_speaker(self, last, selector):\n        return self.agents[0]\n"
    agents = "import autogen\n\n\ndef user():\n    return autogen.UserProxyAgent('user')\n"
    main = "from agents import user\nfrom group import Panel\n\n"
    main += "boss = user()\nboss.initiate_chat(Panel(agents=[boss]), message='Hi')\n"
    for name, text in {"group": group, "agents": agents, "main": main}.items():
        (tmp_path / f"{name}.py").write_text(text)
    for file in migrate_paths([tmp_path], faithful=faithful):
        write_result(file)
    assert MARK in (tmp_path / "agents.py").read_text()

    again = migrate_paths([tmp_path], faithful=faithful)

    assert [file.path.name for file in again if file.status == "changed"] == []


@pytest.mark.parametrize("faithful", [False, True])
def test_agents_have_what_a_file_asks_of_them_that_only_takes_them(
    tmp_path: Path, faithful: bool
) -> None:
    agents = AGENTS + WATCH
    main = "from agents import bot, user\n\n\n@user.register_for_execution()\n"
    main += "@bot.register_for_llm(description='Now.')\ndef now() -> str: ...\n\n\n"
    main += "user.initiate_chats([{'recipient': bot, 'message': 'Hi'}])\n"
    (tmp_path / "agents.py").write_text(agents)
    (tmp_path / "main.py").write_text(main)

    results = migrate_paths([tmp_path], faithful=faithful)

    code = {file.path.name: file.result.code for file in results if file.result is not None}
    assert "@bot.offer_tool(" in code["main.py"]
    for name in ("offer_tool", "run_tool", "start_chats"):
        assert f"    def {name}(" in code["classic_agents.py"]


def test_a_mixin_behind_an_agent_does_not_take_its_words() -> None:
    text = """\
import autogen


class Shown:
    shown = None


class Own(autogen.ConversableAgent, Shown):
    def __init__(self, name, **kwargs):
        super().__init__(name=name, llm_config=kwargs.pop("llm_config", False), **kwargs)


Own("one").initiate_chat(Own("two"), message="Hi", max_turns=1)
"""

    code = migrate_source(text, faithful=True, module="classic_agents").code

    assert 'super().__init__(name=name, model_config=kwargs.pop("model_config", False)' in code
