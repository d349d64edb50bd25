"""Reading bodies: the text a message carries, and tool arguments in one canonical form."""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec
from msgspec import Struct

#: Keys of message classes that say something about the message and nothing in it.
_ABOUT: Final = frozenset(
    {
        "id",
        "source",
        "models_usage",
        "metadata",
        "created_at",
        "type",
        "call_id",
        "message_id",
        "full_message_id",
        "correlation_id",
        "finish_reason",
        "role",
        "logprobs",
        "usage",
        "thought",
        "inner_messages",
    }
)
_CAP: Final = 1 << 16  # of a body that is read as JSON; longer ones are taken as text
_KEEP: Final = 4096  # characters of a text that are compared: its head and its tail
DEEP: Final = 12  # levels of a body that are looked into
#: Parts that are calls: these come from their own spans.
_CALLS: Final = ("tool_call", "tool_call_response", "function_call")
_encode = msgspec.json.Encoder(order="deterministic").encode


def _decode(text: str) -> object:
    if len(text) > _CAP or text[:1] not in '{["':
        return text
    try:
        return cast(object, msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text


def clip(text: str) -> str:
    """The part of a text that is compared: all of it, or head and tail of a long one."""
    if len(text) <= _KEEP:
        return text
    return f"{text[: _KEEP * 3 // 4]} ... {text[-_KEEP // 4 :]}"


def canonical(text: str) -> str:
    """JSON with sorted keys and no blanks; anything else as it is."""
    value = _decode(text)
    if isinstance(value, str):
        return clip(value.strip())
    return clip(_encode(value).decode())


def said(text: str, *, envelope: bool = False) -> str:
    """The text that a message's body carries, "" when it carries none.

    `envelope`: the body wraps a message of AgentChat; what lies beside it does not count.
    """
    if text[:2] == "[{" and len(text) <= _CAP:
        try:
            return clip(_joined(_messages(text)))
        except (msgspec.MsgspecError, UnicodeEncodeError):
            pass  # it is something else
    value = _decode(text)
    if envelope:
        value = _opened(value)
    return clip(_text(value))


class _Part(Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    content: str


class _Message(Struct, forbid_unknown_fields=True, gc=False):
    """What most messages are, read in a third of the time that any other takes."""

    role: str
    parts: list[_Part]
    finish_reason: str | None = None


_messages = msgspec.json.Decoder(list[_Message]).decode


def _joined(messages: list[_Message]) -> str:
    if len(messages) == 1 and len(messages[0].parts) == 1:
        return messages[0].parts[0].content.strip()
    parts = [part.content.strip() for message in messages for part in message.parts]
    return "\n".join(filter(None, parts))


def _opened(value: object) -> object:
    """The chat message inside an AgentChat envelope."""
    if not isinstance(value, dict):
        return value
    fields = cast(dict[str, object], value)
    for key in ("response", "chat_message", "message", "messages"):
        inner = fields.get(key)
        if inner is not None:
            return _opened(inner)
    return fields


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    parts: list[str] = []
    _gather(value, parts, 0)
    return "\n".join(parts).strip()


def _gather(value: object, parts: list[str], depth: int) -> None:
    """Put the texts in a value into `parts`."""
    if isinstance(value, str):
        if part := value.strip():
            parts.append(part)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        parts.append(f"{value:g}" if isinstance(value, float) else str(value))
    elif depth > DEEP:
        return
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            _gather(item, parts, depth + 1)
    elif isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if fields.get("type") not in _CALLS:
            for key, inner in fields.items():
                if key not in _ABOUT:
                    _gather(inner, parts, depth + 1)


def heard(text: str) -> str:
    """What a user said last in a model request (an array of messages, or its last one), "" if not.

    >>> heard('[{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]')
    'Hello'
    """
    value = _decode(text)
    last = cast(list[object], value)[-1:] if isinstance(value, list) else [value]
    if not last or not isinstance(last[0], dict):
        return ""
    message = cast(dict[str, object], last[0])
    if message.get("role") != "user":
        return ""
    return clip(_text(message))
