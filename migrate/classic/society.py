"""An agent that holds a group chat of its own before it answers."""

from __future__ import annotations

import traceback
from typing import Any

from ..prompts import SOCIETY_INTRODUCTION, SOCIETY_PROMPT
from .agents import ConversableAgent
from .participant import Participant
from .replies import ReplyRule, human_reply
from .talking import Message, call, content_text
from .tools import tool_reply


class SocietyOfMindAgent(ConversableAgent):
    """Answers with what a group chat comes to, which hears what was said outside first.

    `response_preparer` makes the answer: a function of this agent and the group's messages, or a
    prompt for the agent's model, which reads them. Without either the last message is the answer,
    or what the model makes of them where there is one.
    """

    def __init__(
        self,
        name: str,
        chat_manager: Any,
        response_preparer: Any = None,
        ends_chat: Any = None,
        reply_limit: int | None = None,
        human_input: str = "TERMINATE",
        functions: dict[str, Any] | None = None,
        code_execution: Any = False,
        model_config: Any = False,
        fixed_reply: Any = "",
        **options: Any,
    ) -> None:
        options |= {"ends_chat": ends_chat, "reply_limit": reply_limit, "human_input": human_input}
        options |= {
            "functions": functions,
            "code_execution": code_execution,
            "model_config": model_config,
            "fixed_reply": fixed_reply,
        }
        super().__init__(name, "", **options)
        self.chat_manager = chat_manager
        if response_preparer is None:
            response_preparer = _last_text if self.client is None else SOCIETY_PROMPT
        self.response_preparer = response_preparer
        everyone = [Participant, None]
        kept = (human_reply, tool_reply)
        kept += tuple(
            rule.function for rule in self._reply_rules if rule.function.__name__ == "code_reply"
        )
        self._reply_rules = [ReplyRule(everyone, function) for function in (*kept, _inner_reply)]

    def update_chat_manager(self, chat_manager: Any) -> None:
        self.chat_manager = chat_manager

    async def inner_talk(self, messages: list[Message], sender: Any) -> Any:
        """What the group comes to about the last message, knowing those before it."""
        manager = self.chat_manager
        manager.reset()
        for agent in manager.groupchat.agents:
            agent.reset()
            for message in messages[:-1]:
                own = message.get("role") == "assistant"
                named = {"name": self.name if own else sender.name, **message}
                await manager.tell(named, agent)
        try:
            await self._start_chat(manager, message=messages[-1], clear_history=False)
        except Exception:  # v0.2 answers with what was said until then
            traceback.print_exc()
        said: list[Message] = manager.groupchat.messages
        if isinstance(self.response_preparer, str):
            return await self._prepared(self.response_preparer, said)
        return await call(self.response_preparer, self, said)

    async def _prepared(self, prompt: str, messages: list[Message]) -> str:
        asked: list[Message] = [{"role": "system", "content": SOCIETY_INTRODUCTION}]
        for message in messages:
            text = content_text(message.get("content"))
            wanted = message.get("function_call")
            if wanted and not text:
                text = f"{wanted['name']}({wanted['arguments']})"
            asked.append({"role": "user", "content": text, "name": message.get("name")})
        asked.append({"role": "system", "content": prompt})
        assert self.client is not None
        reply = await self.client.ask(asked, cache=self.client_cache)
        return reply if isinstance(reply, str) else str(reply)


def _last_text(agent: Any, messages: list[Message]) -> str:
    return content_text(messages[-1].get("content")).replace("TERMINATE", "").strip()


async def _inner_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    if agent.chat_manager is None:
        return False, None
    return True, await agent.inner_talk(messages, sender)
