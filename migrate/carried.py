"""A file that 0.7's own agents serve only in part is carried whole by agents of the project.

That keeps its behaviour, so nothing is left for a person; but only where no agent comes in from
another file or goes out to one, since a conversation runs on agents of one kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from .faithful import migrate_faithfully
from .known import CHAT_METHODS, SEND_METHODS, V02_METHODS
from .plan import MARK
from .reader import Reader
from .result import MigrationResult, Site
from .strangers import in_a_store, is_agent, is_foreign_function, wraps_a_method
from .syntax import Source, elements

CODE = "MIG091"
_REASON = re.compile(r"^left on v0\.2(?: with what it talks to \((.*)\)|: (.*))$", re.DOTALL)
_TALKING = SEND_METHODS | {"generate_reply", "a_generate_reply"}
_HANDED = frozenset({"recipient", "agents", "sender", "groupchat"})


def carried(
    reader: Reader, found: MigrationResult, *, notebook: bool, module: str
) -> MigrationResult | None:
    """The file on agents of its own where the rules leave something of it to a person.

    The reader is one that has read nothing yet.
    """
    view = reader.source
    if not found.todos or MARK in view.text:  # with a mark, somebody is at work on it
        return None
    followed = reader.own.followed
    talks = followed.handled or followed.words or reader.calls_by_text() or _talks(view, reader)
    if not talks or not _closed(view, reader):
        return None
    own = migrate_faithfully(reader, found.filename, notebook, module)
    if own is None or own.todos:
        return None
    sites = [site for site in own.sites if site.code != CODE]
    return replace(own, sites=tuple(sorted({*sites, *_reasons(found)})))


def _reasons(found: MigrationResult) -> Iterator[Site]:
    """What 0.7 has no counterpart for, each where it stands."""
    for site in found.todos:
        if site.code in ("MIG001", "MIG099"):
            continue
        match = _REASON.match(site.message)
        reason = (match[1] or match[2]) if match else site.message
        text = f"kept on agents of the project, which answer as v0.2's did: {reason}"
        yield replace(site, code=CODE, kind="caveat", message=text)


def _talks(view: Source, reader: Reader) -> bool:
    """Whether agents talk here; a file that only makes them follows those that use it."""
    for node in view.find(cst.Attribute):
        if node.attr.value in CHAT_METHODS and not reader.is_apart(node):
            return True
        plain = view.code(node.value) != "super()"
        if plain and node.attr.value in _TALKING and isinstance(view.parent(node), cst.Call):
            return True
    return any(
        isinstance(call.func, cst.Name) and call.func.value in (*CHAT_METHODS, "OpenAIWrapper")
        for call in view.find(cst.Call)
    ) or any(node.attr.value == "OpenAIWrapper" for node in view.find(cst.Attribute))


def _closed(view: Source, reader: Reader) -> bool:
    """Whether the agents that talk here are made here and stay here."""
    for call in view.find(cst.Call):
        func = call.func
        method = func.attr.value if isinstance(func, cst.Attribute) else ""
        if method in V02_METHODS and isinstance(func, cst.Attribute) and not reader.is_apart(func):
            if _from_outside(view, reader, func.value):
                return False
            first = [arg.value for arg in call.args[:1] if not arg.star and arg.keyword is None]
            partners = first if method in CHAT_METHODS else []
            if any(_from_outside(view, reader, node) for node in partners):
                return False
        for arg in call.args:
            named = arg.keyword.value if arg.keyword is not None else ""
            given = elements(arg.value) or [arg.value]
            if named in _HANDED and any(_from_outside(view, reader, node) for node in given):
                return False
        if wraps_a_method(func) or in_a_store(view, func):
            continue
        if is_foreign_function(view, reader, func) and any(
            is_agent(view, reader, arg.value) for arg in call.args
        ):
            return False
    return True


def _from_outside(view: Source, reader: Reader, node: cst.BaseExpression) -> bool:
    """Whether an expression is, or is made by, something another module has."""
    head: cst.CSTNode = node
    while not isinstance(head, cst.Name):
        if isinstance(head, cst.Attribute | cst.Subscript):
            head = head.value
        elif isinstance(head, cst.Call):
            head = head.func
        else:
            return False
    if head.value in ("self", "super") or reader.path(head) is not None or in_a_store(view, node):
        return False
    for item in view.assignments(head):
        made = item.node
        if isinstance(made, cst.Import | cst.ImportFrom):
            return True
        if isinstance(made, cst.Param) and _called_from_outside(view, made):
            return True
        bound = view.assigned(made)
        if bound is not None and isinstance(bound[1], cst.Call):
            maker = bound[1].func
            if isinstance(maker, cst.Name) and is_foreign_function(view, reader, maker):
                return True
    return not view.assignments(head)


def _called_from_outside(view: Source, param: cst.Param) -> bool:
    """Whether a parameter belongs to a function that nothing in this file mentions."""
    function = view.enclosing_def(param)
    if function is None or view.class_of(function) is not None:
        return False
    name = function.name.value
    return all(node is function.name for node in view.named(name))
