"""What a program's own classes and functions are: agents through one another, or none of v0.2's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.files import migrate_paths, write_result
from agentloupe.migrate.own import own_of

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
    agent = "import autogen\n\n\nclass Base(autogen.AssistantAgent): ...\n"
    of_agents = (
        "from a import Base\n\n\nclass Loud(Base, Mixin[int]):\n    def initiate_chat(self): ...\n"
    )
    unread = "class Pair:\n    def initiate_chat(self) oops\n"
    second = f"{agent}\n\n{PAIR.replace('Pair:', 'Pair(Base):')}"

    def apart(*texts: str) -> set[str]:
        found = own_of({Path(f"{name}.py"): text for name, text in zip("pab", texts, strict=False)})
        return {name for own in found.values() for name in own.apart}

    assert apart(PAIR, agent, of_agents) == {"Pair"}
    assert apart(PAIR, second) == set()
    assert apart(unread) == set()


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


BASE = """\
from abc import ABC, abstractmethod
import autogen


class Base(autogen.ConversableAgent):
    def __init__(self, name, llm_config, mood="calm", **options):
        super().__init__(name, llm_config=llm_config, human_input_mode="NEVER", **options)
        self.mood = mood
        self.register_reply([autogen.Agent, None], Base.tell_mood)

    def tell_mood(self, messages, sender, config):
        return True, f"{self.name} is {self.mood}"
"""
ROLE = """\
from abc import ABC, abstractmethod
from base import Base


class Role(ABC, Base):
    @abstractmethod
    def role(self): ...
"""
WOLF = """\
from role import Role


class Wolf(Role):
    def __init__(self, name, llm_config=None, **options):
        super().__init__(name, llm_config=llm_config, max_consecutive_auto_reply=2, **options)

    def role(self):
        return "wolf"
"""
MAIN = """\
from wolf import Wolf

ann, bob = Wolf("ann", llm_config=False), Wolf("bob", llm_config=False, mood="wild")
print(ann.initiate_chat(bob, message="Hi.", max_turns=2).summary, ann.role())
"""


@pytest.mark.parametrize("faithful", [False, True])
def test_agents_through_classes_of_other_files_that_never_mention_autogen(
    tmp_path: Path, faithful: bool
) -> None:
    for name, text in {"base": BASE, "role": ROLE, "wolf": WOLF, "main": MAIN}.items():
        (tmp_path / f"{name}.py").write_text(text)
    unrelated = "from abc import ABC\n\n\nclass Base(ABC): ...\n\n\nbase = Base(llm_config=1)\n"
    (tmp_path / "unrelated.py").write_text(unrelated)

    results = migrate_paths([tmp_path], faithful=faithful)

    assert not any(file.todos for file in results)
    for file in results:
        write_result(file)
    assert (tmp_path / "unrelated.py").read_text() == unrelated
    run = [sys.executable, "-W", "ignore", "main.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("bob is wild wolf\n"), done.stderr


WORDS = """\
import autogen


class Game:
    def __init__(self, speaker_selection_method="auto", **options):
        self.method, self.options = speaker_selection_method, options


class Plain:
    def __init__(self, name, human_input_mode): ...


class Heir(Plain): ...


class Base(autogen.GroupChatManager):
    def setup(self, human_input_mode, max_round=2): ...


def make(**options):
    return autogen.ConversableAgent("bot", **options)
"""
CALLS = """\
import autogen
from words import Base, Game, Heir, make

heir = Heir("b", human_input_mode="NEVER")
game = Game(speaker_selection_method="manual", max_round=1)
base = Base(autogen.GroupChat([], []), llm_config=False)
base.setup(human_input_mode="NEVER")
make(human_input_mode="NEVER")
"""


def test_words_of_the_programs_own_functions_and_classes_stay(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(WORDS)
    (tmp_path / "calls.py").write_text(CALLS)

    results = {file.path.name: file for file in migrate_paths([tmp_path], faithful=True)}

    words, calls = results["words.py"].result, results["calls.py"].result
    assert words is not None
    assert calls is not None
    assert 'def __init__(self, speaker_selection_method="auto", **options):' in words.code
    assert "def setup(self, human_input_mode, max_round=2)" in words.code
    assert 'Game(speaker_selection_method="manual", rounds=1)' in calls.code
    assert "Base(GroupChat([], []), model_config=False)" in calls.code
    assert 'base.setup(human_input_mode="NEVER")' in calls.code
    assert 'make(human_input="NEVER")' in calls.code
    assert 'Heir("b", human_input_mode="NEVER")' in calls.code


def test_an_agent_with_members_that_the_classes_have_as_well_is_left() -> None:
    text = "import autogen\n\n\nclass Bot(autogen.AssistantAgent):\n    def {}: ...\n"

    assert migrate_source(text.format("answer(self, question)"), faithful=True).todos
    assert not migrate_source(text.format("explain(self, question)"), faithful=True).todos


def test_what_v02_kept_to_itself_is_left_where_the_classes_have_it_not() -> None:
    text = "import autogen\n\nbot = autogen.AssistantAgent('bot')\nbot.{} = 1\n"

    assert migrate_source(text.format("_get_or_create"), faithful=True).todos
    assert not migrate_source(text.format("_name"), faithful=True).todos
    assert not migrate_source(text.format("mood"), faithful=True).todos


STARS = """\
import autogen

common = {"llm_config": False, "human_input_mode": "NEVER"}


class Router(autogen.ConversableAgent):
    def __init__(self, name, **options):
        options.setdefault("llm_config", False)
        if "human_input_mode" not in options:
            options["human_input_mode"] = "NEVER"
        self.told = options.get("default_auto_reply")
        super().__init__(name=name, **options)


user = autogen.UserProxyAgent("user", code_execution_config=False, **common)
router = Router("router", default_auto_reply="Hm.", **{"max_consecutive_auto_reply": 1})
print(user.initiate_chat(router, message="Hi", max_turns=1).summary, router.told)
"""


def test_options_that_come_by_stars_have_the_names_the_classes_know(tmp_path: Path) -> None:
    program = migrate_source(STARS, faithful=True).code

    run = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stdout.endswith("Hm. Hm.\n"), done.stderr
    assert 'options.get("fixed_reply")' in program
    assert "**v02_options(common))" in program


@pytest.mark.parametrize("faithful", [False, True])
def test_a_program_for_07_that_calls_what_v02_had_is_none_of_v02(faithful: bool) -> None:
    text = "from autogen_agentchat.agents import AssistantAgent\n\n"
    text += "bot = AssistantAgent('bot', llm_config={})\nbot.initiate_chat(bot, message='Hi')\n"

    assert migrate_source(text, faithful=faithful).code == text


NAMESAKE = """\
import autogen

user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
user.register_reply([autogen.Agent, None], lambda *given: (True, "Yes."))


class GroupChatManager:
    def __init__(self):
        group = autogen.GroupChat([user], [], max_round=2)
        self.manager = autogen.GroupChatManager(group, llm_config=False)

    def initiate_chat(self, text):
        return self.manager.initiate_chat(self.manager, message=text)
"""


def test_a_class_of_the_program_may_be_called_like_one_of_v02(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(NAMESAKE)

    done = migrate_paths([tmp_path], faithful=True)[0].result

    assert done is not None
    assert "\nclass GroupChatManager:\n" in done.code
    assert "GroupChatManager as ClassicGroupChatManager" in done.code
    assert "self.manager = ClassicGroupChatManager(group, model_config=False)" in done.code
