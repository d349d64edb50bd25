"""How model servers say that a request does not fit into the model's context window.

There is no common code for it: each server has a sentence of its own, and some have changed theirs.
What is put here is the part of each sentence that does not vary. A server that throttles also
speaks of too many tokens, and means those of the last minute.
"""

from __future__ import annotations

import re
from typing import Final

_OVERFLOW: Final = re.compile(
    "|".join(
        (
            # codes and classes: OpenAI and those that copy it, llama.cpp, LiteLLM, Anthropic
            r"context_length_exceeded|exceed_context_size|ContextWindowExceeded",
            r"model_context_window_exceeded",
            # OpenAI, Azure, vLLM, OpenRouter, DeepSeek, Mistral, SGLang, xAI
            r"maximum (?:context|prompt) length|maximum model length",
            r"exceeds? the (?:available |model'?s? )?context (?:window|size|length|limit)",
            r"context (?:window|length|size) (?:is )?exceed|exceeds? (?:max\w* )?context",
            r"longer than the (?:maximum )?(?:model|context)",
            r"(?:input )?tokens exceed the configured limit",
            # Anthropic, Bedrock, Ollama, vLLM
            r"(?:prompt|input) (?:\(.{1,40}\) )?(?:is )?too long",
            r"input length and .max_tokens. exceed",
            # Gemini, Vertex
            r"input token count\b.{0,40}\bexceeds|input token count is \d+ but",
            # Text Generation Inference, Together; Cohere, Bedrock; Mistral; Moonshot; LM Studio
            r"max_new_tokens. must be <=|too many (?:input )?tokens\b",
            r"too large for model with|exceeded model token limit|context (?:the )?overflows",
            r"length of all messages is too long|Range of input length should be",
        )
    ),
    re.IGNORECASE,
)
_THROTTLED: Final = re.compile(
    r"throttl|rate.?limit|per (?:minute|day)|too many requests|please wait", re.IGNORECASE
)


def overflows(text: str) -> bool:
    """Whether an error's text says that the request was too long for the model.

    >>> overflows("prompt is too long: 205148 tokens > 200000 maximum")
    True
    >>> overflows("ThrottlingException: Too many tokens, please wait before trying again.")
    False
    """
    return _OVERFLOW.search(text) is not None and _THROTTLED.search(text) is None
