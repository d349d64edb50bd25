"""The agent of AutoGen v0.2, which answers with the first of its reply functions that can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_core import CancellationToken

from ..prompts import ASSISTANT_DESCRIPTION, ASSISTANT_PROMPT, USER_DESCRIPTIONS
from .chats import ChatResult, a_start_chats, start_chats, summarize, with_carryover
from .models import gather_usage
from .participant import Participant, ruling
from .replies import all_hooked, last_hooked, matches
from .talking import (
    Message,
    as_message,
    call,
    call_apart,
    content_text,
    converse,
    identifier,
    say,
    talking,
    wait,
    waiting,
)


class ConversableAgent(Participant):
    """Answers with the first of its reply functions that has an answer, as in v0.2."""

    # what an agent of 0.7 has ----------------------------------------------------------------

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        """Answer as a member of a team of 0.7."""
        seen = self._oai_messages[None]
        for message in messages:
            seen.append({"role": "user", "content": message.to_text(), "name": message.source})
        reply = as_message(await self.a_answer(messages=seen) or "")
        seen.append({"role": "assistant", "name": self.name, **reply})
        text = content_text(reply.get("content"))
        return Response(chat_message=TextMessage(content=text, source=identifier(self.name)))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        self.reset()

    # sending and receiving; a program's own versions of these may give back what they like ----

    def send(
        self,
        message: Any,
        recipient: Any,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> Any:
        """Say something to another agent, which may answer, and so on until one does not."""
        wait(self._send(message, recipient, request_reply, silent))

    async def a_send(
        self,
        message: Any,
        recipient: Any,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> Any:
        await self._send(message, recipient, request_reply, silent)

    def receive(
        self,
        message: Any,
        sender: Any,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> Any:
        """Take a message, and answer it if that is wanted."""
        wait(self._receive(message, sender, request_reply, silent))

    async def a_receive(
        self,
        message: Any,
        sender: Any,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> Any:
        await self._receive(message, sender, request_reply, silent)

    async def _send(
        self,
        message: Any,
        recipient: Any,
        request_reply: bool | None,
        silent: bool | None,
    ) -> None:
        if not talking():
            await converse(self.name, lambda: self._send(message, recipient, request_reply, silent))
            return
        sender, given, wanted = self, message, request_reply
        while True:  # a loop, not recursion: a chat may be longer than the stack is deep
            for hook in sender.hook_lists["process_message_before_send"]:
                given = await call(
                    hook, sender=sender, message=given, recipient=recipient, silent=bool(silent)
                )
            told = as_message(given)
            if not sender._remember(told, "assistant", recipient, sender.name):
                raise ValueError("a message needs content, tool_calls or a function_call")
            await say(told, sender.name)
            if overrides(recipient, "receive"):
                await through(recipient, "receive", given, sender, wanted, silent)
                return
            reply = await recipient.hear(given, sender, wanted, silent)
            if reply is None:
                return
            if overrides(recipient, "send"):
                await through(recipient, "send", reply, sender, None, silent)
                return
            sender, recipient, given, wanted = recipient, sender, reply, None

    async def _receive(
        self, message: Any, sender: Any, request_reply: bool | None, silent: Any
    ) -> None:
        reply = await self.hear(message, sender, request_reply, silent)
        if reply is not None:
            await through(self, "send", reply, sender, None, silent)

    async def hear(self, message: Any, sender: Any, request_reply: bool | None, silent: Any) -> Any:
        """Remember what was said and answer, or None where no answer is wanted."""
        await call(self._process_received_message, message, sender, silent)
        if request_reply is False or (request_reply is None and not self.reply_at_receive[sender]):
            return None
        return await through(self, "answer", messages=self._oai_messages[sender], sender=sender)

    def _process_received_message(self, message: Any, sender: Any, silent: Any) -> None:
        self._remember(as_message(message), "user", sender, sender.name)
        if not (sender.silent if sender.silent is not None else silent):
            self._print_received_message(message, sender)

    def _print_received_message(self, message: Any, sender: Any) -> None:
        given = as_message(message)
        print(
            f"{sender.name} (to {self.name}):\n\n{content_text(given.get('content'))}", flush=True
        )
        calls: list[Message] = given.get("tool_calls") or []
        for each in calls:
            print(f"Suggested call: {each['function']['name']}({each['function']['arguments']})")
        print("\n" + "-" * 80, flush=True)

    # answering -------------------------------------------------------------------------------

    def answer(
        self,
        messages: list[Message] | None = None,
        sender: Any = None,
        **options: Any,
    ) -> Any:
        """The reply to the last of the messages, by the first reply function that has one."""
        return wait(self._answer(messages, sender, **options))

    async def a_answer(
        self,
        messages: list[Message] | None = None,
        sender: Any = None,
        **options: Any,
    ) -> Any:
        return await self._answer(messages, sender, **options)

    async def _answer(
        self, messages: list[Message] | None = None, sender: Any = None, exclude: Sequence[Any] = ()
    ) -> Any:
        seen: list[Message] = self._oai_messages[sender] if messages is None else messages
        steps = [
            ("process_last_received_message", last_hooked),
            ("process_all_messages_before_reply", all_hooked),
        ]
        for name, step in steps if waiting() else reversed(steps):  # in v0.2's two ways
            own = overrides(self, name)
            seen = await (call(getattr(self, name), seen) if own else step(self, seen))
        excluded = [ruling(function) for function in exclude]
        for rule in list(self._reply_rules):
            if rule.function in excluded or not await matches(rule.trigger, sender):
                continue
            if rule.skip_when_sync and waiting():
                continue
            run = call if rule.speaks else call_apart
            done, reply = await run(
                rule.function, self, messages=seen, sender=sender, config=rule.config
            )
            if done:
                return reply
        return self._default_auto_reply

    def process_last_received_message(self, messages: list[Message]) -> list[Message]:
        """What hooks make of the last message. Replace this to change it in another way."""
        return wait(last_hooked(self, messages))

    def process_all_messages_before_reply(self, messages: list[Message]) -> list[Message]:
        """What hooks make of all messages. Replace this to change them in another way."""
        return wait(all_hooked(self, messages))

    async def ask(self, prompt: str) -> str:
        """Ask the human, in the program's own way where it has one."""
        own = not waiting() and overrides(self, "a_get_human_input")
        return await call(self.a_get_human_input if own else self.get_human_input, prompt)

    def get_human_input(self, prompt: str) -> Any:
        """Ask the human. Replace this to ask in another way."""
        reply = input(prompt)
        self._human_input.append(reply)
        return reply

    async def a_get_human_input(self, prompt: str) -> Any:
        return self.get_human_input(prompt)

    # chats -----------------------------------------------------------------------------------

    def start_chat(self, recipient: Any, *args: Any, **options: Any) -> ChatResult:
        """Hold a chat with another agent, as v0.2's `initiate_chat`."""
        return wait(self._start_chat(recipient, *args, **options))

    async def a_start_chat(self, recipient: Any, *args: Any, **options: Any) -> ChatResult:
        return await self._start_chat(recipient, *args, **options)

    async def _start_chat(
        self,
        recipient: Any,
        clear_history: bool = True,
        silent: bool | None = False,
        cache: Any = None,
        max_turns: int | None = None,
        summary_method: Any = "last_msg",
        summary_args: dict[str, Any] | None = None,
        message: Any = None,
        **context: Any,
    ) -> ChatResult:
        caches = [(agent, agent.client_cache) for agent in (self, recipient)]
        for agent, _ in caches:
            agent.client_cache = cache
        self._prepare_chat(recipient, clear_history, reply_at_receive=max_turns is None)

        async def talk() -> None:
            if callable(message):
                first = await call(message, self, recipient, context)
            else:
                first = await through(self, "generate_init_message", message, **context)
            if max_turns is None:
                await through(self, "send", first, recipient, None, silent)
                return
            for turn in range(max_turns):
                if turn:
                    first = await through(
                        self, "answer", messages=self._oai_messages[recipient], sender=recipient
                    )
                if first is None:
                    break
                await through(self, "send", first, recipient, True, silent)

        await converse(self.name, talk)
        text = await summarize(self, recipient, summary_method, dict(summary_args or {}))
        for agent, before in caches:
            agent.client_cache = before
        cost: dict[str, Any] = {}
        # region costs
        cost = gather_usage([self, recipient])
        # endregion costs
        return ChatResult(
            chat_history=self._oai_messages[recipient],
            summary=text,
            cost=cost,
            human_input=self._human_input,
        )

    def _prepare_chat(
        self,
        recipient: Any,
        clear_history: bool,
        prepare_recipient: bool = True,
        reply_at_receive: bool = True,
    ) -> None:
        self._counts[recipient] = 0
        self.reply_at_receive[recipient] = reply_at_receive
        if clear_history:
            self._oai_messages[recipient].clear()
            self._human_input = []
        if prepare_recipient:
            recipient._prepare_chat(self, clear_history, False, reply_at_receive)

    def generate_init_message(self, message: Any, **context: Any) -> Any:
        """The first message of a chat: what was given, or typed, with what is carried over."""
        if message is None:
            message = self.get_human_input(">")
        return with_carryover(message, context.get("carryover"))

    # region queue
    def start_chats(self, chat_queue: list[dict[str, Any]]) -> Any:
        """Hold several chats one after the other, with this agent where none is named."""
        self._finished_chats = start_chats([{"sender": self, **each} for each in chat_queue])
        return self._finished_chats

    async def a_start_chats(self, chat_queue: list[dict[str, Any]]) -> Any:
        from_here = [{"sender": self, **each} for each in chat_queue]
        self._finished_chats = await a_start_chats(from_here)
        return self._finished_chats

    def get_chat_results(self, chat_index: int | None = None) -> Any:
        return self._finished_chats if chat_index is None else self._finished_chats[chat_index]

    # endregion queue


