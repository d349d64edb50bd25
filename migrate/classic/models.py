"""The models of an agent: v0.2's configuration on the model clients of 0.7."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from importlib import import_module
from typing import Any, cast

from autogen_core import FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelInfo,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import ToolSchema
from autogen_ext.models.cache import ChatCompletionCache
from autogen_ext.models.openai import AzureOpenAIChatCompletionClient, OpenAIChatCompletionClient

from ..known import HOSTS
from .talking import Message, call, content_text, model_name

OPTIONS = (
    "model api_key base_url organization timeout max_retries temperature top_p max_tokens seed "
    "stop n frequency_penalty presence_penalty response_format default_headers logit_bias user"
).split()
DEFAULT_SEED = 41  # v0.2 kept the answers of models unless it was told not to


class Cache:
    """A place where answers of models are kept, to be given again for the same question."""

    def __init__(self, folder: str) -> None:
        from autogen_ext.cache_store.diskcache import DiskCacheStore

        self._disk: Any = import_module("diskcache").Cache(folder)
        self.store: Any = DiskCacheStore(self._disk)

    @classmethod
    def disk(cls, seed: int | str = 42, cache_path_root: str = ".cache") -> Any:
        return cls(f"{cache_path_root}/{seed}")

    # region compressors
    def get(self, key: str, default: Any = None) -> Any:
        return self._disk.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._disk.set(key, value)

    # endregion compressors
    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self._disk.close()


def client_for(entry: dict[str, Any]) -> ChatCompletionClient:
    """The client that an entry of a `config_list` describes (OpenAI and what speaks like it)."""
    options = {"model": ""} | {key: entry[key] for key in OPTIONS if entry.get(key) is not None}
    kind = str(entry.get("api_type") or "openai").lower()
    client_class: Any = OpenAIChatCompletionClient
    if kind.startswith("azure"):
        client_class = AzureOpenAIChatCompletionClient
        options["azure_endpoint"] = entry.get("azure_endpoint") or options.pop("base_url", None)
        options["azure_deployment"] = entry.get("azure_deployment") or options["model"]
        options["api_version"] = entry.get("api_version")
    elif host := next((name for name in HOSTS if kind.startswith(name)), None):
        variable = f"{'GOOGLE_GEMINI' if host == 'google' else host.upper()}_API_KEY"
        options["base_url"] = options.get("base_url") or HOSTS[host]
        options["api_key"] = options.get("api_key") or os.environ.get(variable, host)
        options["include_name_in_message"] = False
    try:
        return client_class(**options)
    except ValueError:  # autogen-ext does not know the model, so it is told what it can do
        info = ModelInfo(
            vision=True,
            function_calling=True,
            json_output=False,
            family="unknown",
            structured_output=False,
            multiple_system_messages=True,
        )
        return client_class(**options, model_info=info)


Clients = dict[str, ChatCompletionClient]
_open: dict[asyncio.AbstractEventLoop, tuple[AsyncGenerator[Clients, None], Clients]] = {}


async def shared_client(entry: dict[str, Any]) -> ChatCompletionClient:
    """The client for an entry on the running event loop; equal entries have one together."""
    loop = asyncio.get_running_loop()
    if loop not in _open:
        for closed in [each for each in _open if each.is_closed()]:
            del _open[closed]
        keeper = _clients_of_a_loop()
        _open[loop] = keeper, await anext(keeper)
    clients = _open[loop][1]
    key = repr(sorted(entry.items()))
    if key not in clients:
        clients[key] = client_for(entry)
    return clients[key]


async def _clients_of_a_loop() -> AsyncGenerator[Clients, None]:
    """Connections belong to a loop, so clients do; they are closed when it shuts down."""
    clients: Clients = {}
    try:
        yield clients
    finally:
        for client in clients.values():
            await client.close()


class Models:
    """Asks the models of a configuration in turn until one answers."""

    def __init__(self, config: Any) -> None:
        self.given = config if isinstance(config, ChatCompletionClient) else None
        settings: dict[str, Any] = {} if isinstance(config, ChatCompletionClient) else {**config}
        entries: list[dict[str, Any]] = settings.pop("config_list", None) or [{}]
        self.tools: list[Any] = settings.pop("tools", None) or []
        self.functions: list[Any] = settings.pop("functions", None) or []
        self.seed = settings.pop("cache_seed", DEFAULT_SEED)
        self.entries = [{**settings, **entry} for entry in entries]
        self.usage: dict[str, Any] = {}
        self._stores: dict[Any, Cache] = {}
        # region custom
        self._own: dict[str, Any] = {}
        # endregion custom

    # region custom
    def add(self, client_class: type, **options: Any) -> None:
        """Use a class of the program for the entries that name it as `model_client_cls`."""
        entry = next(e for e in self.entries if e.get("model_client_cls") == client_class.__name__)
        self._own[client_class.__name__] = client_class(entry, **options)

    async def _ask_own(self, entry: dict[str, Any], messages: list[Message]) -> Any:
        client = self._own[entry["model_client_cls"]]
        response = await call(client.create, {**entry, "messages": messages})
        return (await call(client.message_retrieval, response))[0]

    # endregion custom
    async def ask(self, messages: list[Message], cache: Cache | None = None) -> Any:
        """The answer: a text, or a dictionary with `tool_calls` or a `function_call`."""
        failure: Exception | None = None
        for index, entry in enumerate(self.entries):
            try:
                # region custom
                if entry.get("model_client_cls") in self._own:
                    return await self._ask_own(entry, messages)
                # endregion custom
                return self.answer_in(await self.result_of(index, messages, cache))
            except Exception as error:
                failure = error
        assert failure is not None
        raise failure

    async def result_of(
        self, index: int, messages: list[Message], cache: Cache | None = None
    ) -> CreateResult:
        """What the model of one entry answers."""
        entry = self.entries[index]
        client = self._cached(self.given or await shared_client(entry), entry, cache)
        result = await client.create(llm_messages(messages), tools=self._schemas())
        self._count(entry, result)
        return result

    def _cached(
        self, client: ChatCompletionClient, entry: dict[str, Any], cache: Cache | None
    ) -> ChatCompletionClient:
        seed = entry.get("cache_seed", self.seed)
        if cache is None and (seed is None or self.given is not None):
            return client
        if cache is None:
            cache = self._stores.setdefault(seed, Cache.disk(seed))
        return ChatCompletionCache(client, cache.store)

    def _schemas(self) -> list[Any]:
        given = [*self.functions, *(each["function"] for each in self.tools)]
        return [
            ToolSchema(
                name=each["name"],
                description=each.get("description") or "",
                parameters=each.get("parameters") or {"type": "object", "properties": {}},
            )
            for each in given
        ]

    def answer_in(self, result: CreateResult) -> Any:
        """A result as v0.2's agents have it."""
        if isinstance(result.content, str):
            return result.content
        calls = [
            {
                "id": each.id,
                "type": "function",
                "function": {"name": each.name, "arguments": each.arguments},
            }
            for each in result.content
        ]
        named = [each["name"] for each in self.functions]
        if result.content[0].name in named:
            return {"role": "assistant", "content": None, "function_call": calls[0]["function"]}
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def _count(self, entry: dict[str, Any], result: CreateResult) -> None:
        model = str(entry.get("model", "model"))
        used = self.usage.setdefault(model, {"prompt_tokens": 0, "completion_tokens": 0})
        used["prompt_tokens"] += result.usage.prompt_tokens
        used["completion_tokens"] += result.usage.completion_tokens


