"""Small functions and classes a migrated file gets of its own, where 0.7 has no counterpart.

They are written for the reader of that file: one docstring, no options it does not use.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import helper_classes as classes
from . import helper_texts as texts


@dataclass(frozen=True, slots=True)
class Helper:
    """Source code of one helper with the imports and the other helpers it needs."""

    code: str
    imports: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()


_MESSAGES = "autogen_agentchat.messages"
_MODELS = "autogen_core.models"
_OPENAI = "autogen_ext.models.openai"
_WAITING = (
    ("asyncio", ""),
    ("threading", ""),
    ("collections.abc", "Coroutine"),
    ("typing", "Any"),
)

HELPERS: dict[str, Helper] = {
    "load_config_list": Helper(
        texts.LOAD_CONFIG_LIST, (("json", ""), ("os", ""), ("typing", "Any"))
    ),
    "filter_config": Helper(texts.FILTER_CONFIG, (("typing", "Any"),)),
    "load_dotenv_config_list": Helper(
        texts.DOTENV_CONFIG_LIST,
        (("os", ""), ("typing", "Any"), ("dotenv", "find_dotenv"), ("dotenv", "load_dotenv")),
        needs=("filter_config",),
    ),
    "get_config_list": Helper(texts.KEYS_CONFIG_LIST, (("typing", "Any"),)),
    "load_endpoint_list": Helper(
        texts.ENDPOINT_LIST,
        (("contextlib", ""), ("os", ""), ("typing", "Any")),
        needs=("get_config_list",),
    ),
    "load_model_list": Helper(
        texts.MODEL_LIST, (("typing", "Any"),), needs=("load_endpoint_list",)
    ),
    "create_model_client": Helper(
        texts.CREATE_MODEL_CLIENT,
        (
            ("os", ""),
            ("typing", "Any"),
            (_MODELS, "ChatCompletionClient"),
            (_MODELS, "ModelInfo"),
            (_OPENAI, "AzureOpenAIChatCompletionClient"),
            (_OPENAI, "OpenAIChatCompletionClient"),
        ),
    ),
    "chat_history": Helper(
        texts.CHAT_HISTORY,
        (
            ("collections.abc", "Sequence"),
            ("typing", "Any"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
        ),
    ),
    "without_end": Helper(
        texts.WITHOUT_END,
        (
            ("autogen_agentchat.base", "TaskResult"),
            (_MESSAGES, "BaseChatMessage"),
            (_MESSAGES, "StopMessage"),
        ),
    ),
    "ChatOutcome": Helper(
        texts.CHAT_OUTCOME,
        (
            ("dataclasses", "dataclass"),
            ("typing", "Any"),
            ("autogen_agentchat.base", "TaskResult"),
        ),
        needs=("chat_history",),
    ),
    "speaker_rule": Helper(
        texts.SPEAKER_RULE,
        (
            ("collections.abc", "Callable"),
            ("collections.abc", "Sequence"),
            ("autogen_agentchat.conditions", "FunctionalTermination"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
        ),
    ),
    "CallLog": Helper(
        classes.CALL_LOG,
        (
            ("json", ""),
            ("logging", ""),
            ("sqlite3", ""),
            ("uuid", ""),
            ("datetime", "datetime"),
            ("typing", "Any"),
            ("autogen_core.logging", "LLMCallEvent"),
        ),
    ),
    "start_logging": Helper(
        classes.START_LOGGING,
        (("logging", ""), ("autogen_core", "EVENT_LOGGER_NAME")),
        needs=("CallLog",),
    ),
    "stop_logging": Helper(
        classes.STOP_LOGGING,
        (("logging", ""), ("autogen_core", "EVENT_LOGGER_NAME")),
        needs=("CallLog",),
    ),
    "OwnModelClient": Helper(
        classes.OWN_MODEL_CLIENT,
        (
            ("collections.abc", "AsyncGenerator"),
            ("collections.abc", "Mapping"),
            ("collections.abc", "Sequence"),
            ("types", "MappingProxyType"),
            ("typing", "Any"),
            ("typing", "Literal"),
            ("pydantic", "BaseModel"),
            ("autogen_core", "CancellationToken"),
            (_MODELS, "AssistantMessage"),
            (_MODELS, "ChatCompletionClient"),
            (_MODELS, "CreateResult"),
            (_MODELS, "LLMMessage"),
            (_MODELS, "ModelInfo"),
            (_MODELS, "RequestUsage"),
            (_MODELS, "SystemMessage"),
            (_MODELS, "UserMessage"),
            ("autogen_core.tools", "Tool"),
            ("autogen_core.tools", "ToolSchema"),
        ),
    ),
    "EndingAgent": Helper(
        classes.ENDING_AGENT,
        (
            ("collections.abc", "AsyncGenerator"),
            ("collections.abc", "Callable"),
            ("collections.abc", "Sequence"),
            ("typing", "Any"),
            ("autogen_agentchat.agents", "AssistantAgent"),
            ("autogen_agentchat.base", "Response"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
            (_MESSAGES, "StopMessage"),
            ("autogen_core", "CancellationToken"),
        ),
    ),
    "round_limit": Helper(
        texts.ROUND_LIMIT,
        (
            ("collections.abc", "Sequence"),
            ("autogen_agentchat.conditions", "FunctionalTermination"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
            (_MESSAGES, "ToolCallRequestEvent"),
        ),
    ),
    "image_message": Helper(
        texts.IMAGE_MESSAGE,
        (
            ("base64", ""),
            ("re", ""),
            ("urllib.request", ""),
            ("pathlib", "Path"),
            (_MESSAGES, "MultiModalMessage"),
            ("autogen_core", "Image"),
        ),
    ),
    "watch": Helper(
        classes.WATCH,
        (
            ("collections.abc", "AsyncGenerator"),
            ("collections.abc", "Callable"),
            ("collections.abc", "Sequence"),
            ("types", "SimpleNamespace"),
            ("typing", "Any"),
            ("autogen_agentchat.agents", "BaseChatAgent"),
            ("autogen_agentchat.base", "Response"),
            (_MESSAGES, "BaseAgentEvent"),
            (_MESSAGES, "BaseChatMessage"),
            ("autogen_core", "CancellationToken"),
        ),
        needs=("chat_history",),
    ),
    "generate_reply": Helper(
        texts.GENERATE_REPLY,
        (
            ("collections.abc", "Sequence"),
            ("typing", "Any"),
            ("autogen_agentchat.agents", "AssistantAgent"),
            ("autogen_agentchat.base", "Response"),
            ("autogen_core", "CancellationToken"),
            (_MODELS, "AssistantMessage"),
            (_MODELS, "SystemMessage"),
            (_MODELS, "UserMessage"),
        ),
    ),
    "openai_assistants": Helper(
        texts.OPENAI_ASSISTANTS,
        (("typing", "Any"), ("openai", "AsyncAzureOpenAI"), ("openai", "AsyncOpenAI")),
    ),
    "llm_messages": Helper(
        texts.LLM_MESSAGES,
        (
            ("typing", "Any"),
            (_MODELS, "AssistantMessage"),
            (_MODELS, "LLMMessage"),
            (_MODELS, "SystemMessage"),
            (_MODELS, "UserMessage"),
        ),
    ),
    "token_usage": Helper(texts.TOKEN_USAGE, (("autogen_agentchat.base", "TaskResult"),)),
    "summarize": Helper(
        texts.SUMMARIZE,
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
        texts.REPLY_LIMIT,
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
        classes.JSON_TOOL,
        (
            ("json", ""),
            ("collections.abc", "Mapping"),
            ("typing", "Any"),
            ("pydantic", "BaseModel"),
            ("autogen_core", "CancellationToken"),
            ("autogen_core.tools", "FunctionTool"),
        ),
    ),
    "DescribedTool": Helper(
        classes.DESCRIBED_TOOL,
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
    "event_loop": Helper(texts.EVENT_LOOP, (("asyncio", ""), ("threading", ""))),
    "wait_for": Helper(texts.WAIT_FOR, _WAITING, needs=("event_loop",)),
    "on_loop": Helper(texts.ON_LOOP, _WAITING, needs=("event_loop",)),
    "code_executor": Helper(
        texts.CODE_EXECUTOR,
        (
            ("os", ""),
            ("typing", "Any"),
            ("autogen_core.code_executor", "CodeExecutor"),
            ("autogen_ext.code_executors.docker", "DockerCommandLineCodeExecutor"),
            ("autogen_ext.code_executors.local", "LocalCommandLineCodeExecutor"),
        ),
    ),
}

HELPERS["work_folder"] = Helper(texts.WORK_FOLDER, (("os", ""), ("typing", "Any")))

HELPERS["context_text"] = Helper(texts.CONTEXT_TEXT, (("typing", "Any"),))

HELPERS["carried_items"] = Helper(texts.CARRIED_ITEMS, (("typing", "Any"),))

HELPERS["disk_store"] = Helper(
    texts.DISK_STORE,
    (
        ("importlib", "import_module"),
        ("autogen_ext.cache_store.diskcache", "DiskCacheStore"),
        ("autogen_ext.models.cache", "CHAT_CACHE_VALUE_TYPE"),
    ),
)

# The same function for a file that names a cache_seed.
HELPERS["create_model_client:cached"] = Helper(
    texts.CACHED_MODEL_CLIENT,
    (
        *HELPERS["create_model_client"].imports,
        ("autogen_ext.models.cache", "ChatCompletionCache"),
    ),
    needs=("disk_store",),
)

# For a program that asks the same again, which v0.2 answered from the cache it had unasked.
_cached = HELPERS["create_model_client:cached"]
HELPERS["create_model_client:repeating"] = Helper(
    _cached.code.replace('entry.get("cache_seed")', 'entry.get("cache_seed", 41)'),
    _cached.imports,
    _cached.needs,
)

# And for a file whose agents take images.
for _name in (
    "create_model_client",
    "create_model_client:cached",
    "create_model_client:repeating",
):
    _plain = HELPERS[_name]
    HELPERS[f"{_name}:seeing"] = Helper(
        _plain.code.replace("vision=False", "vision=True"), _plain.imports, _plain.needs
    )

# For a file that reads what its chats cost, or what was typed in them.
_outcome = HELPERS["ChatOutcome"]
HELPERS["ChatOutcome:cost"] = Helper(
    _outcome.code + texts.CHAT_OUTCOME_COST, _outcome.imports, (*_outcome.needs, "token_usage")
)
for _name in ("ChatOutcome", "ChatOutcome:cost"):
    _plain = HELPERS[_name]
    HELPERS[f"{_name}:human"] = Helper(
        _plain.code + texts.CHAT_OUTCOME_HUMAN, _plain.imports, _plain.needs
    )
