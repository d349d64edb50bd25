"""What went wrong with a model call, in one word for all clients.

Each client library has its own exceptions, and services their own codes for the same thing. Told
apart here by the class's name, the HTTP status and the code or text of the answer, so that nobody
who reads a trace has to know them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...tracer.overflow import overflows

RATE_LIMIT: Final = "rate limit"
TIMEOUT: Final = "timeout"
CONTENT_FILTER: Final = "content filter"
CONTEXT_OVERFLOW: Final = "context overflow"
REFUSED: Final = "refused"  # key or rights
UNREACHABLE: Final = "unreachable"
SERVER: Final = "server error"
MALFORMED_CALL: Final = "malformed call"  # a tool call whose arguments are no JSON object
CUT_OFF: Final = "cut off"  # the answer reached its limit of tokens
EMPTY: Final = "empty answer"

_FILTERED: Final = re.compile(r"content[_ ]filter|content management policy|content_policy")


def of_error(error: BaseException) -> str | None:
    """What an exception of a client means; None for what is none of these."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        found = _of(current)
        if found is not None:
            return found
        current = current.__cause__ or current.__context__
    return None


def _of(error: BaseException) -> str | None:
    name = type(error).__name__
    status: object = getattr(error, "status_code", None)
    text = f"{getattr(error, 'code', '')} {error}"[:2000]
    if overflows(text):
        return CONTEXT_OVERFLOW
    if _FILTERED.search(text) or "ContentFilter" in name:
        return CONTENT_FILTER
    if status == 429 or "RateLimit" in name:
        return RATE_LIMIT
    if "Timeout" in name or status in (408, 504):
        return TIMEOUT
    if status in (401, 403):
        return REFUSED
    if isinstance(status, int) and status >= 500:
        return SERVER
    if "Connect" in name or "Connection" in name:
        return UNREACHABLE
    return None


def of_result(result: Any) -> str | None:
    """What is wrong with an answer (autogen_core's CreateResult); None when nothing is."""
    reason = str(getattr(result, "finish_reason", ""))
    content: Any = getattr(result, "content", None)
    if reason == "content_filter":
        return CONTENT_FILTER
    if isinstance(content, list) and any(not _well_formed(call) for call in content):  # pyright: ignore[reportUnknownVariableType]  AutoGen's calls
        return MALFORMED_CALL
    if reason == "length":
        return CUT_OFF
    if content in ("", None, []) and not getattr(result, "thought", None):
        return EMPTY
    return None


def of_said(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """What is wrong with an answer in the conventions' shape; None when nothing is."""
    parts = [part for message in messages for part in message["parts"]]
    reasons = {message.get("finish_reason") for message in messages}
    calls = [part.get("arguments") for part in parts if part["type"] == "tool_call"]
    if "content_filter" in reasons:
        return CONTENT_FILTER
    if any(not isinstance(given, Mapping) and given not in (None, "") for given in calls):
        return MALFORMED_CALL
    if "length" in reasons:
        return CUT_OFF
    return EMPTY if messages and not parts else None


def _well_formed(call: Any) -> bool:
    given = getattr(call, "arguments", None)
    if not isinstance(given, str) or not given.strip():
        return True  # a call without arguments may have none at all
    try:
        return isinstance(json.loads(given), dict)
    except ValueError:
        return False
