"""Reads every other use of speakers and groups: what no rule follows keeps them on v0.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .known import NO_COUNTERPART
from .model import Group, Obstacle, Speaker
from .syntax import is_self_attribute

if TYPE_CHECKING:
    from .reader import Reader


def read_uses(reader: Reader) -> None:
    names = {speaker.variable: speaker for speaker in reader.program.speakers if speaker.variable}
    for node in reader.source.walk():
        if id(node) in reader.claimed or not isinstance(node, cst.Name | cst.Attribute):
            continue
        code = reader.source.code(node) if isinstance(node, cst.Name) else ""
        if isinstance(node, cst.Attribute) and is_self_attribute(node):
            code = reader.source.code(node)
        if code not in names or _is_target(reader, node):
            continue
        speaker = reader.speaker(node)
        _read_use(reader, node, speaker, code)
    _read_group_uses(reader)


def _read_group_uses(reader: Reader) -> None:
    names = {g.variable for g in reader.program.groups}
    names |= {g.manager_variable for g in reader.program.groups}
    for node in reader.source.find(cst.Name):
        if node.value not in names or id(node) in reader.claimed or _is_target(reader, node):
            continue
        group = reader.group(node)
        owners = [group] if group else _possible_groups(reader, node)
        for owner in owners:
            text = f"{node.value} is used in a way this rule does not follow"
            owner.obstacles.append(Obstacle("MIG098", node, text))


def _possible_groups(reader: Reader, node: cst.Name) -> list[Group]:
    targets = {id(item.node) for item in reader.source.assignments(node)}
    return [
        group
        for group in reader.program.groups
        if {id(group.target), id(group.manager_target)} & targets
    ]


def _is_target(reader: Reader, node: cst.CSTNode) -> bool:
    parent = reader.source.parent(node)
    if isinstance(parent, cst.AssignTarget | cst.Param | cst.ImportAlias):
        return True
    if isinstance(parent, cst.Attribute):
        return parent.attr is node
    if isinstance(parent, cst.AnnAssign):
        return parent.target is node
    return isinstance(parent, cst.Arg) and parent.keyword is node


def _read_use(reader: Reader, node: cst.CSTNode, speaker: Speaker | None, name: str) -> None:
    owners = [speaker] if speaker is not None else _possible(reader, node, name)
    parent = reader.source.parent(node)
    if isinstance(parent, cst.Attribute) and parent.value is node:
        if parent.attr.value == "name" and speaker is not None:
            speaker.reads.append(parent)
            return
        what = parent.attr.value
        hint = NO_COUNTERPART.get(what, "has no mechanical counterpart")
        text, code = f".{what} of {name}: {hint}", "MIG090"
    elif speaker is None:
        text, code = f"{name} may be one of several agents here", "MIG098"
    else:
        text, code = f"{name} is handed to code this rule does not follow", "MIG098"
    for owner in owners:
        owner.obstacles.append(Obstacle(code, node, text))


def _possible(reader: Reader, node: cst.CSTNode, name: str) -> list[Speaker]:
    """Speakers an ambiguous read may mean; none when the name is bound to something else."""
    if isinstance(node, cst.Name):
        if reader.source.declaration(node) is not None:
            return []  # certain, and not a speaker of v0.2
        targets = {id(item.node) for item in reader.source.assignments(node)}
        return [s for s in reader.program.speakers if id(s.target) in targets]
    return [s for s in reader.program.speakers if s.variable == name]
