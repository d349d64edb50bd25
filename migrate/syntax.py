"""One parsed file: concrete syntax, positions, parents and scopes, resolved once."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import libcst as cst
from libcst.metadata import (
    Assignment,
    CodeRange,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    Scope,
    ScopeProvider,
)

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Block = cst.Module | cst.IndentedBlock
Function = cst.FunctionDef | cst.Lambda
Found = TypeVar("Found", bound=cst.CSTNode)

_NEWLINE = re.compile(r"\r\n?|\n")


class Source:
    """Read-only view of one file; offsets are characters from its start."""

    def __init__(self, text: str, module: cst.Module) -> None:
        self.text = text
        self.module = module
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        found = wrapper.resolve_many([PositionProvider, ParentNodeProvider, ScopeProvider])
        self._positions = cast(Mapping[cst.CSTNode, CodeRange], found[PositionProvider])
        self._parents = cast(Mapping[cst.CSTNode, cst.CSTNode], found[ParentNodeProvider])
        self._scopes = cast(Mapping[cst.CSTNode, Scope | None], found[ScopeProvider])
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        first = _NEWLINE.search(text)
        self.newline = first.group() if first else "\n"
        self.indent_unit = module.default_indent
        # LibCST keeps the byte-order mark out of the tree but counts no column for it
        self._shift = len(text) - len(text.lstrip("\ufeff"))

    # positions ---------------------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Offsets of a node without its own parentheses and surrounding whitespace."""
        where = self._positions[node]
        return self._offset(where.start.line, where.start.column), self._offset(
            where.end.line, where.end.column
        )

    def full_span(self, node: cst.BaseExpression) -> tuple[int, int]:
        """Offsets of an expression with its own parentheses."""
        start, end = self.span(node)
        if node.lpar:
            start = self.span(node.lpar[0])[0]
        if node.rpar:
            end = self.span(node.rpar[-1])[1]
        return start, end

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column + (self._shift if line == 1 else 0)

    def line(self, node: cst.CSTNode) -> int:
        """1-based line of a node."""
        return self._positions[node].start.line

    def line_of(self, offset: int) -> int:
        return bisect.bisect_right(self._starts, offset)

    def line_start(self, offset: int) -> int:
        return self._starts[self.line_of(offset) - 1]

    def next_line(self, offset: int) -> int:
        """Start of the line after the one that holds ``offset``, or the end of the file."""
        line = self.line_of(offset)
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def code(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def indentation(self, node: cst.CSTNode) -> str:
        """Leading whitespace of the line a node starts on."""
        start = self.line_start(self.span(node)[0])
        match = re.compile(r"[ \t\f]*").match(self.text, start)
        return match.group() if match else ""

    # structure ---------------------------------------------------------------------------------

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Parents of a node, nearest first."""
        current = self._parents.get(node)
        while current is not None:
            yield current
            current = self._parents.get(current)

    def statement(self, node: cst.CSTNode) -> Statement:
        """The innermost statement (line) that holds a node; the node itself if it is one."""
        for candidate in (node, *self.ancestors(node)):
            if isinstance(candidate, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                return candidate
        raise LookupError("a node outside any statement")

    def top_statement(self, node: cst.CSTNode) -> Statement:
        """The module-level statement that holds a node."""
        chain = [node, *self.ancestors(node)]
        return cast(Statement, chain[-2])

    def block(self, node: cst.CSTNode) -> cst.CSTNode:
        """The block whose statement list holds a node's statement."""
        return self._parents[self.statement(node)]

    def function(self, node: cst.CSTNode) -> Function | None:
        """The innermost function or lambda around a node."""
        for candidate in self.ancestors(node):
            if isinstance(candidate, cst.FunctionDef | cst.Lambda):
                return candidate
        return None

    def enclosing_def(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        for candidate in self.ancestors(node):
            if isinstance(candidate, cst.FunctionDef):
                return candidate
        return None

    def class_of(self, node: cst.CSTNode) -> cst.ClassDef | None:
        for candidate in self.ancestors(node):
            if isinstance(candidate, cst.ClassDef):
                return candidate
        return None

    def inside(self, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
        return any(candidate is outer for candidate in (node, *self.ancestors(node)))

    def walk(self, root: cst.CSTNode | None = None) -> Iterator[cst.CSTNode]:
        """All nodes below and with ``root``, in source order."""
        stack: list[cst.CSTNode] = [root or self.module]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def find(self, kind: type[Found], root: cst.CSTNode | None = None) -> list[Found]:
        return [node for node in self.walk(root) if isinstance(node, kind)]

    def scope(self, node: cst.CSTNode) -> Scope | None:
        for candidate in (node, *self.ancestors(node)):
            scope = self._scopes.get(candidate)
            if scope is not None:
                return scope
        return None

    # names -------------------------------------------------------------------------------------

    def qualified(self, node: cst.CSTNode) -> str | None:
        """Dotted name an expression resolves to through imports, or None."""
        scope = self.scope(node)
        if scope is None or not isinstance(node, cst.Name | cst.Attribute):
            return None
        names = scope.get_qualified_names_for(node)
        imported = [name.name for name in names if name.source.name == "IMPORT"]
        return imported[0] if imported else None

    def assignments(self, node: cst.Name) -> list[Assignment]:
        """Every assignment, anywhere in its scope, to the name that is read here."""
        scope = self.scope(node)
        if scope is None:
            return []
        found = [item for item in scope[node.value] if isinstance(item, Assignment)]
        return sorted(found, key=lambda item: self._order(item.node))

    def _order(self, node: cst.CSTNode) -> tuple[int, int]:
        where = self._positions.get(node)
        return (where.start.line, where.start.column) if where else (0, 0)

    def declaration(self, node: cst.Name) -> cst.CSTNode | None:
        """What the one assignment that reaches this read binds: a statement or a definition.

        Straight-line code only: of several assignments the last before the read wins, if it
        stands in a block around the read and none of the later ones does not.
        """
        found = self.assignments(node)
        if not found:
            return None
        if len(found) == 1:
            return found[0].node
        if self.function(node) is not self.function(found[0].node):
            return None
        blocks = {id(outer) for outer in self.ancestors(node)}
        before = [item for item in found if self._order(item.node) < self._order(node)]
        if not before:
            return None
        last = before[-1].node
        own = self.statement(last)
        if self.inside(node, own):  # x = f(x): the read sees the one before
            before = before[:-1]
            if not before:
                return None
            last = before[-1].node
        return last if id(self.block(last)) in blocks else None

    def bound_value(self, node: cst.Name) -> tuple[cst.Assign | cst.AnnAssign, cst.BaseExpression] | None:
        """The statement and right-hand side of the simple assignment that a read sees."""
        target = self.declaration(node)
        return self.assigned(target) if target is not None else None

    def assigned(
        self, target: cst.CSTNode
    ) -> tuple[cst.Assign | cst.AnnAssign, cst.BaseExpression] | None:
        """``x = value`` around the target ``x``, when that is all the statement does."""
        outer = self.parent(target)
        if isinstance(outer, cst.AssignTarget):
            statement = self.parent(outer)
            if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
                return statement, statement.value
        if isinstance(outer, cst.AnnAssign) and outer.value is not None and outer.target is target:
            return outer, outer.value
        return None


def literal(node: cst.BaseExpression | None) -> Any:
    """Value of a constant expression; ``Ellipsis`` when it is not one."""
    match node:
        case cst.SimpleString() | cst.ConcatenatedString():
            value = node.evaluated_value
            return ... if value is None else value
        case cst.Integer() | cst.Float():
            return node.evaluated_value
        case cst.Name(value="True"):
            return True
        case cst.Name(value="False"):
            return False
        case cst.Name(value="None"):
            return None
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            value = literal(inner)
            return -value if isinstance(value, int | float) else ...
        case _:
            return ...


def string(node: cst.BaseExpression | None) -> str | None:
    """Value of a string literal, or None."""
    value = literal(node)
    return value if isinstance(value, str) else None


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    return next((arg for arg in call.args if arg.keyword and arg.keyword.value == name), None)


def dict_items(node: cst.Dict) -> list[tuple[str | None, cst.BaseExpression]]:
    """Keys that are string literals with their values; None for any other element."""
    items: list[tuple[str | None, cst.BaseExpression]] = []
    for element in node.elements:
        key = string(element.key) if isinstance(element, cst.DictElement) else None
        items.append((key, element.value))
    return items


def elements(node: cst.BaseExpression) -> Sequence[cst.BaseExpression] | None:
    """Members of a list or tuple display without stars, or None."""
    if not isinstance(node, cst.List | cst.Tuple):
        return None
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return None
    return [element.value for element in node.elements]
