"""Termination predicates of v0.2 in a normal form over (source, text)."""

from __future__ import annotations

import re

import libcst as cst

from .model import Ends
from .syntax import Source, children, literal, string

TRUE = "True"


def read_predicate(source: Source, node: cst.BaseExpression) -> Ends:
    """A lambda is translated where it only looks at text and name; anything else is called."""
    if isinstance(node, cst.Lambda):
        params = node.params.params
        if len(params) == 1 and params[0].default is None:
            ends = _translate(source, node.body, params[0].name.value)
            if ends is not None:
                return ends
        start, end = source.span(node)
        return Ends(function=f"({source.text[start:end]})")
    return Ends(function=source.code(node))


def _translate(source: Source, body: cst.BaseExpression, message: str) -> Ends | None:
    body = _simple(body)
    value = literal(body)
    if value is True or value is False:
        return Ends(test=str(value))
    test = _Translation(source, message).expression(body)
    if test is None:
        return None
    word, exact = _word(body, message)
    return Ends(test=test, word=word, exact=exact)


def _simple(node: cst.BaseExpression) -> cst.BaseExpression:
    """``True if test else False`` is the test, where that is true or false itself."""
    if not isinstance(node, cst.IfExp) or not isinstance(node.test, cst.Comparison):
        return node
    return node.test if (literal(node.body), literal(node.orelse)) == (True, False) else node


def _word(body: cst.BaseExpression, message: str) -> tuple[str, bool]:
    """The word a test looks for when that is all it does."""
    core = body
    while isinstance(core, cst.BooleanOperation) and isinstance(core.operator, cst.And):
        if not (_is_presence_test(core.left, message) or _is_content(core.left, message)):
            return "", False
        core = core.right
    if isinstance(core, cst.Comparison) and len(core.comparisons) == 1:
        target = core.comparisons[0]
        if isinstance(target.operator, cst.In) and _is_content(target.comparator, message):
            return string(core.left) or "", False
        if isinstance(target.operator, cst.Equal) and _is_content(core.left, message):
            return string(target.comparator) or "", True
    return "", False


def _is_content(node: cst.CSTNode, message: str) -> bool:
    """``m["content"]``, ``m.get("content"[, ""])``, ``(… or "")``, ``str(…)``."""
    match node:
        case cst.Subscript(value=cst.Name(value=name)) if name == message:
            return subscript_key(node) == "content"
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="get"))):
            if name != message or not node.args or string(node.args[0].value) != "content":
                return False
            return len(node.args) == 1 or string(node.args[1].value) == ""
        case cst.BooleanOperation(operator=cst.Or()):
            return _is_content(node.left, message) and string(node.right) == ""
        case cst.Call(func=cst.Name(value="str" | "content_str")) if len(node.args) == 1:
            return _is_content(node.args[0].value, message)
        case _:
            return False


def _is_name(node: cst.CSTNode, message: str) -> bool:
    match node:
        case cst.Subscript(value=cst.Name(value=name)) if name == message:
            return subscript_key(node) == "name"
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="get"))):
            return name == message and bool(node.args) and string(node.args[0].value) == "name"
        case _:
            return False


def subscript_key(node: cst.Subscript) -> str | None:
    """The text in ``x["text"]``."""
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    return string(node.slice[0].slice.value)


def _is_presence_test(node: cst.BaseExpression, message: str) -> bool:
    """``m.get("content") is not None`` and ``"content" in m``."""
    match node:
        case cst.Comparison(
            left=left,
            comparisons=[cst.ComparisonTarget(operator=cst.IsNot(), comparator=cst.Name("None"))],
        ):
            return _is_content(left, message)
        case cst.Comparison(
            left=left,
            comparisons=[cst.ComparisonTarget(operator=cst.In(), comparator=cst.Name(value=name))],
        ):
            return name == message and string(left) == "content"
        case _:
            return False


class _Translation:
    """Rewrites one expression; ``{text}`` and ``{source}`` stand for what it looked up."""

    def __init__(self, source: Source, message: str) -> None:
        self.source = source
        self.message = message

    def expression(self, node: cst.BaseExpression) -> str | None:
        if _is_presence_test(node, self.message):
            return TRUE
        if _is_content(node, self.message):
            return "{text}"
        if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.And):
            return self._both(node)
        return self._rebuilt(node)

    def _both(self, node: cst.BooleanOperation) -> str | None:
        left, right = self.expression(node.left), self.expression(node.right)
        if left is None or right is None:
            return None
        if left == TRUE or (left == "{text}" and _implies_text(node.right)):
            return right
        return left if right == TRUE else f"{left} and {right}"

    def _rebuilt(self, node: cst.BaseExpression) -> str | None:
        """Source of an expression with every look-up of the message replaced."""
        found: list[tuple[int, int, str]] = []
        if not self._collect(node, found):
            return None
        start, end = self.source.full_span(node)
        parts: list[str] = []
        for first, last, text in sorted(found):
            parts.append(_escape(self.source.text[start:first]) + text)
            start = last
        parts.append(_escape(self.source.text[start:end]))
        return _one_line("".join(parts)) if found else None

    def _collect(self, node: cst.CSTNode, found: list[tuple[int, int, str]]) -> bool:
        for test, text in ((_is_content, "{text}"), (_is_name, "{source}")):
            if test(node, self.message) and isinstance(node, cst.BaseExpression):
                found.append((*self.source.full_span(node), text))
                return True
        if isinstance(node, cst.Name) and node.value == self.message:
            return False
        if isinstance(node, cst.Lambda | cst.FormattedString | cst.NamedExpr | cst.BaseComp):
            return False
        return all(self._collect(child, found) for child in children(node))


def _implies_text(node: cst.BaseExpression) -> bool:
    """A test that is false for an empty text anyway."""
    match node:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=cst.In())]):
            return bool(string(left))
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="endswith" | "startswith"))):
            return bool(node.args and string(node.args[0].value))
        case _:
            return False


def _one_line(code: str) -> str:
    code = re.sub(r"\s*\\?\r?\n\s*", " ", code)
    return code.replace("( ", "(").replace(" )", ")")


def _escape(code: str) -> str:
    return code.replace("{", "{{").replace("}", "}}")
