"""Parts of the agents that projects get, asked directly; how they talk is in test_own_agents."""

from __future__ import annotations

import pytest

from agentloupe.migrate import migrate_source

from .test_own_agents import stdout_of

WHO = """
import asyncio
from agentloupe.migrate.classic.replies import matches

class Named:
    name = "bot"

def alone(sender):
    return sender is None

bot = Named()
for trigger, sender in [
    (None, None), (None, bot), ("bot", bot), ("bot", None), (Named, bot), (Named, None),
    (alone, None), (alone, bot), ([Named, None], None),
]:
    print(int(asyncio.run(matches(trigger, sender))), end="")
"""
HINTS = """
from functools import partial
from typing import Annotated
from agentloupe.migrate.classic.tools import function_schema, hints_of

class Scale:
    def __call__(self, number: Annotated[int, "what"], by: int = 2) -> int: ...

def scaled(number: int, by: int) -> int: ...
def look(word: str, deep=False): ...
def lost(word): ...

assert hints_of(Scale(), extras=False) == {"number": int, "by": int, "return": int}
assert hints_of(partial(scaled, by=3), extras=True) == {"number": int, "by": int, "return": int}
told = function_schema(Scale(), "scale", "Scales.")["parameters"]
print(told["properties"]["number"]["description"], told["required"])
print([*function_schema(look, None, "Looks.")["parameters"]["properties"]])
try:
    function_schema(lost, None, "Loses.")
except TypeError as error:
    print(error)
"""
TOLD = """
from agentloupe.migrate.classic.agents import AssistantAgent, UserProxyAgent

class Described(AssistantAgent):
    description = "of the class"

class Defaults(AssistantAgent):
    DEFAULT_DESCRIPTION = "by default"

print(Described("a", model_config=False).description == AssistantAgent.DEFAULT_DESCRIPTION)
print(Described("a", "Be brief.", model_config=False).description)
print(Defaults("b", model_config=False).description)
print(repr(UserProxyAgent("u", description="").description))
"""


def test_what_an_agent_is_described_by_is_what_v02_takes() -> None:
    assert stdout_of(TOLD).splitlines() == ["True", "of the class", "by default", "''"]


def test_who_a_reply_function_is_meant_for() -> None:
    """The seventh is a function of the sender that is asked outside of any chat."""
    assert stdout_of(WHO) == "101010101"


def test_a_tool_may_be_an_object_a_part_of_a_function_or_have_no_annotation() -> None:
    assert stdout_of(HINTS).splitlines() == [
        "what ['number']",
        "['word']",
        "the parameter 'word' of a tool has no annotation",
    ]


@pytest.mark.parametrize(
    "tool",
    [
        "def look(word: str, deep=False) -> str:\n    return word\n",
        "class Look:\n    def __call__(self, word: str) -> str: ...\n\n\nlook = Look()\n",
    ],
)
def test_a_tool_that_those_of_07_do_not_take_is_run_by_agents_of_the_project(tool: str) -> None:
    text = f"""\
import autogen

bot = autogen.AssistantAgent("bot", llm_config={{"model": "gpt-4o"}})
user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
{tool}
autogen.register_function(look, caller=bot, executor=user, name="look", description="Looks.")
user.initiate_chat(bot, message="Look.", max_turns=3)
"""
    result = migrate_source(text)

    assert not result.todos
    assert "user.start_chat(bot" in result.code
