"""Reads how functions are given to speakers: decorators, calls, and the older maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from .known import TOOL_METHODS
from .model import Obstacle, Speaker, Tool
from .syntax import keyword, string

if TYPE_CHECKING:
    from .reader import Reader


@dataclass(frozen=True, slots=True)
class _Registration:
    """One ``speaker.register_for_…(…)``."""

    speaker: Speaker
    for_model: bool
    call: cst.Call
    node: cst.CSTNode


def read_tools(reader: Reader) -> None:
    for function in reader.source.find(cst.FunctionDef):
        _read_decorators(reader, function)
    for call in reader.source.find(cst.Call):
        if reader.tail(call.func) == "register_function":
            _read_register_function(reader, call)
        elif isinstance(reader.source.parent(call), cst.Expr):
            _read_call_style(reader, call)
    for speaker in reader.program.speakers:
        _merge_repeated(reader, speaker)
    _read_unfinished(reader)


def _registration(reader: Reader, call: cst.CSTNode, node: cst.CSTNode) -> _Registration | None:
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if call.func.attr.value not in TOOL_METHODS:
        return None
    speaker = reader.speaker(call.func.value)
    if speaker is None:
        return None
    reader.claim(call.func.value)
    return _Registration(speaker, call.func.attr.value == "register_for_llm", call, node)


def _read_decorators(reader: Reader, function: cst.FunctionDef) -> None:
    found = [
        registration
        for decorator in reversed(function.decorators)
        if (registration := _registration(reader, decorator.decorator, decorator))
    ]
    if found:
        _add(reader, function, found)


def _add(
    reader: Reader,
    function: cst.FunctionDef | cst.BaseExpression,
    found: list[_Registration],
) -> None:
    """One tool a caller; name and description carry over from the innermost registration."""
    name: cst.BaseExpression | None = None
    description: cst.BaseExpression | None = None
    executors = [item for item in found if not item.for_model]
    callers = [item for item in found if item.for_model]
    for item in callers:
        own_name, own_text = keyword(item.call, "name"), keyword(item.call, "description")
        name = own_name.value if own_name else name
        description = own_text.value if own_text else description
        tool = _tool(reader, function, item.speaker, name, description)
        tool.executor = executors[0].speaker if executors else None
        tool.registrations.append(item.node)
        tool.registrations.extend(other.node for other in executors)
        reader.program.tools.append(tool)
        item.speaker.tools.append(tool)
    if not callers:
        tool = _tool(reader, function, None, None, None)
        tool.executor = executors[0].speaker
        tool.registrations.extend(item.node for item in executors)
        reader.program.tools.append(tool)
    for item in executors:
        item.speaker.runs.append(reader.program.tools[-1])


def _tool(
    reader: Reader,
    function: cst.FunctionDef | cst.BaseExpression,
    caller: Speaker | None,
    name: cst.BaseExpression | None,
    description: cst.BaseExpression | None,
) -> Tool:
    return Tool(
        function=function,
        caller=caller,
        executor=None,
        name=string(name),
        description=string(description),
        name_code=reader.source.code(name) if name is not None else "",
        description_code=_text(reader, description),
    )


def _text(reader: Reader, description: cst.BaseExpression | None) -> str:
    """Source code of a description; a docstring may be None, which 0.7 does not take."""
    if description is None:
        return ""
    code = reader.source.code(description)
    doc = isinstance(description, cst.Attribute) and description.attr.value == "__doc__"
    return f'{code} or ""' if doc else code


def _read_register_function(reader: Reader, call: cst.Call) -> None:
    parts = {name: keyword(call, name) for name in ("f", "caller", "executor")}
    function = parts["f"].value if parts["f"] else None
    if function is None and call.args and call.args[0].keyword is None:
        function = call.args[0].value
    caller = reader.speaker(parts["caller"].value) if parts["caller"] else None
    executor = reader.speaker(parts["executor"].value) if parts["executor"] else None
    statement = reader.source.parent(call)
    if (
        function is None
        or caller is None
        or executor is None
        or not isinstance(statement, cst.Expr)
    ):
        obstacle = Obstacle("MIG040", call, "caller or executor of this tool is not known here")
        reader.claim(call.func)
        reader.program.strays.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
        return
    reader.claim(call.func, parts["caller"] and parts["caller"].value)
    reader.claim(parts["executor"] and parts["executor"].value)
    name, text = keyword(call, "name"), keyword(call, "description")
    tool = _tool(
        reader, function, caller, name.value if name else None, text.value if text else None
    )
    tool.executor = executor
    tool.registrations.append(statement)
    reader.program.tools.append(tool)
    caller.tools.append(tool)
    executor.runs.append(tool)


def _read_call_style(reader: Reader, call: cst.Call) -> None:
    """``a.register_for_llm(…)(f)`` and the same around another registration."""
    found: list[_Registration] = []
    current: cst.BaseExpression = call
    statement = reader.source.parent(call)
    while isinstance(current, cst.Call) and isinstance(current.func, cst.Call):
        item = _registration(reader, current.func, statement or call)
        if item is None or len(current.args) != 1:
            return
        found.append(item)
        current = current.args[0].value
    if not found:
        return
    if len(found) == 1 and _join(reader, found[0], current):
        return
    _add(reader, current, list(reversed(found)))


def _join(reader: Reader, item: _Registration, function: cst.BaseExpression) -> bool:
    """A registration of a function that another statement already registered."""
    code = reader.source.code(function)
    joined = False
    for tool in reader.program.tools:
        same = isinstance(tool.function, cst.BaseExpression) and (
            reader.source.code(tool.function) == code
        )
        if not same:
            continue
        if not item.for_model and tool.executor is None:
            tool.executor = item.speaker
        elif item.for_model and tool.caller is None:
            name, text = keyword(item.call, "name"), keyword(item.call, "description")
            tool.caller = item.speaker
            tool.name = string(name.value) if name else None
            tool.name_code = reader.source.code(name.value) if name else ""
            tool.description_code = _text(reader, text.value if text else None)
            item.speaker.tools.append(tool)
        else:
            continue
        if not item.for_model:
            item.speaker.runs.append(tool)
        if item.node not in tool.registrations:
            tool.registrations.append(item.node)
        joined = True
    return joined


def _merge_repeated(reader: Reader, caller: Speaker) -> None:
    """A tool that is registered again under its name takes the place of the earlier one."""
    seen: dict[str, Tool] = {}
    for tool in list(caller.tools):
        function = tool.function
        own = (
            function.name.value
            if isinstance(function, cst.FunctionDef)
            else reader.source.code(function)
        )
        name = own if not tool.name_code else tool.name
        earlier = seen.get(name) if name is not None else None
        if name is not None:
            seen[name] = tool
        if earlier is None:
            continue
        tool.registrations[:0] = earlier.registrations
        tool.executor = tool.executor or earlier.executor
        caller.tools.remove(earlier)
        reader.program.tools.remove(earlier)
        if earlier.executor is not None:
            earlier.executor.runs.remove(earlier)
            if tool not in earlier.executor.runs and tool.executor is earlier.executor:
                earlier.executor.runs.append(tool)


def _read_unfinished(reader: Reader) -> None:
    """A tool nobody may call, or that nobody runs, is not one this rule can place."""
    for tool in reader.program.tools:
        node = tool.registrations[0]
        if tool.caller is None and tool.executor is not None:
            text = "a function is registered for execution but no agent may call it"
            tool.executor.obstacles.append(Obstacle("MIG040", node, text))
        elif tool.executor is None and tool.caller is not None:
            text = "no agent runs this tool in v0.2; in 0.7 the caller would"
            tool.caller.obstacles.append(Obstacle("MIG040", node, text))
        if tool.caller is not None and any(
            _only_sometimes(reader, each, tool.caller) for each in tool.registrations
        ):
            text = "is registered under a condition; in 0.7 an agent is made with its tools"
            tool.caller.obstacles.append(Obstacle("MIG040", node, text))


def _only_sometimes(reader: Reader, node: cst.CSTNode, caller: Speaker) -> bool:
    """Whether a branch or a loop stands around a registration that its caller is not in."""
    around = {id(outer) for outer in reader.source.ancestors(caller.call)}
    for outer in reader.source.ancestors(node):
        if id(outer) in around:
            return False
        if isinstance(outer, cst.If) and "__name__" in reader.source.code(outer.test):
            continue
        if isinstance(outer, cst.If | cst.Else | cst.For | cst.While | cst.Try | cst.ExceptHandler):
            return True
    return False
