"""Message lists of foreign spans in the shape of the GenAI conventions.

[{"role": "assistant", "parts": [{"type": "text", "content": "..."}]}]; what is in that shape
already is kept byte by byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ..bodies import Body, Context
from .spans import Plain, as_dict, as_list, clean

MAX_PARSED: Final = 64 << 20  # characters of a message list that is taken apart

_encode = msgspec.json.Encoder(enc_hook=repr).encode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_plain = msgspec.json.Decoder().decode


def as_json(value: Plain) -> str:
    """A structured value as JSON text; text stays as it is."""
    if isinstance(value, str):
        return value
    try:
        return _encode(value).decode()
    except (msgspec.EncodeError, RecursionError, ValueError, OverflowError):
        return clean(repr(value))


def decoded(value: Plain) -> Plain:
    """A value that may be JSON text, decoded; text that is no JSON stays text."""
    if not isinstance(value, str) or value[:1] not in "{[" or len(value) > MAX_PARSED:
        return value
    try:
        return _plain(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return value


def message_list(value: Plain, role: str) -> list[Body]:
    """The messages of an attribute: JSON text or structured, of whatever shape, one body each.

    `role` is given to what has none.
    """
    if isinstance(value, str) and value[:1] == "[" and len(value) <= MAX_PARSED:
        kept = _as_written(value)
        if kept is not None:
            return kept
    value = decoded(value)
    items = as_list(value)
    if items is None:
        items = [value]
    return [Body(_encode(message(item, role))) for item in items if item not in (None, "")]


def _as_written(text: str) -> list[Body] | None:
    """The elements just as they stand, when all of them have the conventions' shape."""
    try:
        raw = [bytes(each) for each in _elements(text)]
        for each in raw:
            _shape(each)
            if b"\\u" in each:  # half of a surrogate pair is found by making the text
                _plain(each)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None
    return [Body(each) for each in raw]


class _Shaped(msgspec.Struct):
    """What a message of the conventions' shape has; its texts are looked at and not made."""

    role: msgspec.Raw
    parts: list[msgspec.Raw]


_shape = msgspec.json.Decoder(_Shaped).decode


def message(value: Plain, role: str) -> dict[str, Plain]:
    """One message in the conventions' shape."""
    fields = as_dict(value)
    if fields is None:
        return {"role": role, "parts": [text_part(value)]}
    inner = as_dict(fields.get("message"))
    if inner is not None and "content" not in fields and "parts" not in fields:
        fields = inner | {key: value for key, value in fields.items() if key != "message"}
    own = str(fields.get("role") or role)
    shaped: dict[str, Plain] = {"role": own, "parts": _parts(fields, own)}
    for key in ("name", "finish_reason"):
        if fields.get(key):
            shaped[key] = fields[key]
    return shaped


def _parts(fields: Mapping[str, Plain], role: str) -> list[Plain]:
    given = as_list(fields.get("parts"))
    if given is not None:
        return [_part(each) for each in given]
    parts: list[Plain] = []
    content = fields.get("content")
    if role == "tool":
        call = fields.get("tool_call_id") or fields.get("id")
        return [{"type": "tool_call_response", "id": call, "result": content}]
    pieces = as_list(content)
    if pieces is not None:
        parts += [_part(each) for each in pieces]
    elif content not in (None, ""):
        parts.append(text_part(content))
    parts += [_call(each) for each in as_list(fields.get("tool_calls")) or ()]
    if isinstance(fields.get("function_call"), dict):
        parts.append(_call(fields["function_call"]))
    if not parts and not any(key in fields for key in ("content", "tool_calls")):
        rest = {key: value for key, value in fields.items() if key != "role"}
        if rest:
            parts.append(text_part(rest))
    return parts


def text_part(content: Plain) -> dict[str, Plain]:
    """A part that is text."""
    return {"type": "text", "content": content if isinstance(content, str) else as_json(content)}


def _part(value: Plain) -> Plain:
    fields = as_dict(value)
    if fields is None:
        return text_part(value)
    kind = fields.get("type")
    if kind in ("text", "input_text", "output_text", None) and "text" in fields:
        return text_part(fields["text"])
    if kind in ("tool_use", "function"):
        return _call(fields)
    if kind == "tool_result":
        call = fields.get("tool_use_id")
        return {"type": "tool_call_response", "id": call, "result": fields.get("content")}
    return fields


def _call(value: Plain) -> Plain:
    fields = as_dict(value)
    if fields is None:
        return text_part(value)
    named = as_dict(fields.get("function")) or fields
    arguments = named.get("arguments", named.get("input"))
    return {
        "type": "tool_call",
        "id": fields.get("id") or fields.get("call_id"),
        "name": named.get("name"),
        "arguments": decoded(arguments),
    }


def context(owner: str, messages: list[Body]) -> Context:
    """A model request: requests of one owner share what they have in common."""
    return Context(owner, messages)


def joined(messages: list[Body]) -> Body:
    """One body of a list of messages."""
    return Body(b"[" + b",".join(each.data for each in messages) + b"]")
