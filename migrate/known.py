"""The v0.2 names the reader understands, and facts about 0.7 that need no import of it."""

from __future__ import annotations

ROOTS = frozenset({"autogen", "pyautogen"})
OWN_MODULE = "classic_agents"  # of a project, with agents of its own
IN_QUOTES = (
    "named in quotes, which is not followed: import it as usual, or name what takes its place"
)

CONVERSABLE = (
    "name", "system_message", "is_termination_msg", "max_consecutive_auto_reply",
    "human_input_mode", "function_map", "code_execution_config", "llm_config",
    "default_auto_reply", "description", "chat_messages", "silent",
)  # fmt: skip
ASSISTANT = (
    "name", "system_message", "llm_config", "is_termination_msg", "max_consecutive_auto_reply",
    "human_input_mode", "description",
)  # fmt: skip
USER_PROXY = (
    "name", "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode",
    "function_map", "code_execution_config", "default_auto_reply", "llm_config",
    "system_message", "description",
)  # fmt: skip
GROUP_CHAT = (
    "agents", "messages", "max_round", "admin_name", "func_call_filter",
    "speaker_selection_method", "max_retries_for_selecting_speaker", "allow_repeat_speaker",
    "allowed_or_disallowed_speaker_transitions", "speaker_transitions_type",
    "enable_clear_history", "send_introductions",
)  # fmt: skip
MANAGER = ("groupchat", "name", "max_consecutive_auto_reply", "human_input_mode", "system_message")
INITIATE = (
    "recipient", "clear_history", "silent", "cache", "max_turns", "summary_method",
    "summary_args", "message",
)  # fmt: skip
SEND = ("message", "recipient", "request_reply", "silent")

RETRIEVING = ("name", "human_input_mode", "is_termination_msg", "retrieve_config")
ASSISTANT_OF_OPENAI = (
    "name", "instructions", "llm_config", "assistant_config", "overwrite_instructions",
    "overwrite_tools",
)  # fmt: skip

AGENT_CLASSES = {
    "ConversableAgent": CONVERSABLE,
    "AssistantAgent": ASSISTANT,
    "UserProxyAgent": USER_PROXY,
    "MultimodalConversableAgent": CONVERSABLE,
    "RetrieveAssistantAgent": ASSISTANT,
    "RetrieveUserProxyAgent": RETRIEVING,
    "GPTAssistantAgent": ASSISTANT_OF_OPENAI,
}

# Methods of a v0.2 agent: a call of one of them is a v0.2 site even where the receiver is unknown.
CHAT_METHODS = frozenset(
    {"initiate_chat", "a_initiate_chat", "initiate_chats", "a_initiate_chats"}
)  # fmt: skip
SEND_METHODS = frozenset({"send", "a_send"})
TOOL_METHODS = frozenset({"register_for_llm", "register_for_execution"})

# Methods and keywords nothing but v0.2 has: in a file that uses v0.2 a call with one of them, on an
# object this migration does not know, is worth a mark.
V02_METHODS = CHAT_METHODS | TOOL_METHODS | {
    "register_reply", "register_nested_chats", "register_hook", "register_model_client",
    "generate_reply", "a_generate_reply", "last_message", "chat_messages_for_summary",
    "update_system_message", "print_usage_summary",
}  # fmt: skip
V02_KEYWORDS = frozenset(
    {
        "llm_config", "code_execution_config", "human_input_mode", "is_termination_msg",
        "max_consecutive_auto_reply", "default_auto_reply", "function_map", "max_round",
        "speaker_selection_method", "allow_repeat_speaker", "cache_seed",
        "allowed_or_disallowed_speaker_transitions", "speaker_transitions_type",
    }
)  # fmt: skip

