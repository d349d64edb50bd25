"""Parts of the agents that projects get, asked directly; how they talk is in test_own_agents."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.classic.replies import matches
from agentloupe.migrate.classic.tools import function_schema, hints_of


class Named:
    name = "bot"


def asked_alone(sender: Named | None) -> bool:
    """Whether it is outside of any chat."""
    return sender is None


@pytest.mark.parametrize(
    ("trigger", "sender", "wanted"),
    [
        (None, None, True),
        (None, Named(), False),
        ("bot", Named(), True),
        ("bot", None, False),
        (Named, Named(), True),
        (Named, None, False),
        (asked_alone, None, True),
        (asked_alone, Named(), False),
        ([Named, None], None, True),
    ],
)
def test_who_a_reply_function_is_meant_for(trigger: Any, sender: Any, wanted: bool) -> None:
    assert asyncio.run(matches(trigger, sender)) is wanted


class Scale:
    def __call__(self, number: Annotated[int, "what"], by: int = 2) -> int:
        return number * by


def scaled(number: int, by: int) -> int:
    return number * by


def test_a_tool_may_be_an_object_or_a_part_of_a_function() -> None:
    assert hints_of(Scale(), extras=False) == {"number": int, "by": int, "return": int}
    assert hints_of(partial(scaled, by=3), extras=True) == {"number": int, "by": int, "return": int}

    schema = function_schema(Scale(), "scale", "Scales.")

    assert schema["parameters"]["properties"]["number"]["description"] == "what"
    assert schema["parameters"]["required"] == ["number"]


def test_of_a_parameter_without_an_annotation_models_are_told_nothing() -> None:
    known: dict[str, Any] = {}
    exec("def look(word: str, deep=False): ...\ndef lost(word): ...\n", known)

    schema = function_schema(known["look"], None, "Looks.")

    assert [*schema["parameters"]["properties"]] == ["word"]
    with pytest.raises(TypeError, match="'word' of a tool has no annotation"):
        function_schema(known["lost"], None, "Loses.")


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
