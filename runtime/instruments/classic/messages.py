"""v0.2's messages (dictionaries in OpenAI's shape, or texts) as bodies.

A delivered message is shown as it is, with its sender as `source`; of a message that carries the
results of several tools, the concatenation of the same results is left out. Messages of a model
request take the shape of the GenAI convention, like those of 0.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ....tracer.bodies import Body, snapshot
from ..messages import Part, arguments
from .naming import is_mapping

TEXT: Final = "text"
REQUESTS: Final = 8_192  # messages of requests whose bodies are remembered

Message = Mapping[str, Any]


def kind_of(message: Any) -> str:
    """What stands for a message's type: "text", "tool_calls", "function_call", "tool_responses"."""
    if not is_mapping(message):
        return TEXT
    if message.get("tool_responses"):
        return "tool_responses"
    if message.get("role") in ("function", "tool"):
        return "function_response"
    if message.get("content") in (None, "", "None"):  # AG2 makes a text of nothing
        for kind in ("tool_calls", "function_call"):
            if message.get(kind):
                return kind
    return TEXT


def message_body(message: Any, sender: str) -> Body:
    """The body of a message that `sender` posted."""
    if not is_mapping(message):
        return snapshot({"source": sender, "content": message})
    shown: dict[str, Any] = {"source": sender}
    for key, value in message.items():
        if key == "tool_calls" and value:
            shown[key] = [_call(call) for call in value]
        elif key == "function_call" and value:
            shown[key] = {"type": "tool_call", **value} if is_mapping(value) else value
        elif key == "tool_responses" and value:
            shown[key] = [_response(response) for response in value]
        elif key == "content" and message.get("tool_responses") and message.get("role") == "tool":
            continue  # the responses again
        elif key != "name" or value != sender:
            shown[key] = value
    return snapshot(shown)


def _call(call: Any) -> Any:
    function: Any = call.get("function") if is_mapping(call) else None
    if not is_mapping(function):
        return call
    return {"type": "tool_call", "id": call.get("id"), **function}


def _response(response: Any) -> Any:
    if not is_mapping(response):
        return response
    return {
        "type": "tool_call_response",
        "id": response.get("tool_call_id"),
        "result": response.get("content"),
    }


# -- model requests ----------------------------------------------------------------------------
#: Bodies by the hash of what a message holds: nothing of the program's is kept alive by it.
_known: dict[int, Body] = {}


def request_message(message: Any) -> Body:
    """The body of one message of a model request, made once as long as it does not change.

    Histories are sent again and again, by several agents. A message is known by the hash of its
    keys and values, which texts remember of themselves. Values that can change unseen, lists and
    dictionaries, have none: such messages are converted each time.
    """
    if not isinstance(message, dict):
        return snapshot(_request_shape(message))
    try:
        state = hash(tuple(message.items()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  of anything
    except TypeError:
        return snapshot(_request_shape(message))
    body = _known.get(state)
    if body is None:
        body = snapshot(_request_shape(message))
        if len(_known) >= REQUESTS:
            del _known[next(iter(_known))]
        _known[state] = body
    return body


def _request_shape(message: Any) -> Any:
    if not is_mapping(message):
        return {"role": "user", "parts": [{"type": "text", "content": message}]}
    role = str(message.get("role", "user"))
    shape: dict[str, Any] = {"role": role, "parts": _request_parts(message, role)}
    name = message.get("name")
    if name:
        shape["name"] = name
    return shape


def _request_parts(message: Message, role: str) -> list[Part]:
    content = message.get("content")
    if role in ("tool", "function"):
        call_id = message.get("tool_call_id") or message.get("name")
        return [{"type": "tool_call_response", "id": call_id, "result": content}]
    return [*content_parts(content), *_call_parts(message)]


def content_parts(content: Any) -> list[Part]:
    """The parts of a content: a text, or a list of texts and images."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    if isinstance(content, list | tuple):
        return [_content_part(item) for item in content]  # pyright: ignore[reportUnknownVariableType]  the program's own
    return [{"type": "generic", "content": content}]


def _content_part(item: Any) -> Part:
    if is_mapping(item):
        if item.get("type") == "text":
            return {"type": "text", "content": item.get("text")}
        image = item.get("image_url")
        if image is not None:
            url = image.get("url") if is_mapping(image) else image
            return {"type": "uri", "modality": "image", "uri": url}
    return {"type": "generic", "content": item}


def _call_parts(message: Any) -> list[Part]:
    """The tool calls of a message, be it a dictionary or an object of the OpenAI library."""
    found: list[Part] = []
    for call in _of(message, "tool_calls") or ():
        function = _of(call, "function")
        if function is not None:
            found.append(_call_part(function, _of(call, "id")))
    function = _of(message, "function_call")
    if function:
        found.append(_call_part(function, None))
    return found


def _call_part(function: Any, call_id: Any) -> Part:
    part: Part = {"type": "tool_call", "name": _of(function, "name")}
    if call_id is not None:
        part["id"] = call_id
    part["arguments"] = arguments(_of(function, "arguments"))
    return part


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if is_mapping(thing) else getattr(thing, name, None)


# -- answers -----------------------------------------------------------------------------------
def answers(response: Any) -> list[dict[str, Any]]:
    """What a model said, one message for each choice."""
    said: list[dict[str, Any]] = []
    for choice in getattr(response, "choices", None) or ():
        message: Any = getattr(choice, "message", None)
        if message is None:  # a completion of the old kind
            shown = content_parts(getattr(choice, "text", None))
        else:
            shown = [*content_parts(_of(message, "content")), *_call_parts(message)]
        answer: dict[str, Any] = {"role": "assistant", "parts": shown}
        reason = getattr(choice, "finish_reason", None)
        if reason:
            answer["finish_reason"] = reason
        said.append(answer)
    return said
