"""What a message says: one line of it, and a key that is equal for equal content.

Bodies are the JSON of any framework's messages. Ids, times and token counts change from message
to message without anything new being said, so the key leaves them out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from ..tracer.text import visible

#: Fields that differ between two messages that say the same.
VOLATILE = frozenset(
    {
        "id",
        "call_id",
        "created_at",
        "message_id",
        "models_usage",
        "request_id",
        "timestamp",
        "tool_call_id",
    }
)
_ENVELOPE = frozenset({"metadata", "source", "type"})  # of a message with content
_NOISE = re.compile(
    r'"(?:id|call_id|created_at|message_id|request_id|timestamp|tool_call_id)":\s*(?:"(?:[^"\\]|\\.)*"|[\d.]+)'
    r'|"models_usage":\s*\{[^{}]*\}'
)
_COMPARED = 1 << 16
_SENTENCE = 400

#: Where agent messages keep what they say, in the order they are asked.
_SPEAKING = (
    "content",
    "text",
    "chat_message",
    "response",
    "message",
    "messages",
    "result",
    "output",
    "task",
    "body",
    "data",
    "parts",
    "tool_calls",
    "function_call",
    "tool_responses",
)


_DEEP = 200
_BRACKETS = re.compile(r"[\[\]{}]")


def key(text: str) -> int:
    """A number that is equal for bodies that say the same (within this process)."""
    if len(text) > _COMPARED:
        text = f"{len(text)}{text[:_COMPARED]}"
    noisy = 'id":' in text or "_at" in text or "timestamp" in text or "models_usage" in text
    return hash(_NOISE.sub("", text) if noisy else text)  # most often there is none


def headline(text: str) -> str:
    """What a body says, on one line, safe to show."""
    return visible(_cut(_say(parsed(text)).strip()), newlines=False)


def parsed(text: str) -> object:
    """The value of a JSON text, or the text itself when it is none."""
    if _too_deep(text):
        return text
    try:
        return cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return text


def _too_deep(text: str) -> bool:
    """Whether brackets nest beyond what is worth taking apart. Python 3.13 would parse it."""
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEEP:
            return True
    return False


def _cut(text: str) -> str:
    flat = " ".join(text[: 2 * _SENTENCE].split())
    return flat[:_SENTENCE]


def _say(value: object) -> str:
    if isinstance(value, str):
        return blob(value) or value
    if isinstance(value, Mapping):
        return _say_mapping(cast("Mapping[str, object]", value))
    if isinstance(value, Sequence):
        return _say_items(cast("Sequence[object]", value))
    return "" if value is None else json.dumps(value)


def _say_mapping(value: Mapping[str, object]) -> str:
    if "arguments" in value and "name" in value:
        arguments = value["arguments"]
        inside = arguments if isinstance(arguments, str) else json.dumps(arguments)
        return f"{value['name']}({'' if inside == '{}' else inside})"
    for field in _SPEAKING:
        said = _say(value[field]) if value.get(field) not in (None, "", [], {}) else ""
        if said:
            name = value.get("name")
            tool = "call_id" in value or "tool_call_id" in value
            return f"{name} → {said}" if tool and isinstance(name, str) else said
    hidden = VOLATILE | _ENVELOPE if "content" in value else VOLATILE
    return " ".join(
        f"{name}={_short(inner)}"
        for name, inner in value.items()
        if name not in hidden and inner not in (None, "", [], {})
    )


def _say_items(values: Sequence[object]) -> str:
    if values and all(isinstance(v, Mapping) and "source" in v for v in values):
        return _say(values[-1])  # a thread of messages: the last one is the news
    said = [_say(value) for value in values[:5]]
    more = f" (+{len(values) - 5})" if len(values) > 5 else ""
    return ", ".join(text for text in said if text) + more


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return (blob(text) or text)[:60]


_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{256,}={0,2}\s*")
_MAGIC = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi0": "application/pdf",
    "UEsDB": "application/zip",
}


def blob(text: str) -> str | None:
    """`<image/png 1.2M>` for a data URI or base64 text, None for text that people read."""
    from .units import size

    if text.startswith("data:"):
        uri = _DATA_URI.match(text[:200])
        if uri:
            return f"<{uri.group(1) or 'data'} {size((len(text) - uri.end()) * 3 / 4)}>"
    if len(text) < 256 or not _BASE64.match(text[:400]) or not _BASE64.fullmatch(text):
        return None
    if text.isalpha() and (text.islower() or text.isupper()):
        return None  # one long word in one case, not an encoding
    kind = next((kind for magic, kind in _MAGIC.items() if text.startswith(magic)), "base64")
    return f"<{kind} {size(len(text) * 3 / 4)}>"


def inner_type(text: str) -> str:
    """The type of the one message that an envelope carries, "" when the body is no envelope."""
    if len(text) > _COMPARED or '"type"' not in text:
        return ""
    value = parsed(text)
    inner = cast("Mapping[str, object]", value).get("message") if isinstance(value, Mapping) else 0
    kind = cast("Mapping[str, object]", inner).get("type") if isinstance(inner, Mapping) else 0
    return visible(kind, newlines=False) if isinstance(kind, str) else ""


def speech(value: object) -> str:
    """All that a parsed body says, line breaks kept; raw, not yet safe to show."""
    return _say(value)
