"""The agents that --faithful gives to a project, run on AutoGen 0.7.

fixtures/migrate_faithful/<name>/ holds a v0.2 program, the script of its models, and what it said
on pyautogen 0.2.35 with that script: histories, summaries, replies, who saw what.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.owned import module_source, owned_source

from .scripted_model import Script, scripted_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "migrate_faithful"
NAMES = sorted(path.name for path in FIXTURES.iterdir())
STAND_INS = {
    "scripted_chroma.py": "chromadb.py",
    "scripted_kernels.py": "jupyter_client.py",
    "scripted_qdrant.py": "qdrant_client.py",
}
DEADLINE = 100

# One interpreter for all of them: importing AutoGen is what takes the time.
DRIVER = """
import io, runpy, sys
from contextlib import redirect_stdout
from pathlib import Path

for name in sys.argv[1:]:
    said = io.StringIO()
    with redirect_stdout(said):
        runpy.run_path(f"{name}.py", run_name="__main__")
    Path(f"{name}.out").write_text(said.getvalue())
"""


def stdout_of(program: str, *args: str, cwd: Path | None = None) -> str:
    """What a program prints that ends well."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The lines of each migrated program that begin with a bar."""
    folder = tmp_path_factory.mktemp("runs")
    script: Script = {}
    parts = frozenset[str]()
    for name in NAMES:
        text = (FIXTURES / name / "program.py").read_text()
        result = migrate_source(text, faithful=True, module="classic_agents")
        assert not result.todos
        (folder / f"{name}.py").write_text(result.code)
        parts |= result.needs
        script |= json.loads((FIXTURES / name / "script.json").read_text())
    (folder / "classic_agents.py").write_text(module_source(parts))
    for stand_in, name in STAND_INS.items():
        shutil.copy(Path(__file__).with_name(stand_in), folder / name)
    (folder / "driver.py").write_text(DRIVER)
    with scripted_model(script) as (url, _):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "driver.py", *NAMES],
            cwd=folder,
            env={**os.environ, "OPENAI_BASE_URL": url},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = {}
    for name in NAMES:
        lines = (folder / f"{name}.out").read_text().splitlines(keepends=True)
        found[name] = "".join(line for line in lines if line.startswith("| "))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_histories_and_summaries_are_those_of_v02(name: str, printed: dict[str, str]) -> None:
    assert printed[name] == (FIXTURES / name / "printed.txt").read_text()


def test_only_the_parts_that_are_needed_are_given() -> None:
    small, large = (
        owned_source(frozenset[str]()),
        owned_source(frozenset({"groups", "code", "nested"})),
    )

    assert "class GroupChat" not in small.code
    assert "CodeRunner" not in small.code
    assert {"GroupChat", "CodeRunner", "nested_reply"} <= large.names
    assert "# region" not in large.code
    assert ("random", "", "random") in large.imports - small.imports


def test_a_later_file_adds_its_parts_to_the_module() -> None:
    first = module_source({"groups"})

    both = module_source({"code"}, first)

    assert "class GroupChat:" in both
    assert "class CodeRunner:" in both
    assert module_source(set(), both) == both
    ast.parse(both)


def test_names_of_the_file_are_not_taken() -> None:
    text = (
        "import autogen\n\nqueue = []\n\n\ndef wait():\n    return queue\n\n\n"
        'bot = autogen.ConversableAgent("bot", llm_config=False)\nbot.send("x", bot)\n'
    )

    code = migrate_source(text, faithful=True).code

    assert "import queue as v02_queue\n" in code
    assert "def v02_wait(" in code
    assert "\ndef wait():\n    return queue\n" in code
    names = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    assert names.count("wait") == 1


def test_a_seed_of_a_configuration_keeps_its_name() -> None:
    text = (
        "import autogen\n\nconfig = dict(model='gpt-4o', cache_seed=None)\n"
        "with autogen.Cache.disk(cache_seed=7) as cache:\n"
        "    bot = autogen.ConversableAgent('bot', llm_config=config)\n"
        "    bot.initiate_chat(bot, message='x', cache=cache)\n"
    )

    code = migrate_source(text, faithful=True).code

    assert "dict(model='gpt-4o', cache_seed=None)" in code
    assert "Cache.disk(seed=7)" in code


#: In a process of its own: these modules start a thread with an event loop.
WITHOUT_PATHS = """
import sys
from agentloupe.migrate.classic.coding import without_path
for output, name in zip(sys.argv[1::2], sys.argv[2::2]):
    print(without_path(output, name))
"""


