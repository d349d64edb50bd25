"""How servers say that a request was too long, and what only sounds like it."""

from __future__ import annotations

import pytest

from agentloupe.tracer.overflow import overflows

#: By server, each with numbers of our own.
TOO_LONG = {
    "openai": "maximum context length is 8192 tokens. However, your messages resulted in 9011",
    "openai, responses": "Your input exceeds the context window of this model.",
    "openai, code": "{'code': 'context_length_exceeded', 'param': 'messages'}",
    "azure": "Input tokens exceed the configured limit of 272000 tokens.",
    "anthropic": "prompt is too long: 205148 tokens > 200000 maximum",
    "anthropic, with an answer": "input length and `max_tokens` exceed context limit: 190000",
    "bedrock": "Input is too long for requested model.",
    "gemini": "The input token count (1054016) exceeds the maximum number of tokens.",
    "vertex": "the input token count is 40112 but the model supports up to 32768",
    "ollama": "prompt too long; exceeded max context length by 311 tokens",
    "ollama, input": "the input length exceeds the context length",
    "llama.cpp": "the request exceeds the available context size, try increasing it",
    "llama.cpp, type": "'type': 'exceed_context_size_error', 'n_ctx': 2048",
    "vllm": "The decoder prompt (length 5021) is longer than the maximum model length of 4096.",
    "vllm, older": "The prompt (total length 5021) is too long to fit into the model",
    "sglang": "The input (5021 tokens) is longer than the model's context length (4096 tokens).",
    "mistral": "Prompt contains 40112 tokens, too large for model with a window of 32768",
    "xai": "This model's maximum prompt length is 131072 but the request contains 140112 tokens.",
    "moonshot": "Your request exceeded model token limit: 8192",
    "tgi": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5021",
    "litellm": "litellm.ContextWindowExceededError: ",
}
OTHER = [
    "ThrottlingException: Too many tokens, please wait before trying again.",
    "Rate limit reached: request too large, limit 30000 tokens per minute, too many tokens",
    "Error code: 400 - tools.0.input is not valid",
    "create() got an unexpected keyword argument 'context_length'",
    "the model's answer is too long to be shown",
    "Connection error.",
]


@pytest.mark.parametrize("server", TOO_LONG)
def test_a_request_that_is_too_long(server: str) -> None:
    assert overflows(TOO_LONG[server])


@pytest.mark.parametrize("text", OTHER)
def test_what_only_sounds_like_it(text: str) -> None:
    assert not overflows(text)
