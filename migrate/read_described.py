"""Reads functions described by hand: ``llm_config["functions"]`` and the maps that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Group, Obstacle, Speaker, Tool
from .syntax import dict_items, elements, literal, string

if TYPE_CHECKING:
    from .reader import Reader

Map = dict[str, tuple[cst.BaseExpression, Speaker, list[cst.CSTNode]]]


def read_described(reader: Reader) -> None:
    """Joins each description with the function of that name of an agent it talks to."""
    maps = {id(speaker): _given(reader, speaker) for speaker in reader.program.speakers}
    for call in reader.source.find(cst.Call):
        _read_registration(reader, call, maps)
    for speaker in reader.program.speakers:
        _join(reader, speaker, maps)
    for speaker in reader.program.speakers:
        for function, owner, nodes in maps[id(speaker)].values():
            if all(tool.function is not function for tool in reader.program.tools):
                text = "a function of its function_map is described to no agent it talks to"
                owner.obstacles.append(Obstacle("MIG043", nodes[0] if nodes else owner.call, text))
                break


def _given(reader: Reader, speaker: Speaker) -> Map:
    """The function_map of a constructor."""
    arg = speaker.args.get("function_map")
    if arg is None or literal(arg.value) is None:
        return {}
    return _entries(reader, speaker, arg.value, [])


def _read_registration(reader: Reader, call: cst.Call, maps: dict[int, Map]) -> None:
    """``speaker.register_function(function_map={…})``."""
    func = call.func
    if not isinstance(func, cst.Attribute) or func.attr.value != "register_function":
        return
    speaker = reader.speaker(func.value)
    statement = reader.source.parent(call)
    if speaker is None or len(call.args) != 1 or not isinstance(statement, cst.Expr):
        return
    reader.claim(func.value)
    maps[id(speaker)] |= _entries(reader, speaker, call.args[0].value, [statement])


def _entries(
    reader: Reader, speaker: Speaker, value: cst.BaseExpression, nodes: list[cst.CSTNode]
) -> Map:
    value = _written(reader, value)
    items = dict_items(value) if isinstance(value, cst.Dict) else [(None, value)]
    if not items or any(key is None for key, _ in items):
        at = nodes[0] if nodes else speaker.call
        text = "its function_map is not written out in this file"
        speaker.obstacles.append(Obstacle("MIG043", at, text))
        return {}
    return {key: (function, speaker, nodes) for key, function in items if key is not None}


def _join(reader: Reader, speaker: Speaker, maps: dict[int, Map]) -> None:
    config, variable = _config(reader, speaker)
    described = (
        next((v for k, v in dict_items(config) if k == "functions"), None) if config else None
    )
    if variable and _changes(reader, variable):
        text = "its llm_config is changed after it is written"
        if described is not None or _names_functions(reader, variable):
            speaker.obstacles.append(Obstacle("MIG043", speaker.call, text))
            return
    if described is None:
        return
    found = elements(_written(reader, described))
    known: Map = {}
    for other in _talks_to(speaker):
        known |= maps[id(other)]
    for number, schema in enumerate(found or ()):
        items = dict(dict_items(schema)) if isinstance(schema, cst.Dict) else {}
        name = string(items.get("name"))
        if name is None or name not in known:
            what = f"{name!r}" if name else "a function described by hand"
            text = f"no agent it talks to is known to run {what}"
            speaker.obstacles.append(Obstacle("MIG043", speaker.call, text))
            return
        function, executor, nodes = known[name]
        where = f'{variable}["functions"][{number}]' if variable else ""
        tool = Tool(function, speaker, executor, name=name, legacy=True)
        tool.schema, tool.schema_place, tool.registrations = schema, where, nodes
        reader.program.tools.append(tool)
        speaker.tools.append(tool)
        executor.runs.append(tool)
    if not found:
        text = "its functions are described by hand, but not as a list in this file"
        speaker.obstacles.append(Obstacle("MIG043", speaker.call, text))


def _written(reader: Reader, value: cst.BaseExpression) -> cst.BaseExpression:
    """What a variable holds for good, or the variable where that may change."""
    if not isinstance(value, cst.Name) or _changes(reader, value.value):
        return value
    bound = reader.source.bound_value(value)
    return bound[1] if bound is not None else value


def _changes(reader: Reader, name: str) -> bool:
    """Whether anything is put into the list or dictionary of this name."""
    for node in reader.source.named(name):
        parent = reader.source.parent(node)
        if isinstance(parent, cst.Subscript) and parent.value is node:
            outer = reader.source.parent(parent)
            if isinstance(outer, cst.AssignTarget | cst.AugAssign | cst.Del | cst.Attribute):
                return True
        elif isinstance(parent, cst.Attribute) and parent.value is node:
            if parent.attr.value in ("append", "extend", "insert", "update", "setdefault", "pop"):
                return True
        elif isinstance(parent, cst.AugAssign) and parent.target is node:
            return True
    return False


def _names_functions(reader: Reader, variable: str) -> bool:
    """Whether the functions of a configuration are named outside of it."""
    return any(
        isinstance(parent := reader.source.parent(node), cst.Subscript)
        and _key(parent) == "functions"
        for node in reader.source.named(variable)
    )


def _key(node: cst.Subscript) -> str | None:
    """The text in ``x["text"]``."""
    index = node.slice[0].slice
    return string(index.value) if isinstance(index, cst.Index) else None


def _config(reader: Reader, speaker: Speaker) -> tuple[cst.Dict | None, str]:
    """The dictionary of a speaker's model, and the variable it stands in."""
    node = speaker.model
    if isinstance(node, cst.Dict):
        return node, ""
    bound = reader.source.bound_value(node) if isinstance(node, cst.Name) else None
    if isinstance(node, cst.Name) and bound is not None and isinstance(bound[1], cst.Dict):
        return bound[1], node.value
    return None, ""


def _talks_to(speaker: Speaker) -> list[Speaker]:
    """Itself and everybody it shares a chat or a group with."""
    found = [speaker]
    for chat in speaker.chats:
        for part in (chat, *chat.queue):
            found += [s for s in (part.starter, part.partner) if isinstance(s, Speaker)]
            found += part.partner.members if isinstance(part.partner, Group) else []
    for group in speaker.groups:
        found += group.members
        found += [chat.starter for chat in group.chats if chat.starter is not None]
    return found