def test_errors_of_code_do_not_say_where_it_lay(tmp_path: Path) -> None:
    made_up, named = tmp_path / "tmp_code_1.py", tmp_path / "plot.py"
    told = [f'File "{made_up}", line 1, tmp_code_1.py', made_up, f'File "{named}", line 1', named]

    out = stdout_of(WITHOUT_PATHS, *map(str, told))

    assert out.splitlines() == ['File "", line 1, ', 'File "plot.py", line 1']


NAMES_AND_PROMPTS = """
from agentloupe.migrate.classic.talking import content_text, model_name
for name in ("评论家", "郭德纲", "Zoë", "dev-1", "Product Manager", ""):
    print(model_name(name))
print(content_text([{"type": "text", "text": "a"}, {"text": "b"}]))
print(content_text(len))
print(content_text({"model": "gpt-4"}))
"""


def test_names_of_other_letters_stay_apart_and_a_prompt_may_be_something_else_by_mistake() -> None:
    out = stdout_of(NAMES_AND_PROMPTS)

    *names, joined, prompt, configuration = out.splitlines()
    assert all(name.isascii() for name in names)
    assert len({*names}) == len(names)
    assert names[3:] == ["dev-1", "Product_Manager", "agent"]
    assert joined == "ab"
    assert "len" in prompt
    assert configuration == "{'model': 'gpt-4'}"


EXECUTOR = """
from autogen_core.code_executor import CodeExecutor, CodeResult
from agentloupe.migrate.classic.agents import ConversableAgent

class Executor(CodeExecutor):
    component_type = "code_executor"

    async def start(self):
        print("started")

    async def stop(self): ...

    async def restart(self): ...

    async def execute_code_blocks(self, code_blocks, cancellation_token):
        return CodeResult(0, code_blocks[0].code)

executor = Executor()
for name in ("one", "other"):
    agent = ConversableAgent(name, human_input="NEVER", code_execution={"executor": executor})
    print(agent.answer([{"role": "user", "content": "```python\\n1\\n```"}]))
"""


def test_an_executor_of_the_program_is_started_once_for_all_who_use_it() -> None:
    out = stdout_of(EXECUTOR)

    ran = ["exitcode: 0 (execution succeeded)", "Code output: 1"]
    assert out.splitlines() == ["started", *ran, *ran]


HOSTED = """
from agentloupe.migrate.classic.models import client_for
for kind in ("groq", "Mistral", "ollama", "lmstudio", None):
    client = client_for({"model": None, "api_type": kind, "api_key": "key"})
    print(client._client.base_url)
"""


def test_models_of_other_hosts_are_asked_where_they_are() -> None:
    out = stdout_of(HOSTED)

    assert out.split() == [
        "https://api.groq.com/openai/v1/",
        "https://api.mistral.ai/v1/",
        "http://localhost:11434/v1/",
        "https://api.openai.com/v1/",
        "https://api.openai.com/v1/",
    ]


SELECTION = """
import asyncio
from agentloupe.migrate.classic.agents import ConversableAgent
from agentloupe.migrate.classic.groups import GroupChat
from agentloupe.migrate.classic.transforms import TextMessageContentName, TransformMessages

class Client:
    async def ask(self, messages):
        print(*[each["content"] for each in messages[1:]], sep="|")
        return "two"

one, two = (ConversableAgent(name, human_input="NEVER") for name in ("one", "two"))
said = [{"role": "user", "name": "one", "content": "Hi."}]
names = TransformMessages(transforms=[TextMessageContentName(format_string="{name}: ")])
group = GroupChat([one, two], said, select_speaker_transform_messages=names,
                  select_speaker_prompt_template="Who?")
one.client = Client()
print(asyncio.run(group.select(one, one)).name, said[0]["content"])
"""


def test_what_a_group_chooses_speakers_by_is_transformed_and_what_was_said_is_not() -> None:
    out = stdout_of(SELECTION)

    changed = "2 message(s) changed to incorporate name."
    lines = [changed, "one: Hi.|checking_agent: Who?", "two Hi."]
    assert out.splitlines() == lines