# Why a construct has no mechanical counterpart, by the last part of its name.
NO_COUNTERPART = {
    "register_reply": "a reply function becomes a BaseChatAgent subclass with on_messages",
    "register_nested_chats": "a nested chat becomes a BaseChatAgent that runs a team",
    "register_hook": "hooks have no counterpart; wrap the agent or use a model_context",
    "register_model_client": "a custom model client becomes a ChatCompletionClient subclass",
    "generate_reply": "call agent.on_messages([...], CancellationToken()), which keeps history",
    "a_generate_reply": "call agent.on_messages([...], CancellationToken()), which keeps history",
    "send": "run the team again with a new task, or call on_messages",
    "a_send": "run the team again with a new task, or call on_messages",
    "receive": "call on_messages",
    "last_message": "read the messages of the TaskResult",
    "chat_messages": "read the messages of the TaskResult",
    "update_system_message": "make a new AssistantAgent with the other system message",
    "print_usage_summary": "0.7 has no cost; tokens are in models_usage of each message",
    "reset": "call on_reset of the agent, or reset() of its team",
    "register_for_execution": "the caller runs its own tools; give them to it as tools",
    "execute_code_blocks": "call execute_code_blocks of an executor of autogen-ext",
    "llm_config": "an agent of 0.7 has a model client instead",
    "register_function": "give the functions to the caller as tools",
    "GPTAssistantAgent": "becomes OpenAIAssistantAgent of autogen-ext",
    "MultimodalConversableAgent": "becomes AssistantAgent with MultiModalMessage",
    "RetrieveUserProxyAgent": "retrieval becomes a Memory (ChromaDBVectorMemory of autogen-ext)",
    "QdrantRetrieveUserProxyAgent": "becomes RetrieveUserProxyAgent with vector_db='qdrant'; "
    "migrate again then",
    "MongoDBAtlasVectorDB": "becomes a Memory over pymongo or a class of your own like it",
    "CouchbaseVectorDB": "becomes a Memory over couchbase or a class of your own like it",
    "TEXT_FORMATS": "is a list of endings; write it out",
    "RetrieveAssistantAgent": "becomes AssistantAgent with a Memory",
    "Teachability": "becomes a Memory or task-centric memory of autogen-ext",
    "OpenAIWrapper": "becomes client.create([...]) of an autogen-ext model client",
    "AgentBuilder": "has no counterpart: write its agents down, or use MagenticOneGroupChat",
    "CaptainAgent": "has no counterpart: MagenticOneGroupChat plans and hands out work as well",
    "AgentOptimizer": "has no counterpart: ask a model to revise the functions, and make the agent "
    "anew with them as tools",
    "MathUserProxyAgent": "becomes an agent with a code executor, told how to pose problems",
    "CompressibleAgent": "becomes AssistantAgent with TransformMessages and TextMessageCompressor, "
    "as in 0.2.35, which has it no more; migrate again then",
    "TextMessageContentName": "becomes a ChatCompletionContext of your own (model_context)",
    "TextMessageCompressor": "compress in a ChatCompletionContext of your own (model_context)",
    "LLMLingua": "compress in a ChatCompletionContext of your own (model_context)",
    "WebSurferAgent": "becomes MultimodalWebSurfer of autogen-ext, which drives a browser",
    "RequestsMarkdownBrowser": "has no counterpart: give WebSurferAgent browser_config=, not "
    "browser=, and migrate again",
    "LLaVAAgent": "becomes AssistantAgent with a client of a model that sees",
    "VisionCapability": "becomes AssistantAgent with a client of a model that sees",
    "ImageGeneration": "becomes a tool of the agent, a function that makes images",
    "DalleImageGenerator": "becomes a function that calls images.generate of openai's client",
    "LLamaIndexConversableAgent": "becomes a BaseChatAgent that asks the LlamaIndex agent",
    "IOWebsockets": "send the messages of team.run_stream() over the socket",
    "JupyterCodeExecutor": "becomes JupyterCodeExecutor of autogen-ext, with a kernel of its own; "
    "behind a server DockerJupyterCodeExecutor(server)",
    "EmbeddedIPythonCodeExecutor": "becomes JupyterCodeExecutor of autogen-ext",
    "LocalJupyterServer": "goes away: JupyterCodeExecutor of autogen-ext has a kernel itself",
    "DockerJupyterServer": "becomes DockerJupyterServer of autogen-ext, in `async with`",
    "CodeBlock": "is in autogen_core.code_executor, with the same arguments",
    "JupyterClient": "becomes JupyterClient of autogen_ext.code_executors.docker_jupyter, awaited",
    "PodCommandLineCodeExecutor": "has no counterpart: a CodeExecutor of your own runs in pods",
    "visualize_speaker_transitions_dict": "draw the dictionary with networkx, as v0.2 did",
    "create_virtual_env": "venv.EnvBuilder(with_pip=True); its context is virtual_env_context",
    "SocietyOfMindAgent": "becomes SocietyOfMindAgent of autogen-agentchat over a team",
    "TransformMessages": "becomes a model_context of the agent",
    "runtime_logging": "becomes a recording: run the program with `loupe run`",
    "Cache": "wrap the model client in ChatCompletionCache",
    "Completion": "the 0.1 API has no counterpart; use a model client's create",
    "ChatCompletion": "the 0.1 API has no counterpart; use a model client's create",
}

