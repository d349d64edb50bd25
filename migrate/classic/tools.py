"""Functions that models ask for: how they are described, and how they are run."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter

from .talking import Message, call, call_apart


# region tools
def hints_of(function: Any, *, extras: bool) -> dict[str, Any]:
    """Annotations of a function, of a part of one, or of an object that can be called."""
    made = function.func if isinstance(function, functools.partial) else function
    if not (inspect.isroutine(made) or inspect.isclass(made)):
        made = type(made).__call__
    return get_type_hints(made, include_extras=extras)


def function_schema(function: Any, name: str | None, description: str | None) -> dict[str, Any]:
    """What a model is told of a function, from its annotations."""
    function.tool_name = name or getattr(function, "tool_name", None) or function.__name__
    function.tool_description = description or getattr(function, "tool_description", "")
    hints = hints_of(function, extras=True)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            if parameter.default is parameter.empty:
                raise TypeError(f"the parameter {parameter.name!r} of a tool has no annotation")
            continue  # the model is not told of it
        hint = hints[parameter.name]
        schema = TypeAdapter(hint).json_schema()
        texts = [each for each in get_args(hint)[1:] if isinstance(each, str)]
        schema["description"] = (
            texts[0] if get_origin(hint) is Annotated and texts else parameter.name
        )
        if parameter.default is parameter.empty:
            required.append(parameter.name)
        else:
            schema["default"] = parameter.default
        properties[parameter.name] = schema
    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "name": function.tool_name,
        "description": function.tool_description,
        "parameters": parameters,
    }


def with_json_result(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with models made of its arguments, and a result that is text."""
    hints = hints_of(function, extras=False)
    models = {
        key: hint
        for key, hint in hints.items()
        if inspect.isclass(hint) and issubclass(hint, BaseModel)
    }

    @functools.wraps(function)
    async def run(*args: Any, **given: Any) -> str:
        read = {
            key: models[key].model_validate(value)
            if key in models and not isinstance(value, BaseModel)
            else value
            for key, value in given.items()
        }
        result = await call(function, *args, **read)
        if isinstance(result, BaseModel):
            return result.model_dump_json()
        return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)

    return run


def register_function(
    f: Any, *, caller: Any, executor: Any, name: str | None = None,
    description: str | None,
) -> None:  # fmt: skip
    """One agent's model may ask for the function, another one runs it."""
    caller.offer_tool(name=name, description=description)(f)
    executor.run_tool(name=name)(f)


# endregion tools
async def call_function(agent: Any, wanted: Message) -> tuple[bool, Message]:
    """Run a function that a model asked for; an error is an answer for the model as well."""
    name, done = wanted.get("name", ""), False
    function = agent.function_map.get(name)
    if function is None:
        content: Any = f"Error: Function {name} not found."
    else:
        try:
            arguments = json.loads(wanted.get("arguments") or "{}", strict=False)
        except json.JSONDecodeError as error:
            content = f"Error: {error}\n The argument must be in JSON format."
        else:
            try:
                content = await call_apart(function, **arguments)
                done = True
            except Exception as error:
                content = f"Error: {error}"
    return done, {"name": name, "role": "function", "content": str(content)}


async def tool_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    """Runs what the last message asks for."""
    own = agent.execute_function.__qualname__ != "Participant.execute_function"

    async def run(wanted: Message) -> Message:
        if own:
            return (await call(agent.execute_function, wanted))[1]
        return (await call_function(agent, wanted))[1]

    if messages[-1].get("function_call"):
        return True, await run(messages[-1]["function_call"])
    calls: list[Message] = messages[-1].get("tool_calls") or []
    results: list[Message] = [
        {
            "tool_call_id": each.get("id"),
            "role": "tool",
            "content": (await run(each.get("function") or {})).get("content") or "",
        }
        for each in calls
    ]
    if not results:
        return False, None
    text = "\n\n".join(str(each["content"]) for each in results)
    return True, {"role": "tool", "tool_responses": results, "content": text}