def overrides(agent: Any, name: str) -> bool:
    """Whether an agent has its own version of a method."""
    method = getattr(agent, name, None)
    return getattr(method, "__func__", method) is not getattr(ConversableAgent, name, None)


async def through(agent: Any, name: str, *args: Any, **options: Any) -> Any:
    """Take a step of an agent, in the program's own version of it where there is one."""
    public = name if waiting() or not hasattr(ConversableAgent, f"a_{name}") else f"a_{name}"
    if overrides(agent, public) or not hasattr(agent, f"_{name}"):
        return await call(getattr(agent, public), *args, **options)
    return await getattr(agent, f"_{name}")(*args, **options)


# region AssistantAgent
class AssistantAgent(ConversableAgent):
    """An agent with a model, told to solve tasks with code where it is told nothing else."""

    DEFAULT_SYSTEM_MESSAGE = ASSISTANT_PROMPT
    DEFAULT_DESCRIPTION = ASSISTANT_DESCRIPTION

    def __init__(
        self,
        name: str,
        system_message: Any = ASSISTANT_PROMPT,
        model_config: Any = None,
        ends_chat: Callable[[Any], Any] | None = None,
        reply_limit: int | None = None,
        human_input: str = "NEVER",
        description: str | None = None,
        **options: Any,
    ) -> None:
        options |= {"ends_chat": ends_chat, "reply_limit": reply_limit, "human_input": human_input}
        options |= {"model_config": model_config, "description": description}
        super().__init__(name, system_message, **options)
        if description is None and system_message == self.DEFAULT_SYSTEM_MESSAGE:
            self.description = self.DEFAULT_DESCRIPTION


# endregion AssistantAgent
# region UserProxyAgent
class UserProxyAgent(ConversableAgent):
    """An agent that speaks for a human and runs code, both where it is told to."""

    DEFAULT_USER_PROXY_AGENT_DESCRIPTIONS = USER_DESCRIPTIONS

    def __init__(
        self,
        name: str,
        ends_chat: Callable[[Any], Any] | None = None,
        reply_limit: int | None = None,
        human_input: str = "ALWAYS",
        functions: dict[str, Callable[..., Any]] | None = None,
        code_execution: Any = None,
        fixed_reply: Any = "",
        model_config: Any = False,
        system_message: Any = "",
        description: str | None = None,
        **options: Any,
    ) -> None:
        options |= {"ends_chat": ends_chat, "reply_limit": reply_limit, "human_input": human_input}
        options |= {
            "functions": functions,
            "model_config": model_config,
            "fixed_reply": fixed_reply,
        }
        options["code_execution"] = {} if code_execution is None else code_execution
        told = self.DEFAULT_USER_PROXY_AGENT_DESCRIPTIONS[human_input]
        options["description"] = told if description is None else description
        super().__init__(name, system_message, **options)


# endregion UserProxyAgent
