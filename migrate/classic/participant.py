"""What an agent of AutoGen v0.2 is, remembers, and can be given."""

from __future__ import annotations

import copy
import functools
from abc import ABC
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from autogen_agentchat.agents import BaseChatAgent

from ..classic_names import KEYWORDS, METHODS
from .chats import SUMMARY_PROMPT, nested_reply
from .coding import CodeRunner, code_reply
from .models import Models, model_reply
from .replies import ReplyRule, human_reply
from .talking import Message, content_text, identifier, wait
from .tools import call_function, function_schema, tool_reply, with_json_result
from .wrapper import OpenAIWrapper

KEPT = (
    "content function_call tool_calls tool_responses tool_call_id name context"  # of a message
).split()


def is_terminate(message: Message) -> bool:
    """How a chat ends where nothing else is said."""
    return content_text(message.get("content")) == "TERMINATE"


# region given
def v02_options(given: dict[str, Any]) -> dict[str, Any]:
    """Options of v0.2 for an agent or a group, by the names that these have now."""
    return {KEYWORDS.get(key, key): value for key, value in given.items()}


# endregion given
# region names
def taking_old_names(made: Callable[..., None]) -> Callable[..., None]:
    """A constructor, or a method, that takes options by the names they had in v0.2, too."""

    @functools.wraps(made)
    def make(self: Any, *args: Any, **options: Any) -> None:
        made(self, *args, **v02_options(options))

    return make


