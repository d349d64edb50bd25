"""Group chats of v0.2: who speaks next, and a manager that tells everybody what was said."""

from __future__ import annotations

import copy
import json
import random
import re
import sys
from collections.abc import Callable
from typing import Any

from ..prompts import (
    INTRODUCTION,
    SELECTOR_MESSAGE,
    SELECTOR_MULTIPLE,
    SELECTOR_NONE,
    SELECTOR_PROMPT,
)
from .agents import ConversableAgent, overrides, through
from .participant import taking_old_names
from .replies import ReplyRule
from .talking import Message, as_message, call, content_text, converse, talking, wait, waiting


class NobodyNext(Exception):  # noqa: N818 reads as a sentence
    """Nobody may speak next; the chat is over."""


class GroupChat:
    """The members of a group chat, what was said, and how the next speaker is found."""

    # region names
    @taking_old_names
    # endregion names
    def __init__(
        self,
        agents: list[Any],
        messages: list[Message] | None = None,
        rounds: int = 10,
        admin_name: str = "Admin",
        func_call_filter: bool = True,
        selection: str | Callable[..., Any] = "auto",
        max_retries_for_selecting_speaker: int = 2,
        repeat: bool | list[Any] | None = None,
        transitions: dict[Any, list[Any]] | None = None,
        transitions_type: str | None = None,
        enable_clear_history: bool = False,
        send_introductions: bool = False,
        select_speaker_message_template: str = SELECTOR_MESSAGE,
        select_speaker_prompt_template: str | None = SELECTOR_PROMPT,
        select_speaker_auto_multiple_template: str = SELECTOR_MULTIPLE,
        select_speaker_auto_none_template: str = SELECTOR_NONE,
        select_speaker_auto_verbose: bool = False,
        role_for_select_speaker_messages: str = "system",
        select_speaker_transform_messages: Any = None,
    ) -> None:
        self.agents = agents
        self.messages: list[Message] = [] if messages is None else messages
        self.max_round = rounds
        self.admin_name = admin_name
        self.func_call_filter = func_call_filter
        self.speaker_selection_method = selection
        self.allow_repeat_speaker = True if repeat is None and transitions is None else repeat
        self.send_introductions = send_introductions
        self.allowed_speaker_transitions_dict = self._followers(transitions, transitions_type)
        self._attempts = 1 + max_retries_for_selecting_speaker
        self._message_template = select_speaker_message_template
        self._prompt_template = select_speaker_prompt_template
        self._multiple_template = select_speaker_auto_multiple_template
        self._none_template = select_speaker_auto_none_template
        self._role = role_for_select_speaker_messages
        self._transforms = select_speaker_transform_messages

    def _followers(
        self, transitions: dict[Any, list[Any]] | None, kind: str | None
    ) -> dict[Any, list[Any]]:
        """Who may speak after whom."""
        if transitions is not None and (kind or "").lower() == "disallowed":
            return {
                agent: [each for each in self.agents if each not in transitions.get(agent, [])]
                for agent in self.agents
            }
        if transitions is not None:
            return transitions
        again = self.allow_repeat_speaker
        repeaters = again if isinstance(again, list) else self.agents if again else []
        return {
            agent: [each for each in self.agents if each is not agent or agent in repeaters]
            for agent in self.agents
        }

    @property
    def agent_names(self) -> list[str]:
        return [agent.name for agent in self.agents]

    def reset(self) -> None:
        self.messages.clear()

    def append(self, message: Message, speaker: Any) -> None:
        if message.get("role") != "function":
            message["name"] = speaker.name
        message["content"] = content_text(message.get("content"))
        self.messages.append(message)

    def agent_by_name(self, name: str) -> Any:
        return next((agent for agent in self.agents if agent.name == name), None)

    def next_agent(self, agent: Any, agents: list[Any] | None = None) -> Any:
        """The member after this one, of those who may speak."""
        allowed = self.agents if agents is None else agents
        start = self.agents.index(agent) + 1 if agent in self.agents else 0
        around = [*self.agents[start:], *self.agents[:start]]
        return next(each for each in around if each in allowed)

    def roles(self, agents: list[Any]) -> str:
        return "\n".join(f"{agent.name}: {agent.description}".strip() for agent in agents)

    async def select(self, last_speaker: Any, selector: ConversableAgent) -> Any:
        """The member who speaks next. Raises NobodyNext."""
        method = self.speaker_selection_method
        if callable(method):
            method = await call(method, last_speaker, self)
            if method is None:
                raise NobodyNext
            if not isinstance(method, str):
                return method
        if len(self.agents) < 2:
            raise ValueError(f"a group of {len(self.agents)} has nobody to choose from")
        agents = self._able()
        if len(agents) == 1:
            return agents[0]
        if self.allow_repeat_speaker is False:
            agents = [agent for agent in agents if agent is not last_speaker]
        if last_speaker in self.allowed_speaker_transitions_dict:
            after = self.allowed_speaker_transitions_dict[last_speaker]
            eligible = [agent for agent in agents if agent in after]
        elif last_speaker in self.agents:
            raise NobodyNext
        else:
            eligible = []
        if len(eligible) == 1:
            return eligible[0]
        return await self._selected(method.lower(), last_speaker, selector, eligible or self.agents)

    def _able(self) -> list[Any]:
        """Who may answer the last message: who can run what it asks for."""
        last = self.messages[-1] if self.messages else {}
        asked: list[Message] = last.get("tool_calls") or []
        wanted: list[str] = [each["function"]["name"] for each in asked]
        if last.get("function_call"):
            wanted.append(last["function_call"]["name"])
        if not (self.func_call_filter and wanted):
            return self.agents
        able = [agent for agent in self.agents if agent.can_execute_function(wanted)]
        able = able or [agent for agent in self.agents if agent.function_map]
        if not able:
            raise ValueError(f"no agent can execute the function {', '.join(wanted)}")
        return able

    async def _selected(
        self, method: str, last_speaker: Any, selector: ConversableAgent, agents: list[Any]
    ) -> Any:
        if method == "round_robin":
            return self.next_agent(last_speaker, agents)
        if method == "random":
            return random.choice(agents)
        if method == "manual":
            return await self._by_hand(selector, agents) or self.next_agent(last_speaker)
        return await self._by_model(last_speaker, selector, agents)

    async def _by_hand(self, selector: ConversableAgent, agents: list[Any]) -> Any:
        for number, agent in enumerate(agents, 1):
            print(f"{number}: {agent.name}")
        for _ in range(2):
            typed = await selector.ask(
                "Enter the number of the next speaker (enter nothing or `q` to use auto "
                "selection): "
            )
            if typed in ("", "q"):
                return None
            if typed.isdigit() and 0 < int(typed) <= len(agents):
                return agents[int(typed) - 1]
        return None

    async def _by_model(
        self, last_speaker: Any, selector: ConversableAgent, agents: list[Any]
    ) -> Any:
        """Ask the manager's model, and again where it names nobody or several."""
        names = f"{[agent.name for agent in agents]}"
        system = self._message_template.format(roles=self.roles(agents), agentlist=names)
        asked: list[Message] = [{"role": "system", "content": system}]
        asked += [{**each, "tool_calls": None, "function_call": None} for each in self.messages]
        if self._prompt_template is not None:
            prompt = self._prompt_template.format(agentlist=names)
            asked.append({"role": self._role, "content": prompt, "name": "checking_agent"})
        for _ in range(self._attempts if selector.client is not None else 0):
            assert selector.client is not None
            told = asked
            if self._transforms is not None:
                told = [asked[0], *self._transforms._transform_messages(asked[1:])]
            text = content_text(await selector.client.ask(told))
            found = mentioned(text, agents)
            if len(found) == 1:
                return found[0]
            again = self._multiple_template if found else self._none_template
            asked.append({"role": "assistant", "content": text, "name": "speaker_selection_agent"})
            prompt = again.replace("{agentlist}", names)
            asked.append({"role": self._role, "content": prompt, "name": "checking_agent"})
        return self.next_agent(last_speaker, agents)


