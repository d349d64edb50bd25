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
    reads = reads_of(reader, target)
    added = added_to(reader, reads[0]) if len(reads) == 1 else None
    if added is None:
        return
    adding, speaker = added
    if not known_before(reader, call, speaker) or speaker.teaching is not None:
        return
    assert isinstance(adding.func, cst.Attribute)
    reader.claim(call.func, adding.func.value, adding.args[0].value)
    options = {name: arg.value for name, arg in args.items()}
    speaker.teaching = Teaching(call, options, variable, [call, adding])


def reads_of(reader: Reader, target: cst.Name) -> list[cst.Name]:
    """Every read of a variable that is of this assignment."""
    return [
        node
        for node in reader.source.named(target.value)
        if not isinstance(reader.source.parent(node), cst.AssignTarget)
        and not (_module_part(reader, node) or _keyword(reader, node))
        and reader.source.declaration(node) is target
    ]


def _module_part(reader: Reader, node: cst.Name) -> bool:
    """A name in the path of an import, or behind a dot."""
    parent = reader.source.parent(node)
    behind = isinstance(parent, cst.Attribute) and parent.attr is node
    return behind or any(isinstance(a, cst.ImportFrom) for a in reader.source.ancestors(node))


def added_to(reader: Reader, node: cst.Name) -> tuple[cst.Call, Speaker] | None:
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


def known_before(
    reader: Reader, node: cst.CSTNode, speaker: Speaker, within: cst.Call | None = None
) -> bool:
    """Whether an expression means the same where the speaker is made.

    ``within`` is the call it stands in, if it is not one itself.
    """
    source = reader.source
    if source.block(within or node) is not source.block(speaker.call):
        return False
    place = source.span(speaker.call)[0]
    made = node.func if isinstance(node, cst.Call) and within is None else None
    for name in source.find(cst.Name, node):
        if (made is not None and source.inside(name, made)) or _keyword(reader, name):
            continue
        bound = source.bound_value(name)
        if name.value in ("True", "False", "None"):
            continue
        if bound is None and not _is_fixed(reader, name, place):
            return False
        if bound is not None and source.span(bound[0])[0] > place:
            return False
    return True


def _is_fixed(reader: Reader, name: cst.Name, place: int) -> bool:
    """A name that an import, or a definition above a place, gives its one meaning."""
    found = [item.node for item in reader.source.assignments(name)]
    defined = (cst.FunctionDef, cst.ClassDef)
    return all(
        isinstance(node, cst.Import | cst.ImportFrom)
        or (isinstance(node, defined) and reader.source.span(node)[0] < place)
        for node in found
    )


def _keyword(reader: Reader, node: cst.Name) -> bool:
    parent = reader.source.parent(node)
    return isinstance(parent, cst.Arg) and parent.keyword is node
