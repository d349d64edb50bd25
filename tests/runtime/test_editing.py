"""Editing what waits: AgentChat's messages hold others, of classes that no field tells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from autogen_agentchat.base import Response
from autogen_agentchat.messages import TextMessage, ToolCallRequestEvent
from autogen_agentchat.teams._group_chat._events import GroupChatAgentResponse
from autogen_core import FunctionCall

from agentloupe.tracer.control import DoPause, DoResume, EditQueued, ListQueue, Refused
from agentloupe.tracer.recorder import Recorder

from .agents import ends, quick, script, ticks
from .regimes import desk

CALL = FunctionCall(id="1", name="look", arguments="{}")


def response() -> GroupChatAgentResponse:
    said = TextMessage(content="yes", source="a", metadata={"k": "v"})
    asked = ToolCallRequestEvent(content=[CALL], source="a")
    return GroupChatAgentResponse(
        response=Response(chat_message=said, inner_messages=[asked]), name="a"
    )


@pytest.mark.parametrize("whole", [True, False])
async def test_what_a_message_holds_is_edited_and_stays_of_its_class(
    whole: bool, recorder: Recorder
) -> None:
    got: list[Any] = []

    async def keeps(agent: Any, message: Any, ctx: Any) -> None:
        got.append(message)

    with desk() as at:
        runtime = quick(record=True)
        to = await script(runtime, "keeper", keeps)
        runtime.start()
        await runtime.get(to, lazy=False)
        at.answer(DoPause())
        sent = response()
        sends = asyncio.ensure_future(runtime.send_message(sent, to))
        await ticks()
        [waiting] = at.answer(ListQueue()).queue
        body = waiting.body if whole else {"response": {"chat_message": {}}}
        body["response"]["chat_message"]["content"] = "no"
        if whole:
            body["response"]["inner_messages"][0]["content"][0]["arguments"] = '{"x": 1}'
        edited = at.answer(EditQueued(id=waiting.id, body=body))
        assert edited.body["response"]["chat_message"]["content"] == "no"
        with pytest.raises(Refused, match="content"):
            at.answer(
                EditQueued(id=waiting.id, body={"response": {"chat_message": {"content": 3}}})
            )
        at.answer(DoResume())
        await ends(sends)
        await ends(runtime.stop_when_idle())
    [message] = got
    said = message.response.chat_message
    assert isinstance(said, TextMessage)
    assert (said.content, said.source, said.metadata) == ("no", "a", {"k": "v"})
    arguments = '{"x": 1}' if whole else "{}"
    [asked] = message.response.inner_messages
    assert isinstance(asked, ToolCallRequestEvent)
    assert asked.content == [FunctionCall(id="1", name="look", arguments=arguments)]
    assert sent.response.chat_message.content == "yes"  # whoever posted it keeps what it has