# endregion names
class Participant(BaseChatAgent, ABC):
    """What an agent of v0.2 is, remembers, and can be given; how it talks is in ConversableAgent.

    `model_config` is v0.2's `llm_config`: a dictionary, or a model client of 0.7.
    """

    MAX_CONSECUTIVE_AUTO_REPLY = 100
    DEFAULT_SUMMARY_PROMPT = SUMMARY_PROMPT
    DEFAULT_SUMMARY_METHOD = "last_msg"
    DEFAULT_CONFIG: Any = False

    def __init__(
        self,
        name: str,
        system_message: Any = "You are a helpful AI Assistant.",
        ends_chat: Callable[[Any], Any] | None = None,
        reply_limit: int | None = None,
        human_input: str = "TERMINATE",
        functions: dict[str, Callable[..., Any]] | None = None,
        code_execution: Any = False,
        model_config: Any = None,
        fixed_reply: Any = "",
        description: str | None = None,
        history: dict[Any, list[Message]] | None = None,
        silent: bool | None = None,
    ) -> None:
        told = content_text(system_message) if description is None else description
        super().__init__(identifier(name), told)
        self._name = name
        self._system_message = system_message
        self.ends_chat = ends_chat or is_terminate
        self.human_input_mode = human_input
        self.llm_config: Any = copy.copy(model_config) if model_config else False
        self.client: Any = Models(self.llm_config) if self.llm_config else None
        # region wrapper
        if self.client is not None:
            self.client = OpenAIWrapper(self.llm_config)
        # endregion wrapper
        self.client_cache: Any = None
        self.silent = silent
        self._oai_messages: dict[Any, list[Message]] = defaultdict(list, history or {})
        self._reply_limit = self.MAX_CONSECUTIVE_AUTO_REPLY if reply_limit is None else reply_limit
        self._limits: dict[Any, int] = {}
        self._counts: dict[Any, int] = defaultdict(int)
        self._function_map = dict(functions or {})
        self._default_auto_reply = fixed_reply
        self.reply_at_receive: dict[Any, bool] = defaultdict(bool)
        self._human_input: list[str] = []
        self._finished_chats: Any = []
        self.hook_lists: dict[str, list[Callable[..., Any]]] = {
            "process_last_received_message": [],
            "process_all_messages_before_reply": [],
            "process_message_before_send": [],
        }
        everyone = [Participant, None]
        self._reply_rules = [
            ReplyRule(everyone, human_reply, weight=2),
            ReplyRule(everyone, tool_reply, weight=4),
            ReplyRule(everyone, model_reply, weight=2),
        ]
        # region code
        self.code = CodeRunner(code_execution) if code_execution is not False else None
        if self.code is not None:
            self._reply_rules.insert(2, ReplyRule(everyone, code_reply))
        # endregion code

    # region names
    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        setattr(cls, "__init__", taking_old_names(cls.__init__))  # noqa: B010 a method, to checkers

    def __getattr__(self, name: str) -> Any:
        """Methods by their names of v0.2, for code that is handed agents and knows no others."""
        if name not in METHODS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self, METHODS[name])

    # endregion names
    @property
    def name(self) -> str:
        return self._name

    @property
    def description(self) -> str:
        return self._description

    @description.setter
    def description(self, description: str) -> None:
        self._description = description

    def _remember(self, message: Message, role: str, other: Any, name: str) -> bool:
        """Put a message into the history with another agent; False if it is none."""
        kept = {key: message[key] for key in KEPT if message.get(key) is not None}
        called = "function_call" in kept or "tool_calls" in kept
        if "content" not in kept:
            if not called:
                return False
            kept["content"] = None
        given = message.get("role")
        kept["role"] = (
            given if given in ("function", "tool") else message.get("override_role", role)
        )
        if kept.get("function_call") or kept.get("tool_calls"):
            kept["role"] = "assistant"
        elif "name" not in kept:
            kept["name"] = name
        self._oai_messages[other].append(kept)
        return True

    # what is known of the past -----------------------------------------------------------------

    @property
    def chat_messages(self) -> dict[Any, list[Message]]:
        return self._oai_messages

    @property
    def system_message(self) -> Any:
        return self._system_message

    def set_system_message(self, system_message: Any) -> None:
        self._system_message = system_message

    def latest_message(self, agent: Any = None) -> Any:
        """The last message of the conversation with an agent, or of the only conversation.

        None where there is none; programs that know better read it right away.
        """
        if agent is None:
            if len(self._oai_messages) > 1:
                raise ValueError("there are several conversations: say with whom")
            agent = next(iter(self._oai_messages), None)
        found = self._oai_messages.get(agent)
        return found[-1] if found else None

    def messages_to_summarize(self, agent: Any) -> list[Message]:
        return self._oai_messages[agent]

    def clear_history(
        self, recipient: Any = None, nr_messages_to_preserve: int | None = None
    ) -> None:
        """Forget what was said with one agent or with all, but for the newest messages."""
        if recipient is not None:
            self._oai_messages[recipient].clear()
            return
        for key, messages in list(self._oai_messages.items()):
            kept = min(nr_messages_to_preserve or 0, len(messages))
            if kept and "tool_responses" in messages[-kept]:
                kept += 1
            self._oai_messages[key] = messages[len(messages) - kept :]
        if not nr_messages_to_preserve:
            self._oai_messages.clear()

    def reset(self) -> None:
        """Forget everything, and start the configurations of reply functions anew."""
        self.clear_history()
        self._counts.clear()
        self.reply_at_receive.clear()
        for rule in self._reply_rules:
            if rule.reset_config is not None:
                rule.reset_config(rule.config)
            else:
                rule.config = copy.copy(rule.first_config)

    def stop_reply_at_receive(self, sender: Any = None) -> None:
        if sender is None:
            self.reply_at_receive.clear()
        else:
            self.reply_at_receive[sender] = False

    def max_consecutive_auto_reply(self, sender: Any = None) -> int:
        return self._limits.get(sender, self._reply_limit)

    def update_max_consecutive_auto_reply(self, value: int, sender: Any = None) -> None:
        if sender is None:
            self._reply_limit = value
            self._limits.clear()
        else:
            self._limits[sender] = value

    def reset_consecutive_auto_reply_counter(self, sender: Any = None) -> None:
        if sender is None:
            self._counts.clear()
        else:
            self._counts[sender] = 0

    # what can be added -------------------------------------------------------------------------

    def add_reply(
        self,
        trigger: Any,
        reply_func: Callable[..., Any],
        position: int = 0,
        config: Any = None,
        reset_config: Callable[[Any], Any] | None = None,
        *,
        ignore_async_in_sync_chat: bool = False,
        remove_other_reply_funcs: bool = False,
    ) -> None:
        """Let a function answer where the trigger matches the sender, before those from a position.

        It is called with the agent, `messages`, `sender` and `config`, and gives
        `(whether this is the answer, the answer)`; the answer None ends the chat.
        """
        if remove_other_reply_funcs:
            self._reply_rules.clear()
        rule = ReplyRule(
            trigger, reply_func, copy.copy(config), config, reset_config, ignore_async_in_sync_chat
        )
        total = sum(each.weight for each in self._reply_rules)
        wanted = position if position >= 0 else max(0, total + position)
        seen = 0
        for index, each in enumerate(self._reply_rules):
            seen += each.weight
            if seen > wanted:
                self._reply_rules.insert(index, rule)
                return
        self._reply_rules.append(rule)

    def replace_reply_func(
        self, old_reply_func: Callable[..., Any], new_reply_func: Callable[..., Any]
    ) -> None:
        for rule in self._reply_rules:
            if rule.function == ruling(old_reply_func):
                rule.function = new_reply_func

    def add_hook(self, hookable_method: str, hook: Callable[..., Any]) -> None:
        """Let a function change messages before they are sent or answered."""
        self.hook_lists[hookable_method].append(hook)

    # region nested
    def add_nested_chats(
        self,
        chat_queue: list[dict[str, Any]],
        trigger: Any,
        reply_func_from_nested_chats: Any = "summary_from_nested_chats",
        position: int = 2,
        **options: Any,
    ) -> None:
        """Answer with what a sequence of chats with others comes to."""
        options.pop("use_async", None)
        self.add_reply(
            trigger, nested_reply(chat_queue, reply_func_from_nested_chats), position, **options
        )

    # endregion nested
    # region tools
    def offer_tool(
        self, *, name: str | None = None, description: str | None = None, api_style: str = "tool"
    ) -> Callable[[Any], Any]:
        """A decorator: this agent's model may ask for the function."""

        def offer(function: Any) -> Any:
            schema = function_schema(function, name, description)
            self.update_tool_signature({"type": "function", "function": schema}, is_remove=False)
            return function

        return offer

    def run_tool(self, name: str | None = None) -> Callable[[Any], Any]:
        """A decorator: this agent runs the function when it is asked for."""

        def run(function: Any) -> Any:
            known = name or getattr(function, "tool_name", None) or function.__name__
            self._function_map[known] = with_json_result(function)
            return function

        return run

    def update_tool_signature(self, tool_sig: Any, is_remove: bool | None = False) -> None:
        """Add or take away what the model is told of a tool."""
        config: dict[str, Any] = {**(self.llm_config or {})}
        gone = tool_sig if isinstance(tool_sig, str) else tool_sig["function"]["name"]
        told: list[Message] = config.get("tools") or []
        tools = [each for each in told if each["function"]["name"] != gone]
        config["tools"] = tools if is_remove else [*tools, tool_sig]
        self.llm_config = config
        if self.client is not None:
            self.client.tools = config["tools"]

    # endregion tools
    # region custom
    def add_model_client(self, model_client_cls: type, **options: Any) -> None:
        """Use a class of the program for the models that name it as `model_client_cls`."""
        assert self.client is not None
        self.client.add(model_client_cls, **options)

    # endregion custom
    @property
    def function_map(self) -> dict[str, Callable[..., Any]]:
        return self._function_map

    # region names
    @taking_old_names
    # endregion names
    def register_function(self, functions: dict[str, Callable[..., Any] | None]) -> None:
        """Run these functions when they are asked for; None takes one away."""
        for name, function in functions.items():
            if function is None:
                self._function_map.pop(name, None)
            else:
                self._function_map[name] = function

    def can_execute_function(self, name: list[str] | str) -> bool:
        names = [name] if isinstance(name, str) else name
        return all(each in self._function_map for each in names)

    def execute_function(self, func_call: Any, verbose: bool = False) -> tuple[bool, Message]:
        """Run a function that was asked for. Replace this to run functions in another way."""
        return wait(call_function(self, func_call))

    def generate_oai_reply(
        self, messages: list[Message] | None = None, sender: Any = None, config: Any = None
    ) -> tuple[bool, Any]:
        """What the model answers, for reply functions that add to it."""
        seen = self._oai_messages[sender] if messages is None else messages
        return wait(model_reply(self, seen, sender, config))

    # region code
    def execute_code_blocks(self, code_blocks: list[tuple[str, str]]) -> tuple[int, str]:
        """Exit code and output of blocks, each a language and a text, run by this agent."""
        if self.code is None:
            raise ValueError(f"{self.name} runs no code")
        return wait(self.code.run(code_blocks))

    # endregion code
    # region usage
    def print_usage(self, mode: Any = None) -> None:
        print(f"Agent '{self.name}':", self.get_total_usage())

    def get_total_usage(self) -> dict[str, Any]:
        """Tokens of this agent's model by its name; 0.7 knows no prices."""
        return self.client.usage if self.client is not None else {}

    def get_actual_usage(self) -> dict[str, Any]:
        return self.get_total_usage()

    # endregion usage


def ruling(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of the rule that v0.2 knew as a method of its agents."""
    return model_reply if function == Participant.generate_oai_reply else function
