"""The event loop a migrated file gets of its own: asked by several threads, from other loops."""

from __future__ import annotations

import ast
import asyncio
import atexit
import textwrap
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.helpers import HELPERS

OWN_LOOP = Path(__file__).parents[2] / "fixtures" / "migrate" / "own-loop"
DEADLINE = 60

Wait = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def names() -> Iterator[dict[str, Any]]:
    """The helpers as a program has them."""
    found: dict[str, Any] = {}
    for name in ("event_loop", "wait_for", "on_loop"):
        helper = HELPERS[name]
        lines = [f"from {m} import {n}" if n else f"import {m}" for m, n in helper.imports]
        exec("\n".join([*lines, helper.code]), found)
    yield found
    loop: asyncio.AbstractEventLoop = found["event_loop"]
    loop.call_soon_threadsafe(loop.stop)
    for thread in threading.enumerate():
        if thread.name == "event_loop":
            thread.join(DEADLINE)
    loop.close()


def test_two_threads_wait_at_once(names: dict[str, Any]) -> None:
    wait_for: Wait = names["wait_for"]
    both = asyncio.Barrier(2)

    async def work(number: int) -> int:
        async with asyncio.timeout(DEADLINE):
            await both.wait()  # neither goes on unless both run
        return number

    with ThreadPoolExecutor(2) as threads:
        assert [*threads.map(lambda n: wait_for(work(n)), (1, 2))] == [1, 2]


def test_an_exception_is_that_of_the_work(names: dict[str, Any]) -> None:
    async def work() -> None:
        raise KeyError("here")

    with pytest.raises(KeyError, match="here"):
        names["wait_for"](work())


def test_code_of_other_loops_shares_what_belongs_to_this_one(names: dict[str, Any]) -> None:
    on_loop, lock = names["on_loop"], asyncio.Lock()

    async def work() -> asyncio.AbstractEventLoop:
        async with lock:  # belongs to the loop it was first waited for on
            return asyncio.get_running_loop()

    async def main() -> asyncio.AbstractEventLoop:
        return await on_loop(work())

    assert asyncio.run(main()) is asyncio.run(main()) is names["event_loop"]


def test_waiting_for_the_loop_on_the_loop_is_an_error_and_no_hang(names: dict[str, Any]) -> None:
    wait_for: Wait = names["wait_for"]

    async def nothing() -> None:
        return

    async def work() -> None:
        inner = nothing()
        try:
            wait_for(inner)
        finally:
            inner.close()

    with pytest.raises(RuntimeError, match="await the work instead"):
        wait_for(work())


def test_clients_of_the_module_are_closed_when_the_program_ends(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[Callable[[], object]] = []
    closed: list[str] = []

    class Client:
        async def close(self) -> None:
            closed.append("model_client")

    monkeypatch.setattr(atexit, "register", registered.append)
    text = (OWN_LOOP / "callback" / "before.py").read_text()
    code = migrate_source(text, ignore=("MIG091",)).code
    line = next(line for line in code.splitlines() if line.startswith("atexit.register"))

    exec(line, {**names, "atexit": atexit, "model_client": Client()})
    assert not closed
    for function in registered:
        function()

    assert closed == ["model_client"]


@pytest.mark.parametrize(
    ("calls", "own"),
    [
        ("asyncio.run(ask())\n", False),
        ("asyncio.run(ask())\nasyncio.run(ask())\n", True),
        ("def go():\n    asyncio.run(ask())\n\n\ngo()\n", False),
        ("def go():\n    asyncio.run(ask())\n\n\ngo()\ngo()\n", True),
        ("def go():\n    asyncio.run(ask())\n\n\nbutton(go)\n", True),
        ("class App:\n    def go(self):\n        asyncio.run(ask())\n", True),
        ("while True:\n    asyncio.run(ask())\n", True),
    ],
)
def test_a_program_that_starts_loops_again_has_one_for_its_agents(calls: str, own: bool) -> None:
    before = (OWN_LOOP / "loops_of_the_program" / "before.py").read_text()
    text = before.partition("for question in")[0].replace("ask(text)", 'ask(text="")')

    code = migrate_source(text + calls, ignore=("MIG091",)).code

    ast.parse(code)
    assert ("await on_loop(Console(" in code) == own
    assert ("await Console(" in code) != own


AGENTS = """\
bot = AssistantAgent("bot", system_message="You help.", llm_config={CONFIG})
user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
"""
CONFIG = '{"config_list": [{"model": "gpt-4o", "api_key": "sk"}], "cache_seed": None}'
CHAT = 'user.initiate_chat(bot, message="Hi", max_turns=1)\n'


def in_a_function(head: str, body: str, rest: str = "") -> str:
    made = textwrap.indent(AGENTS.replace("{CONFIG}", CONFIG) + body, "    ")
    return f"from autogen import AssistantAgent, UserProxyAgent\n\n\n{head}\n{made}\n\n{rest}\n"


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        (in_a_function("def ask():", CHAT, "button(ask)"), True),
        (in_a_function("def ask():", f"result = {CHAT}return result.summary", "button(ask)"), True),
        (in_a_function("def ask():", f"if late():\n    return\n{CHAT}", "button(ask)"), False),
        (in_a_function("def ask():", f"{CHAT}return bot", "button(ask)"), False),
        (in_a_function("def ask():\n    global bot", CHAT, "button(ask)"), False),
        (in_a_function("def ask():", f"def go():\n    {CHAT}button(go)", "button(ask)"), False),
        (
            f"import autogen\n\n\nclass App:\n    def __init__(self):\n"
            f'        self.bot = autogen.AssistantAgent("bot", llm_config={CONFIG})\n'
            '        self.user = autogen.UserProxyAgent("user", human_input_mode="NEVER", '
            "code_execution_config=False)\n\n"
            '    def ask(self):\n        self.user.initiate_chat(self.bot, message="Hi")\n',
            False,
        ),
    ],
)
def test_a_client_is_closed_where_nobody_needs_it_any_more(text: str, closed: bool) -> None:
    code = migrate_source(text, ignore=("MIG091",)).code

    ast.parse(code)
    assert "AssistantAgent(" in code
    assert ("wait_for(model_client.close())" in code) == closed
