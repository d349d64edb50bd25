"""A program as its text tells of it, without running it: what names mean and what they are set to.

Only what the text leaves no doubt about is known: a name that is set twice, a parameter, a value
from elsewhere is `None`. Modules of the program's own that it imports are read as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .notebook import script

MODULES: Final = 64  # read for one program
SIZE: Final = 1 << 20  # bytes of a module
DEEP: Final = 16  # names followed in a row
#: Methods after which a list or dictionary is no longer what was written.
CHANGES: Final = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "update", "add", "setdefault"}
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Scope:
    """A module, class or function: what its names are set to, once each or not known."""

    module: Module
    above: Scope | None = None
    values: dict[str, ast.expr | None] = field(default_factory=dict[str, ast.expr | None])

    def bind(self, name: str, value: ast.expr | None) -> None:
        self.values[name] = None if name in self.values else value

    def holder(self, name: str) -> Scope | None:
        """The innermost scope that sets a name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.values:
            scope = scope.above
        return scope


@dataclass(slots=True)
class Module:
    """One file. `names` are what it imports and defines, by their full names."""

    path: Path
    tree: ast.Module
    text: str
    names: dict[str, str] = field(default_factory=dict[str, str])
    classes: dict[str, ast.ClassDef] = field(default_factory=dict[str, ast.ClassDef])
    functions: dict[str, Function] = field(default_factory=dict[str, Function])
    scopes: dict[ast.AST, Scope] = field(default_factory=dict[ast.AST, Scope])
    twice: set[str] = field(default_factory=set[str])  # names of several classes
    cells: tuple[tuple[int, int], ...] = ()  # of a notebook: where each begins, and its number

    @property
    def name(self) -> str:
        return f"<{self.path}>"

    def place(self, line: int) -> tuple[int, int]:
        """The cell and the line in it; cell 0 in a file that is no notebook."""
        start, cell = next((c for c in reversed(self.cells) if c[0] <= line), (1, 0))
        return cell, line - start + 1


@dataclass(frozen=True, slots=True)
class Site:
    """An expression and where it stands."""

    node: ast.expr
    scope: Scope

    @property
    def module(self) -> Module:
        return self.scope.module

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def column(self) -> int:
        """Of the end: calls in a chain begin at one place, and end in their order."""
        return self.node.end_col_offset or 0


@dataclass(frozen=True, slots=True)
class Made(Site):
    """A call, with the full name of what is called."""

    call: ast.Call
    what: str

    @property
    def kind(self) -> str:
        """The last part of the name."""
        return self.what.rpartition(".")[2]