def mentioned(text: str, agents: list[Any]) -> list[Any]:
    """The agents that a text names."""
    found: list[Any] = []
    for agent in agents:
        spelled = {agent.name, agent.name.replace("_", " "), agent.name.replace("_", r"\_")}
        names = "|".join(re.escape(each) for each in sorted(spelled))
        if re.search(rf"(?<=\W)({names})(?=\W)", f" {text} "):
            found.append(agent)
    return found


class GroupChatManager(ConversableAgent):
    """Answers a message by holding a group chat about it."""

    def __init__(
        self,
        groupchat: GroupChat,
        name: str | None = "chat_manager",
        reply_limit: int | None = sys.maxsize,
        human_input: str = "NEVER",
        system_message: Any = "Group chat manager.",
        silent: bool = False,
        **options: Any,
    ) -> None:
        options |= {"reply_limit": reply_limit, "human_input": human_input}
        super().__init__(name or "chat_manager", system_message, **options)
        self.groupchat = groupchat
        self.last_speaker: Any = None
        self.quiet = silent
        rule = ReplyRule(
            [ConversableAgent], group_reply, groupchat, groupchat, GroupChat.reset, speaks=True
        )
        self._reply_rules.insert(0, rule)

    def messages_to_summarize(self, agent: Any) -> list[Message]:
        return self.groupchat.messages

    def _prepare_chat(
        self,
        recipient: Any,
        clear_history: bool,
        prepare_recipient: bool = True,
        reply_at_receive: bool = True,
    ) -> None:
        super()._prepare_chat(recipient, clear_history, prepare_recipient, reply_at_receive)
        if clear_history:
            self.groupchat.reset()
        for agent in self.groupchat.agents:
            if agent is not recipient or prepare_recipient:
                agent._prepare_chat(self, clear_history, False, reply_at_receive)

    # region resume
    def resume(
        self,
        messages: list[Message] | str,
        remove_termination_string: str | Callable[[str], str] | None = None,
        silent: bool | None = False,
    ) -> tuple[Any, Message]:
        """Tell the members what was said in an earlier chat, to go on from its last message.

        Returns who said that, and the message. Raises ValueError for messages of somebody else.
        """
        return wait(self.a_resume(messages, remove_termination_string, silent))

    async def a_resume(
        self,
        messages: list[Message] | str,
        remove_termination_string: str | Callable[[str], str] | None = None,
        silent: bool | None = False,
    ) -> tuple[Any, Message]:
        group, said = self.groupchat, self.messages_from_string(messages)
        known = {*group.agent_names, group.admin_name, self.name}
        strangers = [each["name"] for each in said if each.get("name", self.name) not in known]
        if strangers or not said:
            raise ValueError(f"cannot resume: no messages, or messages of {strangers}")
        for agent in (*group.agents, self):
            agent.clear_history()
        group.reset()
        for message in said:
            message.setdefault("name", self.name)
        for message in said[:-1]:
            for agent in group.agents:
                if agent.name != message["name"]:
                    await self.tell(dict(message), agent)
            speaker = self if message["name"] == self.name else group.agent_by_name(message["name"])
            if speaker is None:
                group.messages.append(message)
            else:
                group.append(message, speaker)
        last, end = said[-1], remove_termination_string
        if end and last.get("content"):
            text = last["content"]
            last["content"] = text.replace(end, "") if isinstance(end, str) else end(text)
        if not silent:
            print(
                f"Prepared group chat with {len(said)} messages, the last speaker is", last["name"]
            )
        group.send_introductions = False
        return group.agent_by_name(last["name"]) or self, last

    def messages_from_string(self, messages: list[Message] | str) -> list[Message]:
        return json.loads(messages) if isinstance(messages, str) else copy.deepcopy(messages)

    def messages_to_string(self, messages: list[Message]) -> str:
        return json.dumps(messages)

    # endregion resume
    async def tell(self, message: Message, agent: Any) -> None:
        """Let a member know what another one said."""
        self._remember(message, "assistant", agent, self.name)
        if overrides(agent, "receive" if waiting() else "a_receive"):
            await through(agent, "receive", message, self, False, True)
        else:
            await agent.hear(message, self, False, True)