#: What is on the streams, conversation by conversation, as consoles and traces have it.
STREAMS = """
import sys
from pathlib import Path
from agentloupe import tracer
from agentloupe.cli.transcript import transcript
from agentloupe.migrate.classic.agents import ConversableAgent
from agentloupe.migrate.classic.groups import GroupChat, GroupChatManager

def agent(name, **options):
    return ConversableAgent(name, model_config=False, human_input="NEVER", **options)

boss, bot, helper = agent("boss"), agent("bot", fixed_reply="Yes."), agent("helper")
with tracer.record(path=sys.argv[1]):
    group = GroupChat([boss, bot], rounds=3, selection="round_robin")
    manager = GroupChatManager(group)
    manager.start_chat(manager, message="Who is there?")

def ask():
    bot.send("Is it?", helper)
    return "asked"

calling = {"content": None, "function_call": {"name": "ask", "arguments": "{}"}}
boss.register_function({"ask": ask})
with tracer.record(path=sys.argv[2]):
    bot.add_reply([ConversableAgent], lambda *args, **options: (True, calling))
    boss.start_chat(bot, message="Go.", max_turns=2)

def look(recipient, messages, sender, config):
    recipient.send("Look.", helper, request_reply=False)
    return False, None

def lead(recipient, messages, sender, config):
    return True, recipient.answer(messages=messages, sender=sender, exclude=[lead]) or "Led."

with tracer.record(path=sys.argv[3]):
    manager.add_reply([ConversableAgent], lead)
    boss.add_reply([ConversableAgent], look)
    helper.start_chat(manager, message="Begin.", max_turns=1)
for path in sys.argv[1:]:
    print(*transcript(Path(path)), sep="\\n")
"""


def test_a_manager_is_heard_and_what_functions_send_is_a_conversation_of_its_own(
    tmp_path: Path,
) -> None:
    paths = [str(tmp_path / name) for name in ("group.loupe", "tool.loupe", "reply.loupe")]

    out = stdout_of(STREAMS, *paths)

    told = out.splitlines()
    start = told.index("chat_manager says Who is there?")
    assert [line for line in told[start:] if not line.endswith("says ")] == [
        "chat_manager says Who is there?",
        "bot says Yes.",
        "boss says Go.",
        "bot calls ask({})",
        "gets asked",
        "bot calls ask({})",
        "bot says Is it?",
        "helper says Begin.",
        "chat_manager says Led.",
        "bot calls ask({})",
        "boss says Look.",
    ]


IN_A_CONTAINER = """\
import autogen
from autogen.coding import DockerCommandLineCodeExecutor

with DockerCommandLineCodeExecutor(work_dir=".") as executor:
    user = autogen.UserProxyAgent("user", code_execution_config={"executor": executor})
    print(user.name, executor.work_dir)
"""


def test_a_container_may_stand_in_a_plain_with(tmp_path: Path) -> None:
    program = migrate_source(IN_A_CONTAINER, faithful=True).code

    out = stdout_of(program, cwd=tmp_path)

    assert out == "user .\n"


ABSTRACT = """\
from abc import ABC, abstractmethod
import autogen
from autogen.agentchat.contrib.text_analyzer_agent import TextAnalyzerAgent


class Player(ABC, autogen.ConversableAgent):
    @abstractmethod
    def role(self): ...


class Villager(Player):
    def role(self):
        return "villager"


class Client:
    async def ask(self, messages, cache=None):
        return messages[-1]["content"].splitlines()


print(Villager("ann", llm_config=False).role())
analyzer = TextAnalyzerAgent(llm_config=False)
analyzer.client = Client()
print(*analyzer.analyze_text("It is dark.", "What is it?"), sep="|")
"""


def test_abstract_players_and_what_an_analyzer_is_asked_outside_of_chats(tmp_path: Path) -> None:
    program = migrate_source(ABSTRACT, faithful=True).code

    out = stdout_of(program, cwd=tmp_path)

    order = "# INSTRUCTIONS|What is it?"
    assert out == f"villager\n{order}||# TEXT|It is dark.||{order}\n"


SERVED = """
import sys

sys.modules["autogen_ext.code_executors.docker_jupyter"] = None
import classic_agents

assert classic_agents.LocalJupyterServer and classic_agents.DockerJupyterServer.GenerateToken()
try:
    classic_agents.DockerJupyterServer()
except ImportError:
    print("asked for")
"""


def test_only_a_program_with_a_server_of_kernels_needs_its_extra(tmp_path: Path) -> None:
    parts = {"servers", "kernels", "code", "executors"}
    (tmp_path / "classic_agents.py").write_text(module_source(parts))

    out = stdout_of(SERVED, cwd=tmp_path)

    assert out == "asked for\n"
