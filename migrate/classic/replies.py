"""Who answers when: triggers, hooks, and the human or the end of the chat before all others."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from autogen_agentchat.agents import BaseChatAgent

from .talking import Message, call, waiting

Ask = Callable[[str], Awaitable[str]]


@dataclass
class ReplyRule:
    """A function that may answer, and for which senders."""

    trigger: Any
    function: Callable[..., Any]
    config: Any = None
    first_config: Any = None
    reset_config: Callable[[Any], Any] | None = None
    skip_when_sync: bool = False
    weight: int = 1  # how many places v0.2 had for it
    speaks: bool = False  # what it lets agents say is part of the conversation it answers in


async def all_hooked(agent: Any, messages: list[Message]) -> list[Message]:
    """What hooks make of all the messages before one is answered."""
    for hook in agent.hook_lists["process_all_messages_before_reply"]:
        messages = await call(hook, messages)
    return messages


async def last_hooked(agent: Any, messages: list[Message]) -> list[Message]:
    """Change the last message where it is, so that the history has it as v0.2's did."""
    last = messages[-1] if messages else {}
    content = last.get("content")
    called = {"function_call", "context"} & {*last}
    if called or not isinstance(content, str | list) or content == "exit":
        return messages
    for hook in agent.hook_lists["process_last_received_message"]:
        content = await call(hook, content)
    last["content"] = content
    return messages


async def matches(trigger: Any, sender: Any) -> bool:
    """Whether a reply function is meant for messages of this sender."""
    if isinstance(trigger, list | tuple):
        each_of = cast("list[Any]", trigger)
        return any([await matches(each, sender) for each in each_of])
    if trigger is None:
        return sender is None
    if isinstance(trigger, str):
        return sender is not None and trigger == sender.name
    if isinstance(trigger, type):
        return isinstance(sender, trigger)
    if isinstance(trigger, BaseChatAgent) or not callable(trigger):
        return trigger is sender
    return bool(await call(trigger, sender))


async def human_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    """Ends the chat or asks the human, where it is time for either.

    v0.2 had this twice in chats with `a_`, so that a reply counts as two there.
    """
    done, reply = await _human_reply(agent, messages, sender, agent.ask)
    if not done and not waiting():
        ask = functools.partial(call, agent.get_human_input)
        done, reply = await _human_reply(agent, messages, sender, ask)
    return done, reply


async def _human_reply(
    agent: Any, messages: list[Message], sender: Any, ask: Ask
) -> tuple[bool, Any]:
    message, limit = messages[-1], agent.max_consecutive_auto_reply(sender)
    over = bool(await call(agent.ends_chat, message))
    reply = await _typed(agent, sender, over, agent._counts[sender] >= limit, ask)
    if reply == "exit":
        agent._counts[sender] = 0
        return True, None
    if not reply and limit != 0:
        agent._counts[sender] += 1
        return False, None
    agent._counts[sender] = 0
    answer: Message = {"role": "user", "content": reply}
    calls: list[Message] = message.get("tool_calls") or []
    if calls:
        answer["tool_responses"] = [
            {"role": "tool", "tool_call_id": each.get("id", ""), "content": "USER INTERRUPTED"}
            for each in calls
        ]
    return True, answer


async def _typed(agent: Any, sender: Any, over: bool, tired: bool, ask: Ask) -> str:
    """What the human says, "exit" for the end of the chat, or nothing for a reply of the agent."""
    who = sender.name if sender is not None else "the sender"
    skip = "Press enter to skip and use auto-reply, or type 'exit' to"
    if agent.human_input_mode == "ALWAYS":
        reply = await ask(
            f"Replying as {agent.name}. Provide feedback to {who}. {skip} end the conversation: "
        )
    elif not (tired or over):
        return ""
    elif agent.human_input_mode == "NEVER":
        return "exit"
    else:
        skip = "Press enter or type 'exit' to" if over else skip
        reply = await ask(f"Please give feedback to {who}. {skip} stop the conversation: ")
    return reply or ("exit" if over else "")