async def group_reply(
    manager: GroupChatManager, messages: list[Message], sender: Any, config: GroupChat
) -> tuple[bool, Any]:
    """Holds the group chat; there is no answer to give when it is over."""
    if not talking():  # asked for by a reply function of the program
        return await converse(manager.name, lambda: group_reply(manager, messages, sender, config))
    group, message, speaker = config, messages[-1], sender
    if group.send_introductions:
        text = f"{INTRODUCTION}\n\n{group.roles(group.agents)}"
        for agent in group.agents:
            await manager.tell(as_message(text), agent)
    before = [(agent, agent.client_cache) for agent in group.agents]
    for agent in group.agents:
        agent.client_cache = manager.client_cache or agent.client_cache
    for number in range(group.max_round):
        manager.last_speaker = speaker
        group.append(message, speaker)
        over = bool(await call(manager.ends_chat, message))
        for agent in group.agents:
            if agent is not speaker and (waiting() or not over):  # v0.2's two ways differ here
                await manager.tell(message, agent)
        if over or number == group.max_round - 1:
            break
        try:
            speaker = await group.select(speaker, manager)
        except NobodyNext:
            break
        reply = await through(speaker, "answer", sender=manager)
        if reply is None:
            break
        await through(speaker, "send", reply, manager, False, manager.quiet)
        message = manager.chat_messages[speaker][-1]
    for agent, cache in before:
        agent.client_cache = cache
    return True, None