def llm_messages(messages: list[Message]) -> list[LLMMessage]:
    """v0.2's dictionaries as the messages of 0.7."""
    found: list[LLMMessage] = []
    called = 0
    for message in messages:
        role, source = message.get("role"), model_name(str(message.get("name") or ""))
        content = message.get("content")
        if message.get("function_call"):
            called += 1
            wanted = message["function_call"]
            asked = [
                FunctionCall(f"call_{called}", wanted.get("arguments") or "{}", wanted["name"])
            ]
            found.append(AssistantMessage(content=asked, source=source))
        elif role == "function":
            found.append(_results([{**message, "tool_call_id": f"call_{called}"}]))
        elif message.get("tool_calls"):
            asked = [
                FunctionCall(
                    str(each.get("id") or ""),
                    each["function"].get("arguments") or "{}",
                    each["function"]["name"],
                )
                for each in message["tool_calls"]
            ]
            found.append(AssistantMessage(content=asked, source=source))
        elif message.get("tool_responses"):
            found.append(_results(message["tool_responses"]))
            if role != "tool":
                found.append(UserMessage(content=content_text(content), source=source))
        elif role == "tool":
            found.append(_results([message]))
        elif role == "system":
            found.append(SystemMessage(content=content_text(content)))
        elif role == "assistant":
            found.append(AssistantMessage(content=content_text(content), source=source))
        else:
            found.append(UserMessage(content=_parts(content), source=source))
    return found


def _results(responses: list[Message]) -> LLMMessage:
    return FunctionExecutionResultMessage(
        content=[
            FunctionExecutionResult(
                call_id=str(each.get("tool_call_id") or ""),
                content=content_text(each.get("content")),
                name=str(each.get("name") or ""),
            )
            for each in responses
        ]
    )


def _parts(content: Any) -> str | list[str | Image]:
    """Text, or texts and images; an image that is only linked stays a link."""
    if not isinstance(content, list):
        return content_text(content)
    parts: list[str | Image] = []
    for each in cast("list[Message]", content):
        image: Message = each.get("image_url") or {}
        link = str(image.get("url", ""))
        if link.startswith("data:image"):
            parts.append(Image.from_uri(link))
        else:
            parts.append(each.get("text") or link)
    return parts


async def model_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    """What the agent's model answers."""
    models = config if config is not None else agent.client
    if models is None:
        return False, None
    told: list[Message] = [{"role": "system", "content": agent.system_message}]
    reply = await models.ask([*told, *messages], cache=agent.client_cache)
    return reply is not None, reply


# region usage
def gather_usage(agents: list[Any]) -> dict[str, Any]:
    """Tokens of all agents by model; 0.7 knows no prices, so costs are 0."""
    total: dict[str, Any] = {"total_cost": 0}
    for agent in agents:
        used: dict[str, Message] = agent.client.usage if agent.client is not None else {}
        for model, counts in used.items():
            sums = total.setdefault(model, {"cost": 0, "total_tokens": 0})
            for key, count in counts.items():
                sums[key] = sums.get(key, 0) + count
                sums["total_tokens"] += count
    return {
        "usage_including_cached_inference": total,
        "usage_excluding_cached_inference": total,
    }


# endregion usage
