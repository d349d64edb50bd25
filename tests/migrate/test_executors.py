"""Where migrated programs run code, and which files stay there."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source

from .test_own_agents import stdout_of

HEAD = """\
from autogen import AssistantAgent, ConversableAgent
from autogen.coding import DockerCommandLineCodeExecutor, LocalCommandLineCodeExecutor

"""
CHAT = """
bot = AssistantAgent("bot", llm_config={"model": "gpt-4o"})
run = ConversableAgent("run", llm_config=False, code_execution_config={"executor": executor})
bot.initiate_chat(run, message="Go.", max_turns=1)
"""


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize(
    ("v02", "v07"),
    [
        ("Local…()", 'Local…(work_dir=".", cleanup_temp_files=False)'),
        ("Local…(timeout=9,)", 'Local…(timeout=9, work_dir=".", cleanup_temp_files=False,)'),
        ('Local…(work_dir="out")', 'Local…(work_dir="out", cleanup_temp_files=False)'),
        ("Docker…(image='a')", "Docker…(image='a', work_dir=\".\")"),
        ('Docker…(work_dir="out")', 'Docker…(work_dir="out")'),
    ],
)
def test_executors_work_where_those_of_v02_did(v02: str, v07: str, faithful: bool) -> None:
    name = "CommandLineCodeExecutor"
    text = f"{HEAD}executor = {v02.replace('…', name)}\n{CHAT}"

    code = migrate_source(text, faithful=faithful, module="classic_agents").code

    assert f"executor = {v07.replace('…', name)}\n" in code


def test_places_and_stars_of_v02s_arguments() -> None:
    name = "LocalCommandLineCodeExecutor"
    text = f'{HEAD}executor = {name}(9, None, "out")\nother = {name}(**options)\n{CHAT}'

    code = migrate_source(text, faithful=True, module="classic_agents").code

    placed = f'{name}(9, virtual_env_context=None, work_dir="out", cleanup_temp_files=False)'
    assert f"executor = {placed}\n" in code
    starred = f'{name}(**{{"work_dir": ".", **options}}, cleanup_temp_files=False)'
    assert f"other = {starred}\n" in code


def test_an_executor_within_a_configuration_is_told_so_too() -> None:
    made = "LocalCommandLineCodeExecutor(timeout=9)"
    text = f"{HEAD}{CHAT.replace('executor}', f'{made}}}')}"

    assert f'{made[:-1]}, work_dir=".", cleanup_temp_files=False)' in migrate_source(text).code


RUN = """
import asyncio, os, sys
from agentloupe.migrate.classic.coding import CodeRunner

runner = CodeRunner({"work_dir": "out", "use_docker": False, "timeout": int(sys.argv[1])})
print(asyncio.run(runner.run(eval(sys.argv[2]))), sorted(os.listdir("out")))
"""


def test_only_files_that_code_names_stay_where_no_executor_is_given(tmp_path: Path) -> None:
    blocks = [
        ("python", "# filename: named.py\nprint(1)"),
        ("sh", "echo 2 > made.txt"),
        ("python", "raise SystemExit('bad')"),
    ]

    found = stdout_of(RUN, "60", repr(blocks), cwd=tmp_path)

    said = repr((1, "\n1\n\n\nbad\n"))
    assert found == f"{said} ['made.txt', 'named.py']\n"


def test_code_that_takes_too_long_is_told_in_v02s_words(tmp_path: Path) -> None:
    blocks = [("python", "import time\ntime.sleep(60)")]

    found = stdout_of(RUN, "1", repr(blocks), cwd=tmp_path)

    assert found.startswith(repr((1, "\nTimeout")))


@pytest.mark.parametrize(
    ("folder", "made"),
    [('"out"', '"out"'), ('"a/b"', 'work_folder("a/b")'), ("FOLDER", "work_folder(FOLDER)")],
)
def test_a_folder_is_made_with_those_around_it(folder: str, made: str) -> None:
    config = f'{{"work_dir": {folder}, "use_docker": False}}'
    chat = CHAT.replace('{"executor": executor}', config)
    text = f'{HEAD}FOLDER = "x"\n{chat}'

    code = migrate_source(text).code

    assert f"LocalCommandLineCodeExecutor(work_dir={made}, timeout=600" in code
    assert ("def work_folder(" in code) is (made != folder)
