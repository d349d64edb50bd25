"""Reads functions that choose the next speaker, and tables of who may follow whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Chooser, Group, Obstacle, Speaker
from .syntax import elements, string

if TYPE_CHECKING:
    from .reader import Reader

_COMPARED = (cst.Is, cst.IsNot, cst.Equal, cst.NotEqual, cst.In, cst.NotIn)


def read_choosers(reader: Reader) -> None:
    for group in reader.program.groups:
        if group.selector is not None:
            _read_chooser(reader, group, group.selector)
        if group.transitions is not None:
            _read_followers(reader, group, group.transitions)


def _refuse(group: Group, node: cst.CSTNode, text: str, code: str = "MIG052") -> None:
    group.obstacles.append(Obstacle(code, node, text))


def _read_chooser(reader: Reader, group: Group, selector: cst.BaseExpression) -> None:
    target = reader.source.declaration(selector) if isinstance(selector, cst.Name) else None
    if not isinstance(target, cst.FunctionDef) or not isinstance(target.body, cst.IndentedBlock):
        _refuse(group, group.call, "the function that chooses speakers is not in this file")
        return
    params = target.params.params
    users = [other for other in reader.program.groups if other.selector is not None]
    reads = [
        node
        for node in reader.source.find(cst.Name)
        if node.value == target.name.value and node is not target.name
    ]
    if len(params) != 2 or target.asynchronous is not None or target.decorators:
        _refuse(group, target, "this function does not take (last_speaker, groupchat)")
        return
    if len(users) != 1 or len(reads) != 1:
        _refuse(group, target, "the function that chooses speakers is used elsewhere as well")
        return
    chooser = Chooser(target, params[0].name.value, params[1].name.value)
    if _read_body(reader, group, chooser):
        group.chooser = chooser
        for node, _ in chooser.speakers:
            reader.claim(node)
        for node in reader.references:
            inside = reader.source.inside(node, target)
            if inside and not reader.source.inside(node, target.body):
                reader.claim(node)  # annotations are written anew


def _read_body(reader: Reader, group: Group, chooser: Chooser) -> bool:
    for node in reader.source.find(cst.Return, chooser.function.body):
        method = string(node.value)
        if method is not None and method != "auto":
            _refuse(group, node, f"returns {method!r}, a way of choosing 0.7 does not have")
            return False
    for node in reader.source.walk(chooser.function.body):
        if not isinstance(node, cst.Name):
            continue
        parent = reader.source.parent(node)
        if isinstance(parent, cst.Attribute) and parent.attr is node:
            continue
        if isinstance(parent, cst.Arg) and parent.keyword is node:
            continue
        speaker = reader.speaker(node)
        if speaker is not None:
            chooser.speakers.append((node, speaker))
        elif node.value == chooser.last:
            if not _understood_last(reader, node):
                _refuse(group, node, f"{chooser.last} is used for more than its name")
                return False
            chooser.last_reads.append(node)
        elif node.value == chooser.group and not _read_group(reader, group, chooser, node):
            return False
    return True


def _understood_last(reader: Reader, node: cst.Name) -> bool:
    parent = reader.source.parent(node)
    if isinstance(parent, cst.Attribute):
        return parent.attr.value == "name"
    if isinstance(parent, cst.Comparison):
        return len(parent.comparisons) == 1 and isinstance(
            parent.comparisons[0].operator, _COMPARED
        )
    if isinstance(parent, cst.ComparisonTarget):
        return isinstance(parent.operator, _COMPARED)
    return isinstance(parent, cst.Return)


def _read_group(reader: Reader, group: Group, chooser: Chooser, node: cst.Name) -> bool:
    parent = reader.source.parent(node)
    if isinstance(parent, cst.Attribute) and parent.value is node:
        if parent.attr.value in ("messages", "agents", "agent_names"):
            chooser.group_reads.append(parent)
            return True
        outer = reader.source.parent(parent)
        if parent.attr.value == "agent_by_name" and isinstance(outer, cst.Call):
            chooser.group_reads.append(outer)
            return len(outer.args) == 1
    _refuse(group, node, f"{chooser.group} is used for more than its messages and agents")
    return False


def _read_followers(reader: Reader, group: Group, table: cst.BaseExpression) -> None:
    value: cst.BaseExpression | None = table
    if isinstance(table, cst.Name):
        bound = reader.source.bound_value(table)
        value = bound[1] if bound else None
    if not isinstance(value, cst.Dict):
        _refuse(group, group.call, "the speaker transitions are not a literal", "MIG053")
        return
    found: dict[str, list[Speaker]] = {}
    claimed: list[cst.CSTNode] = []
    for element in value.elements:
        key = reader.speaker(element.key) if isinstance(element, cst.DictElement) else None
        items = elements(element.value)
        after = [reader.speaker(item) for item in items or ()]
        if key is None or key.name is None or items is None or None in after:
            _refuse(group, group.call, "the speaker transitions are computed", "MIG053")
            return
        found[key.name] = [speaker for speaker in after if speaker is not None]
        claimed += [element.key, *items] if isinstance(element, cst.DictElement) else []
    reader.claim(*claimed)
    if not group.transitions_allowed:
        barred = found
        found = {
            member.name or "": [
                other for other in group.members if other not in barred.get(member.name or "", [])
            ]
            for member in group.members
        }
    group.followers = found
