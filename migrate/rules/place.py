"""Where a chat may stand so that a team can be put above it."""

from __future__ import annotations

import libcst as cst

from ..model import Chat, Obstacle
from ..reader import Reader

_NOT_ONCE = (
    cst.Lambda, cst.BaseComp, cst.IfExp, cst.BooleanOperation, cst.NamedExpr, cst.GeneratorExp,
)  # fmt: skip
# What people call the statements whose head a chat may stand in.
_HEADS: dict[type[cst.CSTNode], str] = {
    cst.FunctionDef: "a function definition",
    cst.ClassDef: "a class definition",
    cst.With: "a with statement",
    cst.While: "a while loop",
    cst.If: "an if statement",
    cst.For: "a for loop",
}


def check_place(reader: Reader, chat: Chat) -> None:
    """An obstacle where the statement does not run the chat exactly once, right there."""
    source, node = reader.source, chat.call
    text = ""
    statement = source.statement(node)
    if isinstance(statement, cst.SimpleStatementLine):
        if len(statement.body) > 1:
            text = "shares its line with other statements"
    elif not isinstance(statement, cst.If | cst.For) or source.inside(node, statement.body):
        text = f"stands in the head of {_HEADS.get(type(statement), 'a compound statement')}"
    elif isinstance(source.parent(statement), cst.If):
        text = "is part of an elif"
    for outer in source.ancestors(node):
        if outer is statement:
            break
        if isinstance(outer, _NOT_ONCE):
            text = "may run never or many times within its statement"
    if isinstance(source.parent(statement), cst.SimpleStatementSuite):
        text = "shares its line with other statements"
    if source.class_of(node) is not None and source.enclosing_def(node) is None:
        text = "runs in the body of a class"
    if text:
        chat.obstacles.append(Obstacle("MIG030", node, f"the chat {text}"))