class Program:
    """A program's modules, the one that is asked about first.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: it is no Python that this interpreter reads.
        UnicodeDecodeError: it is no text.
    """

    def __init__(self, path: Path, root: Path | None = None) -> None:
        """`root` is the folder that imports start from, the file's own if not given."""
        self.modules: list[Module] = []
        self._by_path: dict[Path, Module | None] = {}
        self._root = (root or path.parent).resolve()
        self._read(path.resolve())
        self.calls: list[Made] = [made for module in self.modules for made in self._calls(module)]

    # -- reading -----------------------------------------------------------------------------
    def _read(self, path: Path) -> Module:
        text, cells = path.read_text("utf-8"), ()
        if path.suffix == ".ipynb":
            text, cells = script(text)
        module = Module(path, ast.parse(text, str(path)), text, cells=cells)
        self._by_path[path] = module
        self.modules.append(module)
        _Binder(module).run()
        for node, scope in nodes(module):
            changed = _changed(node)
            holder = scope.holder(changed) if changed else None
            if holder is not None:
                holder.values[changed] = None
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._imports(module, node)
        return module

    def _imports(self, module: Module, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                module.names[name] = alias.name if alias.asname else name
                self._local(module, alias.name, 0)
            return
        base = self._local(module, node.module or "", node.level)
        for alias in node.names:
            inner = self._local(module, f"{node.module or ''}.{alias.name}".strip("."), node.level)
            of = (inner or base or "").strip() or node.module or ""
            name = of if inner else f"{of}.{alias.name}"
            module.names[alias.asname or alias.name] = name

    def _local(self, module: Module, dotted: str, level: int) -> str:
        """The name of the program's own module that an import means, "" when it means none."""
        folder = module.path.parent if level else self._root
        for _ in range(level - 1):
            folder = folder.parent
        place = folder.joinpath(*dotted.split(".")) if dotted else folder
        for path in (place.with_suffix(".py") if dotted else place, place / "__init__.py"):
            if path.is_file():
                known = self._by_path.get(path) if path in self._by_path else self._other(path)
                return known.name if known is not None else ""
        return ""

    def _other(self, path: Path) -> Module | None:
        if len(self._by_path) >= MODULES or path.stat().st_size > SIZE:
            return None
        self._by_path[path] = None
        try:
            return self._read(path)
        except (OSError, SyntaxError, ValueError):
            return None

    def _calls(self, module: Module) -> Iterator[Made]:
        for node, scope in nodes(module):
            if isinstance(node, ast.Call):
                what = self.name(node.func, scope)
                if what:
                    yield Made(node, scope, node, what)

    # -- asking ------------------------------------------------------------------------------
    def every(self) -> Iterator[tuple[ast.Call, Scope]]:
        """All calls, whatever is called, with their scopes."""
        for module in self.modules:
            for node, scope in nodes(module):
                if isinstance(node, ast.Call):
                    yield node, scope

    def in_loop(self, site: Site) -> bool:
        """Whether it stands in a loop, a condition or a comprehension: how often is not known."""
        return bool(self.loops(site))

    def loops(self, site: Site) -> list[ast.AST]:
        """The loops, conditions and comprehensions around it."""
        kinds = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.IfExp, ast.comprehension)
        return [
            around
            for around, _ in nodes(site.module)
            if isinstance(around, kinds)
            and any(node is site.node for node in ast.walk(around))
            and not _is_main(around)
        ]

    def module(self, name: str) -> Module | None:
        return next((module for module in self.modules if module.name == name), None)

    def name(self, node: ast.expr, scope: Scope) -> str:
        """The full name of what an expression of names and dots means, "" when it is none."""
        if isinstance(node, ast.Name):
            module = scope.module
            if node.id in module.names:
                return module.names[node.id]
            own = node.id in module.classes or node.id in module.functions
            return f"{module.name}.{node.id}" if own else ""
        if isinstance(node, ast.Attribute):
            before = self.name(node.value, scope)
            return f"{before}.{node.attr}" if before else ""
        if isinstance(node, ast.Subscript):  # a generic class
            return self.name(node.value, scope)
        return ""

    def class_of(self, name: str) -> tuple[Module, ast.ClassDef] | None:
        """A class of the program's own by its full name."""
        place, _, last = name.rpartition(".")
        module = self.module(place)
        return (module, module.classes[last]) if module and last in module.classes else None

    def bases(self, name: str) -> set[str]:
        """The full names of what a class derives from, itself among them."""
        found: set[str] = set()
        todo = [name]
        while todo and len(found) < MODULES:
            at = todo.pop()
            known = self.class_of(at)
            if at in found:
                continue
            found.add(at)
            if known is not None:
                module, cls = known
                todo += [self.name(base, module.scopes[module.tree]) for base in cls.bases]
        return found

    def value(self, site: Site | None, depth: int = 0) -> Site | None:
        """What an expression comes to: names followed, and functions that only return one."""
        if site is None or depth > DEEP:
            return None
        node, scope = site.node, site.scope
        if isinstance(node, ast.Await):
            return self.value(Site(node.value, scope), depth + 1)
        if isinstance(node, ast.Name | ast.Attribute):
            key = ast.unparse(node)
            holder = scope.holder(key)
            if holder is not None:
                found = holder.values[key]
                return None if found is None else self.value(Site(found, holder), depth + 1)
            return self._imported(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._returned(site, node, depth)
        return site

    def _imported(self, node: ast.expr, scope: Scope, depth: int) -> Site | None:
        place, _, last = self.name(node, scope).rpartition(".")
        module = self.module(place)
        if module is None:
            return None
        top = module.scopes[module.tree]
        found = top.values.get(last)
        return None if found is None else self.value(Site(found, top), depth + 1)

    def _returned(self, site: Site, node: ast.Call, depth: int) -> Site | None:
        place, _, last = self.name(node.func, site.scope).rpartition(".")
        module = self.module(place)
        function = module.functions.get(last) if module else None
        if module is None or function is None:
            return site
        returns = [each for each in ast.walk(function) if isinstance(each, ast.Return)]
        if len(returns) != 1 or returns[0].value is None:
            return site
        return self.value(Site(returns[0].value, module.scopes[function]), depth + 1) or site

    def made(self, site: Site | None) -> Made | None:
        """The call that an expression comes to."""
        found = self.value(site)
        if found is None or not isinstance(found.node, ast.Call):
            return None
        what = self.name(found.node.func, found.scope)
        return Made(found.node, found.scope, found.node, what) if what else None

    def constant(self, site: Site | None) -> object:
        """The constant that an expression comes to; None when it is none."""
        found = self.value(site)
        if found is not None and isinstance(found.node, ast.Constant):
            return found.node.value
        return None

    def items(self, site: Site | None) -> list[Site] | None:
        """The members of a list that is written out; None when it is not."""
        found = self.value(site)
        if found is None or not isinstance(found.node, ast.List | ast.Tuple | ast.Set):
            return None
        if any(isinstance(each, ast.Starred) for each in found.node.elts):
            return None
        return [Site(each, found.scope) for each in found.node.elts]

    def table(self, site: Site | None) -> dict[str, Site] | None:
        """A dictionary that is written out, or the keywords of a call; None when it is neither."""
        found = self.value(site)
        if found is None:
            return None
        if isinstance(found.node, ast.Call) and not found.node.args:
            return {key.arg: Site(key.value, found.scope) for key in found.node.keywords if key.arg}
        if not isinstance(found.node, ast.Dict):
            return None
        made: dict[str, Site] = {}
        for key, each in zip(found.node.keys, found.node.values, strict=True):
            if key is None:
                made |= self.table(Site(each, found.scope)) or {}
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                made[key.value] = Site(each, found.scope)
        return made

    def strings(self) -> Iterator[ast.Constant]:
        """Every text that is written in the program."""
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node


def argument(made: Made, name: str, place: int | None = None) -> Site | None:
    """An argument of a call by keyword or position; None when it is not given there."""
    for keyword in made.call.keywords:
        if keyword.arg == name:
            return Site(keyword.value, made.scope)
    if place is not None and place < len(made.call.args):
        before = made.call.args[: place + 1]
        if not any(isinstance(each, ast.Starred) for each in before):
            return Site(before[place], made.scope)
    return None


def spread(made: Made) -> bool:
    """Whether arguments come from elsewhere as well."""
    starred = any(isinstance(each, ast.Starred) for each in made.call.args)
    return starred or any(keyword.arg is None for keyword in made.call.keywords)


def nodes(module: Module) -> Iterator[tuple[ast.AST, Scope]]:
    """All nodes with their scopes."""
    todo: list[tuple[ast.AST, Scope]] = [(module.tree, module.scopes[module.tree])]
    while todo:
        node, scope = todo.pop()
        yield node, scope
        children = ast.iter_child_nodes(node)
        todo += [(child, module.scopes.get(child, scope)) for child in children]


def _is_main(node: ast.AST) -> bool:
    """`if __name__ == "__main__":`"""
    return isinstance(node, ast.If) and ast.unparse(node.test).startswith("__name__ ==")


def _changed(node: ast.AST) -> str:
    """The name of a list or dictionary that a statement changes, "" when it changes none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value) if node.func.attr in CHANGES else ""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return ast.unparse(node.value)
    return ""


class _Binder:
    """Fills a module's scopes."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def run(self) -> None:
        top = Scope(self.module)
        self.module.scopes[self.module.tree] = top
        self._body(self.module.tree, top, None)

    def _body(self, node: ast.AST, scope: Scope, cls: Scope | None) -> None:
        for child in ast.iter_child_nodes(node):
            self._one(child, scope, cls)

    def _one(self, node: ast.AST, scope: Scope, cls: Scope | None) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.module.functions.setdefault(node.name, node)
            inner = Scope(self.module, cls or scope)
            self.module.scopes[node] = inner
            arguments = node.args
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                inner.bind(each.arg, None)
            self._body(node, inner, cls)
            return
        if isinstance(node, ast.ClassDef):
            if self.module.classes.setdefault(node.name, node) is not node:
                self.module.twice.add(node.name)
            inner = Scope(self.module, scope)
            self.module.scopes[node] = inner
            self._body(node, inner, inner)
            return
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, scope, cls)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, node.value, scope, cls)
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, None, scope, cls)
            self._bind(node.target, None, scope, cls)
        elif isinstance(node, ast.NamedExpr):
            self._bind(node.target, node.value, scope, cls)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._bind(node.target, None, scope, cls)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, node.context_expr, scope, cls)
        self._body(node, scope, cls)

    def _bind(
        self, target: ast.expr, value: ast.expr | None, scope: Scope, cls: Scope | None
    ) -> None:
        if isinstance(target, ast.Name):
            scope.bind(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else None
            same = values is not None and len(values) == len(target.elts)
            for place, each in enumerate(target.elts):
                self._bind(each, values[place] if same and values else None, scope, cls)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            of_self = target.value.id == "self" and cls is not None
            (cls if of_self and cls else scope).bind(f"{target.value.id}.{target.attr}", value)
