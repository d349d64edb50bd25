"""Small things that programs take from v0.2 beside its agents."""

from __future__ import annotations

from typing import Any

import pytest
import tiktoken

from agentloupe.migrate import migrate_source
from agentloupe.migrate.classic.counting import count_tokens
from agentloupe.migrate.classic.terminals import Terminal

NAMED = {"role": "user", "content": "hello there you", "name": "x"}
CALLS = {"role": "assistant", "content": None, "tool_calls": [{"a": 1}]}


class Words:
    def encode(self, text: str) -> list[str]:
        return text.split()


@pytest.mark.parametrize(
    ("given", "count"), [("hello world", 2), (NAMED, 12), ([NAMED, CALLS], 18)]
)
def test_tokens_are_as_many_as_v02_counts(
    monkeypatch: pytest.MonkeyPatch, given: Any, count: int
) -> None:
    def words(model: str) -> Words:
        return Words()

    monkeypatch.setattr(tiktoken, "encoding_for_model", words)

    assert count_tokens(given) == count


def test_a_terminal_prints_and_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(prompt: str) -> str:
        return f"{prompt} yes"

    def hidden(prompt: str) -> str:
        return f"{prompt} hidden"

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr("getpass.getpass", hidden)
    terminal = Terminal.get_default()

    terminal.print("a", 1, sep="-", end="!", flush=True)

    assert capsys.readouterr().out == "a-1!"
    assert terminal.input("Well?") == "Well? yes"
    assert terminal.input("Well?", password=True) == "Well? hidden"


@pytest.mark.parametrize("faithful", [False, True])
def test_a_program_gets_them_with_its_agents(faithful: bool) -> None:
    text = (
        "from autogen import ConversableAgent\nfrom autogen.io import IOStream\n"
        "from autogen.token_count_utils import count_token\n\n"
        "reply = ConversableAgent('bot', llm_config=False).generate_reply([{'content': 'Hi'}])\n"
        "IOStream.get_default().print(reply, count_token(reply))\n"
    )

    result = migrate_source(text, faithful=faithful)

    assert not result.todos
    assert "Terminal.get_default().print(reply, count_tokens(reply))" in result.code
    assert "class Terminal" in result.code


def test_a_stream_of_the_programs_own_is_left() -> None:
    text = (
        "from autogen import ConversableAgent\nfrom autogen.io import IOStream\n\n"
        "class Page(IOStream):\n    def print(self, *objects, **options): ...\n\n"
        "IOStream.set_default(Page())\nConversableAgent('bot', llm_config=False)\n"
    )

    assert migrate_source(text, faithful=True).todos
