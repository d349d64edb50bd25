"""Reads group chats and their managers: members, who may follow whom, what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .known import GROUP_CHAT, MANAGER
from .model import Group, Obstacle
from .syntax import Source, elements, literal, string

if TYPE_CHECKING:
    from .reader import Reader


def read_group(reader: Reader, call: cst.Call) -> None:
    group = Group(call=call, args={})
    reader.claim(call.func)
    args = reader.arguments(call, GROUP_CHAT, group.obstacles, "MIG050")
    group.args = args
    group.target, group.variable = reader.bound_target(call)
    if group.target is not None:
        reader.groups_by_target[id(group.target)] = group
    _read_members(reader, group)
    if "messages" in args and not _empty(args["messages"].value):
        group.obstacles.append(Obstacle("MIG054", call, "starts with preset messages"))
    if "max_round" in args:
        group.rounds = reader.limit(args["max_round"].value)
    if "allow_repeat_speaker" in args:
        value = literal(args["allow_repeat_speaker"].value)
        if value is ...:
            group.obstacles.append(Obstacle("MIG054", call, "allow_repeat_speaker is a list"))
        group.repeat = value is not False
    if "speaker_selection_method" in args:
        value = args["speaker_selection_method"].value
        method = string(value)
        group.selection = method.lower() if method else "function"
        group.selector = None if method else value
    _read_transitions(group)
    name = "send_introductions"
    if name in args and literal(args[name].value) is not False:
        group.obstacles.append(Obstacle("MIG054", call, f"{name} has no counterpart"))
    for name in args:
        if name not in GROUP_CHAT and not name.startswith("select_speaker_"):
            group.obstacles.append(Obstacle("MIG054", call, f"{name} has no counterpart"))
        elif name.startswith("select_speaker_") and name != "select_speaker_auto_verbose":
            group.obstacles.append(
                Obstacle("MIG054", call, f"{name} becomes a selector_prompt by hand")
            )
    reader.program.groups.append(group)


def _read_members(reader: Reader, group: Group) -> None:
    arg = group.args.get("agents")
    value: cst.BaseExpression | None = arg.value if arg else None
    if isinstance(value, cst.Name):
        _read_list(reader, group, value)
        bound = reader.source.bound_value(value)
        value = bound[1] if bound else value
    found = elements(value) if value is not None else None
    members = [reader.speaker(item) for item in found or ()]
    if not found or any(member is None for member in members):
        group.obstacles.append(
            Obstacle("MIG050", group.call, "the members are not all known in this file")
        )
    for item, member in zip(found or (), members, strict=True):
        if member is not None:
            reader.claim(item)
            group.members.append(member)
            member.groups.append(group)


def _read_list(reader: Reader, group: Group, value: cst.Name) -> None:
    """A list of members that is used for more: it may change, and what is in it has other words."""
    source = reader.source
    targets = {id(item.node) for item in source.assignments(value)}
    for node in source.named(value.value):
        if id(node) in targets or node is value or _is_harmless(reader, node):
            continue
        if not targets & {id(item.node) for item in source.assignments(node)}:
            continue
        if isinstance(source.parent(node), cst.Arg | cst.Attribute) and not _is_read(source, node):
            continue
        text = f"its members are in {node.value}, which is used in a way this rule does not follow"
        group.obstacles.append(Obstacle("MIG050", node, text))
        return


def _is_read(source: Source, node: cst.Name) -> bool:
    """Not the name of a keyword or of an attribute."""
    parent = source.parent(node)
    if isinstance(parent, cst.Arg):
        return parent.keyword is not node
    return not (isinstance(parent, cst.Attribute) and parent.attr is node)


def _is_harmless(reader: Reader, node: cst.Name) -> bool:
    """Members of a group, counted, or gone through for their names."""
    source, parent = reader.source, reader.source.parent(node)
    if isinstance(parent, cst.Arg) and parent.value is node:
        call = source.parent(parent)
        return isinstance(call, cst.Call) and (
            reader.tail(call.func) == "GroupChat" or source.code(call.func) == "len"
        )
    if not isinstance(parent, cst.For | cst.CompFor) or parent.iter is not node:
        return False
    loop = parent if isinstance(parent, cst.For) else source.parent(parent)
    target = parent.target
    if loop is None or not isinstance(target, cst.Name):
        return False
    for read in source.find(cst.Name, loop):
        of = source.parent(read)
        if read is target or read.value != target.value or not _is_read(source, read):
            continue
        if not (isinstance(of, cst.Attribute) and of.attr.value == "name"):
            return False
    return True


def _read_transitions(group: Group) -> None:
    arg = group.args.get("allowed_or_disallowed_speaker_transitions")
    if arg is None or literal(arg.value) is None:
        return
    group.transitions = arg.value
    kind = group.args.get("speaker_transitions_type")
    group.transitions_allowed = kind is None or (string(kind.value) or "") != "disallowed"


def read_manager(reader: Reader, call: cst.Call) -> None:
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, MANAGER, obstacles, "MIG050")
    reader.claim(call.func)
    group: Group | None = None
    if "groupchat" in args:
        value = args["groupchat"].value
        group = reader.group(value)
        reader.claim(value)
        if isinstance(value, cst.Call):
            group = next((g for g in reader.program.groups if g.call is value), None)
    if group is None:
        reader.program.strays.append(
            Obstacle("MIG050", call, "the group chat of this manager is not known here")
        )
        return
    if group.manager is not None:
        group.obstacles.append(Obstacle("MIG050", call, "a group with two managers"))
    group.manager, group.manager_args = call, args
    group.manager_target, group.manager_variable = reader.bound_target(call)
    if group.manager_target is not None:
        reader.groups_by_target[id(group.manager_target)] = group
    group.obstacles.extend(obstacles)
    if "llm_config" in args and literal(args["llm_config"].value) not in (False, None):
        group.model = args["llm_config"].value
    if "is_termination_msg" in args:
        group.ends = reader.predicate(args["is_termination_msg"].value, group.obstacles)
    for name in ("human_input_mode", "code_execution_config", "max_consecutive_auto_reply"):
        if name in args and not _manager_default(name, args[name].value):
            group.obstacles.append(
                Obstacle("MIG054", call, f"the manager's {name} has no counterpart")
            )


def _empty(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.List) and not node.elements


def _manager_default(name: str, node: cst.BaseExpression) -> bool:
    value = literal(node)
    if name == "human_input_mode":
        return value == "NEVER"
    if name == "code_execution_config":
        return value in (False, None) or isinstance(node, cst.Dict)
    return True
