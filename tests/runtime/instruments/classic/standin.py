"""What of v0.2's agents the instrumentor stands on, with the call structure of the original.

The real framework is run by tests/services/classic. This is for what needs many small cases: who
calls whom, in what order, how deep.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]


@dataclass
class Result:
    chat_history: list[Message]
    summary: str


class Agent:
    """`ConversableAgent`: replies by a function of the history."""

    def __init__(self, name: str, reply: Callable[[list[Message]], Any]) -> None:
        self.name = name
        self.reply = reply
        self.depths: list[int] = []
        self._oai_messages: dict[Agent, list[Message]] = defaultdict(list)
        self.reply_at_receive: dict[Agent, bool] = defaultdict(bool)
        self._consecutive_auto_reply_counter: dict[Agent, int] = {}
        self._max_consecutive_auto_reply_dict: dict[Agent, int] = {}
        self._reply_func_list = [{"reply_func": reply}]

    def _append_oai_message(
        self, message: Any, role: str, conversation_id: Agent, is_sending: bool
    ) -> bool:
        told = {"content": message} if isinstance(message, str) else dict(message)
        self._oai_messages[conversation_id].append({**told, "role": role})
        return bool(told)

    def _process_received_message(self, message: Any, sender: Agent, silent: bool) -> None:
        self._append_oai_message(message, "user", sender, False)

    def send(self, message: Any, recipient: Agent, request_reply: bool | None = None) -> None:
        if self._append_oai_message(message, "assistant", recipient, is_sending=True):
            recipient.receive(message, self, request_reply)
        else:
            raise ValueError("no message")

    def receive(self, message: Any, sender: Agent, request_reply: bool | None = None) -> None:
        self._process_received_message(message, sender, False)
        self.depths.append(_depth())
        if request_reply is False or (request_reply is None and not self.reply_at_receive[sender]):
            return
        reply = self.generate_reply(messages=self._oai_messages[sender], sender=sender)
        if reply is not None:
            self.send(reply, sender)

    def generate_reply(self, messages: Any = None, sender: Agent | None = None) -> Any:
        messages = self.process_all_messages_before_reply(messages)
        over, reply = self.check_termination_and_human_reply(messages, sender)
        return reply if over else self.reply(messages)

    def process_all_messages_before_reply(self, messages: Any) -> Any:
        return messages

    def check_termination_and_human_reply(self, messages: Any, sender: Any) -> tuple[bool, Any]:
        return False, None

    def clear_history(self, recipient: Agent | None = None) -> None:
        self._oai_messages.clear()

    def initiate_chat(
        self, recipient: Agent, message: Any = None, max_turns: int | None = None
    ) -> Result:
        self.clear_history(recipient)
        for agent, other in ((self, recipient), (recipient, self)):
            agent.reply_at_receive[other] = max_turns is None
        for turn in range(1 if max_turns is None else max_turns):
            said = message
            if turn:
                said = self.generate_reply(messages=self._oai_messages[recipient], sender=recipient)
            if said is None:
                break
            self.send(said, recipient, request_reply=None if max_turns is None else True)
        return Result(self._oai_messages[recipient], self._summarize_chat(recipient))

    def _summarize_chat(self, recipient: Agent) -> str:
        return str(self._oai_messages[recipient][-1]["content"])


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth
