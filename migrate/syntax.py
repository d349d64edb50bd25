"""One parsed file: concrete syntax, positions, parents and scopes, resolved once."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
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
        self._assignments: dict[tuple[Scope, str], list[Assignment]] = {}
        self._nodes: list[cst.CSTNode] = []
        self._extent: dict[cst.CSTNode, tuple[int, int]] = {}
        self._by_kind: dict[type, list[tuple[int, cst.CSTNode]]] = {}
        self._by_name: dict[str, list[cst.Name]] = {}
        self._list(module)
        self._shift = len(text) - len(text.lstrip("\ufeff"))

    def _list(self, root: cst.CSTNode) -> None:
        """Every node in source order with the extent of its subtree; one pass, no recursion."""
        stack: list[tuple[cst.CSTNode, int]] = [(root, -1)]
        while stack:
            node, opened = stack.pop()
            if opened >= 0:
                self._extent[node] = (opened, len(self._nodes))
                continue
            stack.append((node, len(self._nodes)))
            self._nodes.append(node)
            stack.extend((child, -1) for child in reversed(children(node)))

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

    def walk(self, root: cst.CSTNode | None = None) -> Sequence[cst.CSTNode]:
        """All nodes below and with ``root``, in source order."""
        if root is None:
            return self._nodes
        first, last = self._extent[root]
        return self._nodes[first:last]

    def find(self, kind: type[Found], root: cst.CSTNode | None = None) -> list[Found]:
        """All nodes of a kind below and with ``root``, in source order."""
        if kind not in self._by_kind:
            self._by_kind[kind] = [
                (place, node) for place, node in enumerate(self._nodes) if isinstance(node, kind)
            ]
        found = cast("list[tuple[int, Found]]", self._by_kind[kind])
        if root is None:
            return [node for _, node in found]
        first, last = self._extent[root]
        return [node for place, node in found if first <= place < last]

    def named(self, name: str) -> list[cst.Name]:
        """Every spelling of one name."""
        if not self._by_name:
            for node in self.find(cst.Name):
                self._by_name.setdefault(node.value, []).append(node)
        return self._by_name.get(name, [])

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
        if len(imported) > 1:
            imported = self._by_line(node, imported) or imported
        return min(imported, default=None)

    def _by_line(self, node: cst.CSTNode, names: list[str]) -> list[str]:
        """Of what several imports give to one name, what the one that is meant gives."""
        head = node
        while isinstance(head, cst.Attribute):
            head = head.value
        line = self.meant(head) if isinstance(head, cst.Name) else None
        if isinstance(line, cst.ImportFrom):
            lead = f"{'.' * len(line.relative)}{self.module_of(line)}"
            return [name for name in names if name.rpartition(".")[0].startswith(lead)]
        heads = (
            [alias.evaluated_name for alias in line.names] if isinstance(line, cst.Import) else []
        )
        return [name for name in names if any(name.startswith(each) for each in heads)]

    def module_of(self, line: cst.ImportFrom) -> str:
        """Dotted name of what is imported from, however it is spaced; "" for ``from . import``."""
        return "".join(self.code(line.module).split()) if line.module is not None else ""

    def assignments(self, node: cst.Name) -> list[Assignment]:
        """Every assignment, anywhere in its scope, to the name that is read here."""
        scope = self.scope(node)
        if scope is None:
            return []
        key = (scope, node.value)
        if key not in self._assignments:
            found = [item for item in scope[node.value] if isinstance(item, Assignment)]
            self._assignments[key] = sorted(found, key=lambda item: self._order(item.node))
        return self._assignments[key]

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

    def meant(self, node: cst.Name) -> cst.CSTNode | None:
        """The same, and where all that a name is bound by stands at the top level: the last of it
        before the read, or the last of all for what a function reads when it is called."""
        found = self.declaration(node)
        items = self.assignments(node) if found is None else []
        if any(self.parent(self.statement(item.node)) is not self.module for item in items):
            return None
        if not any(
            isinstance(outer, cst.FunctionDef | cst.Lambda) and self.inside(node, outer.body)
            for outer in self.ancestors(node)
        ):
            items = [item for item in items if self._order(item.node) < self._order(node)]
        return items[-1].node if items else found

    def bound_value(
        self, node: cst.Name
    ) -> tuple[cst.Assign | cst.AnnAssign, cst.BaseExpression] | None:
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


_FIELDS: dict[type, tuple[str, ...]] = {}
_LEAVES = (cst.SimpleWhitespace, cst.TrailingWhitespace, cst.EmptyLine, cst.Newline, cst.Comma)


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """Direct children in field order, whitespace left out (``CSTNode.children`` visits copies)."""
    names = _FIELDS.get(type(node))
    if names is None:
        names = tuple(field.name for field in fields(node) if "whitespace" not in field.name)
        _FIELDS[type(node)] = names
    found: list[cst.CSTNode] = []
    for name in names:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            if not isinstance(value, _LEAVES):
                found.append(value)
        elif isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)
            found += [
                item
                for item in items
                if isinstance(item, cst.CSTNode) and not isinstance(item, _LEAVES)
            ]
    return found


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


def quoted(text: str) -> str:
    """A Python string literal in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def string(node: cst.BaseExpression | None) -> str | None:
    """Value of a string literal, or None."""
    value = literal(node)
    return value if isinstance(value, str) else None


def first_name(node: cst.CSTNode) -> str:
    """``a`` of ``a.b.c``, also where that is an annotation in quotes."""
    while isinstance(node, cst.Attribute):
        node = node.value
    if isinstance(node, cst.SimpleString):
        return str(node.evaluated_value).partition(".")[0]
    return node.value if isinstance(node, cst.Name) else ""


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


def is_self_attribute(node: cst.CSTNode) -> bool:
    """Whether a node is ``self.x``."""
    return (
        isinstance(node, cst.Attribute)
        and isinstance(node.value, cst.Name)
        and node.value.value == "self"
    )
