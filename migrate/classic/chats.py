"""Chats as a whole: what they come to, one after the other, and inside a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from .talking import Message, call, content_text, wait


@dataclass
class ChatResult:
    """What a chat came to."""

    chat_history: list[Message] = field(default_factory=list[Message])
    summary: Any = ""
    cost: dict[str, Any] = field(default_factory=dict[str, Any])
    human_input: list[str] = field(default_factory=list[str])
    chat_id: int | None = None


def listed(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, and one thing as a list of it."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if value is None else [value]


def with_carryover(message: Any, carryover: Any) -> Any:
    """A first message with what earlier chats came to below it."""
    if not carryover:
        return message
    context = "\nContext: \n" + "\n".join(_line(each) for each in listed(carryover))
    if isinstance(message, str):
        return message + context
    if isinstance(message.get("content"), list):
        return {**message, "content": [{"type": "text", "text": context}, *message["content"]]}
    return {**message, "content": f"{message.get('content') or ''}{context}"}


def _line(carried: Any) -> str:
    content = cast("Message", carried).get("content") if isinstance(carried, dict) else None
    return str(cast("object", carried) if content is None else content)


SUMMARY_PROMPT = (
    "Summarize the takeaway from the conversation. Do not add any introductory phrases."
)


async def summarize(sender: Any, recipient: Any, method: Any, options: dict[str, Any]) -> Any:
    """The summary of a chat: its last message, what a model makes of it, or a function's."""
    if method is None:
        return ""
    if callable(method):
        return await call(method, sender, recipient, options)
    if method == "last_msg":
        last: list[Message] = recipient.chat_messages.get(sender) or [{}]
        return content_text(last[-1].get("content")).replace("TERMINATE", "")
    models = recipient.client or sender.client
    if models is None:
        raise ValueError("neither agent has a model to summarize the chat with")
    prompt = {
        "role": options.get("summary_role") or "system",
        "content": options.get("summary_prompt") or SUMMARY_PROMPT,
    }
    messages = [*recipient.messages_to_summarize(sender), prompt]
    return await models.ask(messages, cache=recipient.client_cache)


# region queue
def start_chats(chat_queue: list[dict[str, Any]]) -> list[ChatResult]:
    """Hold chats one after the other; each is told what those before it came to."""
    return wait(_in_turn(chat_queue))


async def _in_turn(chat_queue: list[dict[str, Any]]) -> list[ChatResult]:
    finished: list[ChatResult] = []
    for each in chat_queue:
        left_out = listed(each.get("finished_chat_indexes_to_exclude_from_carryover"))
        before = [done.summary for i, done in enumerate(finished) if i not in left_out]
        finished.append(await _hold(each, before))
    return finished


async def _hold(chat: dict[str, Any], before: list[Any]) -> ChatResult:
    """One chat of several, with the summaries of others carried over."""
    carried = [*listed(chat.get("carryover")), *before]
    options = {key: value for key, value in chat.items() if key not in ("sender", "recipient")}
    sender = chat["sender"]
    return await sender.a_start_chat(chat["recipient"], **{**options, "carryover": carried})


async def a_start_chats(chat_queue: list[dict[str, Any]]) -> dict[int, ChatResult]:
    """Hold chats side by side, each when those in its `prerequisites` are done."""
    tasks: dict[int, asyncio.Task[ChatResult]] = {}

    async def run(chat: dict[str, Any]) -> ChatResult:
        left_out = listed(chat.get("finished_chat_indexes_to_exclude_from_carryover"))
        done = {each: await tasks[each] for each in listed(chat.get("prerequisites"))}
        before = [result.summary for number, result in done.items() if number not in left_out]
        result = await _hold(chat, before)
        result.chat_id = chat["chat_id"]
        return result

    for chat in chat_queue:
        tasks[chat["chat_id"]] = asyncio.create_task(run(chat))
    return {number: await task for number, task in tasks.items()}


# endregion queue
# region nested
def nested_reply(chat_queue: list[dict[str, Any]], reply: Any) -> Callable[..., Any]:
    """A reply function that holds chats of its own and answers with what the last one comes to."""

    async def answer(
        recipient: Any, messages: list[Message], sender: Any = None, config: Any = None
    ) -> tuple[bool, Any]:
        if callable(reply):
            return await call(reply, chat_queue, recipient, messages, sender, config)
        chats: list[dict[str, Any]] = []
        for number, each in enumerate(chat_queue):
            message = each.get("message")
            if message is None and number == 0:
                message = messages[-1].get("content")
            if callable(message):
                message = await call(message, recipient, messages, sender, config)
            if message:
                chats.append(
                    {**each, "sender": each.get("sender") or recipient, "message": message}
                )
        if not chats:
            return True, None
        return True, (await _in_turn(chats))[-1].summary

    return answer


# endregion nested
