"""Small functions and classes a migrated file gets of its own, where 0.7 has no counterpart.

They are written for the reader of that file: one docstring, no options it does not use.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Helper:
    """Source code of one helper with the imports and the other helpers it needs."""

    code: str
    imports: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()


_LOAD_CONFIG_LIST = '''\
def load_config_list(
    env_or_file: str,
    file_location: str | None = None,
    filter_dict: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Model configurations from an environment variable or a JSON file, filtered by key."""
    value = os.environ.get(env_or_file)
    if value and not os.path.exists(value):
        entries = json.loads(value)
    else:
        with open(value or os.path.join(file_location or "", env_or_file)) as file:
            entries = json.load(file)

    def accepts(entry: dict[str, Any], key: str, wanted: Any) -> bool:
        found = entry.get(key)
        if isinstance(found, list):
            return bool(set(found) & set(wanted))
        return found is not None and found in wanted

    wanted = filter_dict or {}
    return [e for e in entries if all(accepts(e, key, wanted[key]) for key in wanted)]
'''

_FILTER_CONFIG = '''\
def filter_config(
    config_list: list[dict[str, Any]], filter_dict: dict[str, Any] | None, exclude: bool = False
) -> list[dict[str, Any]]:
    """The model configurations that have, or have not, one of the wanted values at every key."""

    def accepts(entry: dict[str, Any], key: str, wanted: Any) -> bool:
        found = entry.get(key)
        if isinstance(found, list):
            return bool(set(found) & set(wanted))
        return found is not None and found in wanted

    wanted = filter_dict or {}
    return [e for e in config_list if all(accepts(e, k, v) != exclude for k, v in wanted.items())]