# Where clients of OpenAI find the models that v0.2 had other packages for, by the beginning of
# `api_type`. Whatever begins otherwise, but for Azure, v0.2 asked as it asks OpenAI.
HOSTS = {
    "google": "https://generativelanguage.googleapis.com/v1beta/openai/",
    "anthropic": "https://api.anthropic.com/v1/",
    "mistral": "https://api.mistral.ai/v1",
    "together": "https://api.together.xyz/v1",
    "groq": "https://api.groq.com/openai/v1",
    "cohere": "https://api.cohere.ai/compatibility/v1",
    "cerebras": "https://api.cerebras.ai/v1",
    "ollama": "http://localhost:11434/v1",
}

# Model names autogen-ext 0.7.5 knows; for any other OpenAIChatCompletionClient wants model_info.
KNOWN_MODELS = frozenset(
    {
        "o4-mini", "o4-mini-2025-04-16", "o3", "o3-2025-04-16", "o3-mini", "o3-mini-2025-01-31",
        "o1", "o1-2024-12-17", "o1-preview", "o1-preview-2024-09-12", "o1-mini",
        "o1-mini-2024-09-12", "gpt-5", "gpt-5-2025-08-07", "gpt-5-mini", "gpt-5-mini-2025-08-07",
        "gpt-5-nano", "gpt-5-nano-2025-08-07", "gpt-4.1", "gpt-4.1-2025-04-14", "gpt-4.1-mini",
        "gpt-4.1-mini-2025-04-14", "gpt-4.1-nano", "gpt-4.1-nano-2025-04-14", "gpt-4.5-preview",
        "gpt-4.5-preview-2025-02-27", "gpt-4o", "gpt-4o-2024-11-20", "gpt-4o-2024-08-06",
        "gpt-4o-2024-05-13", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4-turbo",
        "gpt-4-turbo-2024-04-09", "gpt-4-turbo-preview", "gpt-4-0125-preview",
        "gpt-4-1106-preview", "gpt-4-1106-vision-preview", "gpt-4", "gpt-4-0613", "gpt-4-32k",
        "gpt-4-32k-0613", "gpt-3.5-turbo", "gpt-3.5-turbo-0125", "gpt-3.5-turbo-1106",
        "gpt-3.5-turbo-instruct", "gpt-3.5-turbo-0613", "gpt-3.5-turbo-16k",
        "gpt-3.5-turbo-16k-0613", "gpt-4o-mini-search-preview-2025-03-11",
        "gpt-4o-search-preview-2025-03-11", "gemini-1.5-flash", "gemini-1.5-flash-8b",
        "gemini-1.5-pro", "gemini-2.0-flash", "gemini-2.0-flash-lite-preview-02-05",
        "gemini-2.5-flash", "gemini-2.5-pro-preview-03-25", "claude-3-haiku",
        "claude-3-haiku-20240307", "claude-3-sonnet", "claude-3-sonnet-20240229",
        "claude-3-opus", "claude-3-opus-20240229", "claude-3-5-haiku",
        "claude-3-5-haiku-20241022", "claude-3-5-sonnet", "claude-3-5-sonnet-20241022",
        "claude-3-7-sonnet", "claude-3-7-sonnet-20250219", "claude-4-sonnet", "claude-4-opus",
        "claude-sonnet-4-20250514", "claude-opus-4-20250514", "llama-3.3-8b", "llama-3.3-70b",
        "llama-4-scout", "llama-4-maverick", "Llama-3.3-8B-Instruct", "Llama-3.3-70B-Instruct",
        "Llama-4-Scout-17B-16E-Instruct-FP8", "Llama-4-Maverick-17B-128E-Instruct-FP8",
    }
)  # fmt: skip
