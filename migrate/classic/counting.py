"""How many tokens texts and messages have, as v0.2's `count_token` says."""

from __future__ import annotations

import json
from typing import Any, cast

import tiktoken

COUNTED_BY = "gpt-3.5-turbo-0613"


def count_tokens(given: Any, model: str = COUNTED_BY) -> int:
    """Tokens of a text, a message or several; messages have three more each and for the answer."""
    try:
        encoding = tiktoken.encoding_for_model(model)
    except KeyError:
        encoding = tiktoken.get_encoding("cl100k_base")
    if isinstance(given, str):
        return len(encoding.encode(given))
    messages = cast("list[dict[str, Any]]", [given] if isinstance(given, dict) else given)
    count = 3
    for message in messages:
        told = {key: value for key, value in message.items() if value is not None}
        texts = [v if isinstance(v, str) else json.dumps(v, default=str) for v in told.values()]
        count += 3 + ("name" in told) + sum(len(encoding.encode(text)) for text in texts)
    return count
