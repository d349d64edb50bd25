"""AutoGen's messages in the GenAI convention's shape: role and parts, one body a message.

Conversation histories are sent to the model again and again, so the body of a message that did not
change is made once: texts cannot change in place, so a message whose content is the same object is
the same message. Lists can; they are converted each time.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable
from typing import Any, Final

from ...tracer.bodies import Body, snapshot

Part = dict[str, Any]

_ROLES: Final = {
    "SystemMessage": "system",
    "UserMessage": "user",
    "AssistantMessage": "assistant",
    "FunctionExecutionResultMessage": "tool",
}


class _Known(weakref.ref[Any]):
    """A message and its body; it tells when the message's id is free again. One object, as there is
    one for each message of every history, for the garbage collector to walk through."""

    __slots__ = ("body", "content", "key", "thought")
    key: int
    content: str
    thought: object
    body: Body


_known: dict[int, _Known] = {}  # by the message's id


def _forget(known: _Known) -> None:
    _known.pop(known.key, None)


def model_message(message: Any) -> Body:
    """The body of one message of a model request (autogen_core's LLMMessage)."""
    known = _known.get(id(message))
    if known is not None and known() is message:
        fields = message.__dict__  # asking a pydantic model for a field is slow
        if fields.get("content") is known.content and fields.get("thought") is known.thought:
            return known.body
    fields = getattr(message, "__dict__", None)
    if fields and "content" in fields:
        content, thought = fields["content"], fields.get("thought")
        body = snapshot(_model_shape(message, content, thought, fields.get("source")))
        if isinstance(content, str):
            _remember(message, content, thought, body)
        return body
    content, thought = getattr(message, "content", None), getattr(message, "thought", None)
    return snapshot(_model_shape(message, content, thought, getattr(message, "source", None)))


def _remember(message: Any, content: str, thought: object, body: Body) -> None:
    try:
        known = _Known(message, _forget)
    except TypeError:
        return
    known.key, known.content, known.body = id(message), content, body
    known.thought = thought
    _known[known.key] = known


def _model_shape(message: Any, content: Any, thought: object, source: object) -> dict[str, Any]:
    role = _ROLES.get(type(message).__name__, "user")
    shape: dict[str, Any] = {"role": role, "parts": parts(content)}
    if thought:
        shape["parts"].insert(0, {"type": "reasoning", "content": thought})
    if source:
        shape["name"] = source
    return shape


def parts(content: Any) -> list[Part]:
    """The parts of a content: text, images, tool calls and their results."""
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    if isinstance(content, list | tuple):
        return [_part(item) for item in content]  # pyright: ignore[reportUnknownVariableType]  AutoGen's content types
    return [_part(content)]


def _part(item: Any) -> Part:
    if isinstance(item, str):
        return {"type": "text", "content": item}
    if hasattr(item, "call_id"):
        part: Part = {"type": "tool_call_response", "id": item.call_id, "result": item.content}
        if getattr(item, "name", None):
            part["name"] = item.name
        if getattr(item, "is_error", None):
            part["is_error"] = True
        return part
    if hasattr(item, "arguments") and hasattr(item, "name"):
        return {
            "type": "tool_call",
            "id": item.id,
            "name": item.name,
            "arguments": arguments(item.arguments),
        }
    if hasattr(item, "to_base64"):
        size = getattr(getattr(item, "image", None), "size", None)
        return {"type": "blob", "modality": "image", "content": item.to_base64(), "size": size}
    return {"type": "generic", "content": item}


def arguments(text: Any) -> Any:
    """A tool call's arguments as an object where they are valid JSON, as they came otherwise."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def answer(result: Any) -> Body:
    """The body of a model's answer (autogen_core's CreateResult)."""
    said = parts(result.content) if result.content else []
    if result.thought:
        said.insert(0, {"type": "reasoning", "content": result.thought})
    reason = result.finish_reason
    return snapshot([{"role": "assistant", "parts": said, "finish_reason": reason}])


def chat_message(message: Any, role: str) -> Body:
    """The body of a message or event of AgentChat."""
    content = getattr(message, "content", None)
    if isinstance(content, str | list | tuple):
        shaped = parts(content)
    elif hasattr(message, "to_text"):
        shaped = [{"type": "text", "content": message.to_text()}]
    else:
        shaped = parts(content)
    return snapshot(
        {
            "role": role,
            "name": getattr(message, "source", ""),
            "parts": shaped,
            "message_type": type(message).__name__,
            "message_id": getattr(message, "id", ""),
        }
    )


def tool_definitions(tools: Iterable[Any]) -> Body:
    """The body that lists the tools offered to a model."""
    return snapshot([_definition(tool) for tool in tools])


_schemas: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def _definition(tool: Any) -> dict[str, Any]:
    if isinstance(tool, dict):
        return {"type": "function", **tool}
    try:
        schema = _schemas.get(tool)
        if schema is None:
            schema = _schemas[tool] = tool.schema
    except TypeError:
        schema = tool.schema
    return {"type": "function", **schema}
