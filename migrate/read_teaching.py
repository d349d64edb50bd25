"""Reads Teachability objects and the one agent each is added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Obstacle, Speaker, Teaching

if TYPE_CHECKING:
    from .reader import Reader

_PARAMETERS = (
    "verbosity", "reset_db", "path_to_db_dir", "recall_threshold", "max_num_retrievals",
    "llm_config",
)  # fmt: skip


def read_teaching(reader: Reader) -> None:
    for call in reader.source.find(cst.Call):
        if reader.tail(call.func) == "Teachability":
            _read(reader, call)


def _read(reader: Reader, call: cst.Call) -> None:
    target, variable = reader.bound_target(call)
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, _PARAMETERS, obstacles, "MIG071")
    if not isinstance(target, cst.Name) or variable is None or obstacles:
        return
    if {*args} - {*_PARAMETERS} or "llm_config" in args:
        return
    reads = [
        node
        for node in reader.source.named(variable)
        if not isinstance(reader.source.parent(node), cst.AssignTarget)
        and not _module_part(reader, node)
        and reader.source.declaration(node) is target
    ]
    added = _added_to(reader, reads[0]) if len(reads) == 1 else None
    if added is None:
        return
    adding, speaker = added
    if not _known_before(reader, call, speaker) or speaker.teaching is not None:
        return
    assert isinstance(adding.func, cst.Attribute)
    reader.claim(call.func, adding.func.value, adding.args[0].value)
    options = {name: arg.value for name, arg in args.items()}
    speaker.teaching = Teaching(call, options, variable, [call, adding])


def _module_part(reader: Reader, node: cst.Name) -> bool:
    """A name in the path of an import, or behind a dot."""
    parent = reader.source.parent(node)
    behind = isinstance(parent, cst.Attribute) and parent.attr is node
    return behind or any(isinstance(a, cst.ImportFrom) for a in reader.source.ancestors(node))


def _added_to(reader: Reader, node: cst.Name) -> tuple[cst.Call, Speaker] | None:
    """``teachability.add_to_agent(speaker)`` as a statement."""
    attribute = reader.source.parent(node)
    call = reader.source.parent(attribute) if attribute is not None else None
    if not isinstance(attribute, cst.Attribute) or attribute.attr.value != "add_to_agent":
        return None
    if not isinstance(call, cst.Call) or len(call.args) != 1:
        return None
    speaker = reader.speaker(call.args[0].value)
    if speaker is None or not isinstance(reader.source.parent(call), cst.Expr):
        return None
    return call, speaker


def _known_before(reader: Reader, call: cst.Call, speaker: Speaker) -> bool:
    """Whether the options mean the same where the speaker is made."""
    source = reader.source
    if source.block(call) is not source.block(speaker.call):
        return False
    place = source.span(speaker.call)[0]
    for node in source.find(cst.Name, call):
        if source.inside(node, call.func) or _keyword(reader, node):
            continue
        bound = source.bound_value(node)
        if node.value in ("True", "False", "None"):
            continue
        if bound is None and source.assignments(node):
            return False
        if bound is not None and source.span(bound[0])[0] > place:
            return False
    return True


def _keyword(reader: Reader, node: cst.Name) -> bool:
    parent = reader.source.parent(node)
    return isinstance(parent, cst.Arg) and parent.keyword is node
