"""What the agents that a project gets have of v0.2, and under which names."""

from __future__ import annotations

# v0.2's classes and functions, and who stands for them.
CLASSES = {
    "Agent": "ConversableAgent",
    "ConversableAgent": "ConversableAgent",
    "AssistantAgent": "AssistantAgent",
    "UserProxyAgent": "UserProxyAgent",
    "GroupChat": "GroupChat",
    "GroupChatManager": "GroupChatManager",
    "ChatResult": "ChatResult",
    "Cache": "Cache",
    "initiate_chats": "start_chats",
    "a_initiate_chats": "a_start_chats",
    "register_function": "register_function",
    "content_str": "content_text",
    "MultimodalConversableAgent": "MultimodalConversableAgent",
    "GPTAssistantAgent": "GPTAssistantAgent",
    "TransformMessages": "TransformMessages",
    "MessageHistoryLimiter": "MessageHistoryLimiter",
    "MessageTokenLimiter": "MessageTokenLimiter",
    "SocietyOfMindAgent": "SocietyOfMindAgent",
    "MathUserProxyAgent": "MathUserProxyAgent",
    "RetrieveUserProxyAgent": "RetrieveUserProxyAgent",
    "RetrieveAssistantAgent": "RetrieveAssistantAgent",
    "gather_usage_summary": "gather_usage",
    "extract_code": "extract_code",
    "execute_code": "execute_code",
    "infer_lang": "guessed",
    "ChromaVectorDB": "ChromaVectorDB",
    "TEXT_FORMATS": "TEXT_TYPES",
    "Teachability": "Teachability",
    "TextAnalyzerAgent": "TextAnalyzerAgent",
    "OpenAIWrapper": "OpenAIWrapper",
    "CodeExecutor": "ProgramExecutor",
    "CodeExtractor": "MarkdownCodeExtractor",
    "MarkdownCodeExtractor": "MarkdownCodeExtractor",
    "colored": "colored",
}
# Classes that come with a part of their own.
PARTS = {
    "MultimodalConversableAgent": "pictures",
    "GPTAssistantAgent": "assistants",
    "TransformMessages": "transforms",
    "MessageHistoryLimiter": "transforms",
    "MessageTokenLimiter": "transforms",
    "SocietyOfMindAgent": "society",
    "MathUserProxyAgent": "maths",
    "RetrieveUserProxyAgent": "retrieval",
    "RetrieveAssistantAgent": "retrieval",
    "gather_usage": "usage",
    "extract_code": "extract",
    "execute_code": "extract",
    "guessed": "code",
    "ChromaVectorDB": "retrieval",
    "TEXT_TYPES": "retrieval",
    "Teachability": "teaching",
    "TextAnalyzerAgent": "teaching",
    "OpenAIWrapper": "wrapper",
    "ProgramExecutor": "executors",
    "MarkdownCodeExtractor": "executors",
    "colored": "colored",
}
# What a part needs of the others.
NEEDS = {
    "society": {"groups", "tools"},
    "maths": {"code", "UserProxyAgent"},
    "retrieval": {"code", "UserProxyAgent", "AssistantAgent"},
    "executors": {"code"},
    "extract": {"code"},
}
# Classes of 0.7 that have the names v0.2 had.
SAME = {
    "LocalCommandLineCodeExecutor": "autogen_ext.code_executors.local",
    "DockerCommandLineCodeExecutor": "autogen_ext.code_executors.docker",
    "CodeBlock": "autogen_core.code_executor",
    "CodeResult": "autogen_core.code_executor",
}
METHODS = {
    "initiate_chat": "start_chat",
    "a_initiate_chat": "a_start_chat",
    "initiate_chats": "start_chats",
    "a_initiate_chats": "a_start_chats",
    "register_for_llm": "offer_tool",
    "register_for_execution": "run_tool",
    "register_reply": "add_reply",
    "register_nested_chats": "add_nested_chats",
    "register_hook": "add_hook",
    "register_model_client": "add_model_client",
    "generate_reply": "answer",
    "a_generate_reply": "a_answer",
    "last_message": "latest_message",
    "chat_messages_for_summary": "messages_to_summarize",
    "update_system_message": "set_system_message",
    "print_usage_summary": "print_usage",
    "_groupchat": "groupchat",
    "_check_update_context": "wants_more",
    "_generate_retrieve_user_reply": "retrieval_reply",
    "_is_termination_msg": "ends_chat",
}
KEYWORDS = {
    "llm_config": "model_config",
    "code_execution_config": "code_execution",
    "human_input_mode": "human_input",
    "is_termination_msg": "ends_chat",
    "max_consecutive_auto_reply": "reply_limit",
    "default_auto_reply": "fixed_reply",
    "function_map": "functions",
    "chat_messages": "history",
    "speaker_selection_method": "selection",
    "max_round": "rounds",
    "allow_repeat_speaker": "repeat",
    "allowed_or_disallowed_speaker_transitions": "transitions",
    "speaker_transitions_type": "transitions_type",
}
# A seed of a cache; of a configuration it keeps its name.
SEED = "cache_seed"
# Insides of v0.2 that the classes do not have.
ABSENT = frozenset(
    {
        "run_code", "execute_code_blocks", "_reply_func_list",
        "_append_oai_message", "_message_to_dict", "_oai_system_message",
        "_code_execution_config", "_reflection_with_llm", "select_speaker", "a_select_speaker",
        "run_chat", "a_run_chat", "_generate_oai_reply_from_client",
        "_process_carryover", "nested_agents",
        "select_speaker_msg", "clear_agents_history", "update_function_signature",
        "generate_code_execution_reply", "generate_tool_calls_reply",
        "generate_function_call_reply", "check_termination_and_human_reply",
        "a_generate_oai_reply", "a_execute_function", "_finished_chats",
        "_prepare_and_select_agents", "_print_chat_messages", "prepopulate_db",
    }
)  # fmt: skip
# What tells what models cost.
PRICED = frozenset({"gather_usage_summary", "OpenAIWrapper"})