'''

_DOTENV_CONFIG_LIST = '''\
def load_dotenv_config_list(
    dotenv_file_path: str | None = None,
    model_api_key_map: dict[str, Any] | None = None,
    filter_dict: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Model configurations with keys from a .env file, one a model that has a key."""
    load_dotenv(dotenv_file_path or find_dotenv())
    models = {"gpt-4": "OPENAI_API_KEY", "gpt-3.5-turbo": "OPENAI_API_KEY"}
    given = model_api_key_map or {}
    entries: list[dict[str, Any]] = []
    for model, setting in {**given, **{m: models[m] for m in models if m not in given}}.items():
        options = dict(setting) if isinstance(setting, dict) else {"api_key_env_var": setting}
        key = os.getenv(options.pop("api_key_env_var", "OPENAI_API_KEY"), "").strip()
        if key:
            entries.append({"api_key": key, **options, "model": model})
    return filter_config(entries, filter_dict)
'''

_KEYS_CONFIG_LIST = '''\
def get_config_list(
    api_keys: list[str],
    base_urls: list[str] | None = None,
    api_type: str | None = None,
    api_version: str | None = None,
) -> list[dict[str, Any]]:
    """A model configuration for every key that is not blank."""
    shared = {"api_type": api_type, "api_version": api_version}
    entries: list[dict[str, Any]] = []
    for number, key in enumerate(api_keys):
        entry = {"api_key": key, "base_url": base_urls[number] if base_urls else None, **shared}
        if key.strip():
            entries.append({name: value for name, value in entry.items() if value})
    return entries
'''

_CREATE_MODEL_CLIENT = '''\
def create_model_client(llm_config: dict[str, Any]) -> ChatCompletionClient:
    """A client for the first entry of a v0.2 model configuration (OpenAI or Azure)."""
    entry = {**llm_config, **(llm_config.get("config_list") or [{}])[0]}
    accepted = (
        "model api_key base_url organization timeout max_retries temperature top_p max_tokens seed "
        "stop n frequency_penalty presence_penalty response_format default_headers logit_bias user"
    )
    options = {key: entry[key] for key in accepted.split() if entry.get(key) is not None}
    kind = str(entry.get("api_type") or "openai").lower()
    client_class: Any = OpenAIChatCompletionClient
    if kind.startswith("azure"):
        client_class = AzureOpenAIChatCompletionClient
        options["azure_endpoint"] = entry.get("azure_endpoint") or options.pop("base_url", None)
        options["azure_deployment"] = entry.get("azure_deployment") or options["model"]
        options["api_version"] = entry.get("api_version")
    elif kind not in ("openai", "open_ai"):
        raise ValueError(f"api_type {kind!r}: use its client from autogen_ext.models")
    try:
        client = client_class(**options)
    except ValueError:  # autogen-ext does not know the model, so it has to be told what it can do
        info = ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            family="unknown",
            structured_output=False,
        )
        client = client_class(**options, model_info=info)
    return client
'''

_CACHED_MODEL_CLIENT = (
    _CREATE_MODEL_CLIENT.removesuffix("    return client\n")
    + """\
    seed = entry.get("cache_seed")
    if seed is None:
        return client
    return ChatCompletionCache(client, DiskCacheStore(Cache(f".cache/{seed}")))
"""
)

_CHAT_HISTORY = '''\
def chat_history(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> list[dict[str, Any]]:
    """The messages of a run as the dictionaries v0.2 had."""
    return [
        {"content": message.to_text(), "role": "user", "name": message.source}
        for message in messages
        if isinstance(message, BaseChatMessage)
    ]
'''

_TOKEN_USAGE = '''\
def token_usage(result: TaskResult) -> dict[str, int]:
    """Tokens that the models of a run were asked and answered with."""
    used = [message.models_usage for message in result.messages if message.models_usage]
    return {
        "prompt_tokens": sum(usage.prompt_tokens for usage in used),
        "completion_tokens": sum(usage.completion_tokens for usage in used),
    }
'''

_CHAT_OUTCOME = '''\
@dataclass
class ChatOutcome:
    """What one chat of a sequence came to."""

    result: TaskResult
    summary: str

    @property
    def chat_history(self) -> list[dict[str, Any]]:
        return chat_history(self.result.messages)
'''

_SPEAKER_RULE = '''\
def speaker_rule(
    choose: Callable[[Sequence[BaseAgentEvent | BaseChatMessage]], str | None],
) -> tuple[
    Callable[[Sequence[BaseAgentEvent | BaseChatMessage]], str | None], FunctionalTermination
]:
    """A selector and the end of the chat, from a function that may name nobody.

    None ended a chat in v0.2; to SelectorGroupChat it means that the model chooses, as "auto" did.
    """
    thread: list[BaseAgentEvent | BaseChatMessage] = []
    chosen: dict[int, str | None] = {}

    def ends(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
        thread.extend(messages)
        chosen[len(thread)] = choose(thread)
        return chosen[len(thread)] is None

    def select(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> str | None:
        name = chosen.get(len(messages))
        return None if name == "auto" else name

    return select, FunctionalTermination(ends)
'''

_SUMMARIZE = '''\
async def summarize(
    model_client: ChatCompletionClient,
    result: TaskResult,
    prompt: str = (
        "Summarize the takeaway from the conversation. Do not add any introductory phrases."
    ),
) -> str:
    """Ask the model for a summary of a conversation, as summary_method="reflection_with_llm"."""
    messages: list[LLMMessage] = [
        UserMessage(content=message.to_text(), source=message.source)
        for message in result.messages
        if isinstance(message, BaseChatMessage)
    ]
    reply = await model_client.create([*messages, SystemMessage(content=prompt)])
    return str(reply.content)
'''

_REPLY_LIMIT = '''\
def reply_limit(limit: int, *speakers: str) -> FunctionalTermination:
    """Ends a chat after so many replies of the model; asking for a tool is one of them."""
    count = 0

    def reached(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> bool:
        nonlocal count
        count += sum(
            isinstance(message, TextMessage | ToolCallRequestEvent) and message.source in speakers
            for message in messages
        )
        return count >= limit

    return FunctionalTermination(reached)
'''

_JSON_TOOL = '''\
class JsonTool(FunctionTool):
    """Gives the model a result as JSON, as v0.2 did, where FunctionTool gives str(result)."""

    def return_value_as_string(self, value: Any) -> str:
        if isinstance(value, BaseModel):
            return value.model_dump_json()
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
'''

_DESCRIBED_TOOL = '''\
class DescribedTool(BaseTool[BaseModel, Any]):
    """A function that is described to the model by hand, as in v0.2's llm_config["functions"]."""

    def __init__(self, description: dict[str, Any], function: Callable[..., Any]) -> None:
        super().__init__(
            BaseModel, object, description["name"], description.get("description", "")
        )
        self._parameters = description.get("parameters", {"type": "object", "properties": {}})
        self._function = function

    @property
    def schema(self) -> ToolSchema:
        return ToolSchema(
            name=self.name, description=self.description, parameters=self._parameters
        )

    async def run(self, args: BaseModel, cancellation_token: CancellationToken) -> Any:
        return await self.run_json(args.model_dump(), cancellation_token)

    async def run_json(
        self,
        args: Mapping[str, Any],
        cancellation_token: CancellationToken,
        call_id: str | None = None,
    ) -> Any:
        try:
            result = self._function(**args)
            return await result if inspect.isawaitable(result) else result
        except Exception as error:
            return f"Error: {error}"
'''

_CODE_EXECUTOR = '''\
def code_executor(**options: Any) -> CodeExecutor:
    """Docker, unless AUTOGEN_USE_DOCKER says no, as in v0.2."""
    if os.environ.get("AUTOGEN_USE_DOCKER", "1").lower() in ("0", "false", "no"):
        return LocalCommandLineCodeExecutor(**options)
    return DockerCommandLineCodeExecutor(**options)
'''

_MESSAGES = "autogen_agentchat.messages"
_MODELS = "autogen_core.models"
_OPENAI = "autogen_ext.models.openai"

HELPERS: dict[str, Helper] = {
    "load_config_list": Helper(_LOAD_CONFIG_LIST, (("json", ""), ("os", ""), ("typing", "Any"))),
    "filter_config": Helper(_FILTER_CONFIG, (("typing", "Any"),)),
    "load_dotenv_config_list": Helper(
        _DOTENV_CONFIG_LIST,
        (("os", ""), ("typing", "Any"), ("dotenv", "find_dotenv"), ("dotenv", "load_dotenv")),
        needs=("filter_config",),
    ),
    "get_config_list": Helper(_KEYS_CONFIG_LIST, (("typing", "Any"),)),
    "create_model_client": Helper(
        _CREATE_MODEL_CLIENT,
        (
            ("typing", "Any"),
            (_MODELS, "ChatCompletionClient"),
            (_MODELS, "ModelInfo"),
            (_OPENAI, "AzureOpenAIChatCompletionClient"),
            (_OPENAI, "OpenAIChatCompletionClient"),
        ),
    ),
    "chat_history": Helper(
        _CHAT_HISTORY,
        (
            ("collections.abc", "Sequence"),
            ("typing", "Any"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
        ),
    ),
    "ChatOutcome": Helper(
        _CHAT_OUTCOME,
        (
            ("dataclasses", "dataclass"),
            ("typing", "Any"),
            ("autogen_agentchat.base", "TaskResult"),
        ),
        needs=("chat_history",),
    ),
    "speaker_rule": Helper(
        _SPEAKER_RULE,
        (
            ("collections.abc", "Callable"),
            ("collections.abc", "Sequence"),
            ("autogen_agentchat.conditions", "FunctionalTermination"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
        ),
    ),
    "token_usage": Helper(_TOKEN_USAGE, (("autogen_agentchat.base", "TaskResult"),)),
    "summarize": Helper(
        _SUMMARIZE,
        (
            ("autogen_agentchat.base", "TaskResult"),
            (_MESSAGES, "BaseChatMessage"),
            (_MODELS, "ChatCompletionClient"),
            (_MODELS, "LLMMessage"),
            (_MODELS, "SystemMessage"),
            (_MODELS, "UserMessage"),
        ),
    ),
    "reply_limit": Helper(
        _REPLY_LIMIT,
        (
            ("collections.abc", "Sequence"),
            ("autogen_agentchat.conditions", "FunctionalTermination"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
            (_MESSAGES, "TextMessage"),
            (_MESSAGES, "ToolCallRequestEvent"),
        ),
    ),
    "JsonTool": Helper(
        _JSON_TOOL,
        (
            ("json", ""),
            ("typing", "Any"),
            ("pydantic", "BaseModel"),
            ("autogen_core.tools", "FunctionTool"),
        ),
    ),
    "DescribedTool": Helper(
        _DESCRIBED_TOOL,
        (
            ("inspect", ""),
            ("collections.abc", "Callable"),
            ("collections.abc", "Mapping"),
            ("typing", "Any"),
            ("pydantic", "BaseModel"),
            ("autogen_core", "CancellationToken"),
            ("autogen_core.tools", "BaseTool"),
            ("autogen_core.tools", "ToolSchema"),
        ),
    ),
    "code_executor": Helper(
        _CODE_EXECUTOR,
        (
            ("os", ""),
            ("typing", "Any"),
            ("autogen_core.code_executor", "CodeExecutor"),
            ("autogen_ext.code_executors.docker", "DockerCommandLineCodeExecutor"),
            ("autogen_ext.code_executors.local", "LocalCommandLineCodeExecutor"),
        ),
    ),
}

# The same function for a file that names a cache_seed.
HELPERS["create_model_client:cached"] = Helper(
    _CACHED_MODEL_CLIENT,
    (
        *HELPERS["create_model_client"].imports,
        ("autogen_ext.models.cache", "ChatCompletionCache"),
        ("autogen_ext.cache_store.diskcache", "DiskCacheStore"),
        ("diskcache", "Cache"),
    ),
)
