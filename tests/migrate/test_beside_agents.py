"""Small things that programs take from v0.2 beside its agents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source

# One word is a token; the numbers are what pyautogen 0.2.35 counted with it.
STAND_IN = """\
class Words:
    def encode(self, text):
        return text.split()


def encoding_for_model(model):
    return Words()
"""
PROGRAM = """\
import getpass
from pathlib import Path

from autogen import ConversableAgent
from autogen.coding import CodeBlock, LocalCommandLineCodeExecutor
from autogen.io import IOStream
from autogen.token_count_utils import count_token

getpass.getpass = lambda prompt: f"{prompt} hidden"
named = {"role": "user", "content": "hello there you", "name": "x"}
calls = {"role": "assistant", "content": None, "tool_calls": [{"a": 1}]}
bot = ConversableAgent("bot", llm_config=False, human_input_mode="NEVER", default_auto_reply="a b")
reply = bot.generate_reply([{"role": "user", "content": "Hi"}])
terminal = IOStream.get_default()
counts = [count_token(given) for given in (reply, named, [named, calls])]
terminal.print(*counts, sep="-", end="!")
terminal.print(terminal.input("Well?"), terminal.input("Well?", password=True), flush=True)
Path("code").mkdir()
executor = LocalCommandLineCodeExecutor(work_dir="code")
ran = executor.execute_code_blocks([CodeBlock(language="python", code="print(6 * 7)")])
terminal.print(ran.exit_code, ran.output.strip())
"""


@pytest.mark.parametrize("faithful", [False, True])
def test_a_program_gets_them_with_its_agents(tmp_path: Path, faithful: bool) -> None:
    result = migrate_source(PROGRAM, faithful=faithful)
    (tmp_path / "tiktoken.py").write_text(STAND_IN)
    (tmp_path / "main.py").write_text(result.code)

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "main.py"],
        cwd=tmp_path,
        input="yes\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert not result.todos
    assert done.stderr == ""
    assert done.stdout == "2-12-18!Well?yes Well? hidden\n0 42\n"


def test_a_stream_of_the_programs_own_is_left() -> None:
    text = (
        "from autogen import ConversableAgent\nfrom autogen.io import IOStream\n\n"
        "class Page(IOStream):\n    def print(self, *objects, **options): ...\n\n"
        "IOStream.set_default(Page())\nConversableAgent('bot', llm_config=False)\n"
    )

    assert migrate_source(text, faithful=True).todos
