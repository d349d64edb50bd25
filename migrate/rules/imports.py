"""Imports of v0.2 give way to those of 0.7, one by one.

A name is dropped when nothing in the file uses it any more and no other file takes it from here;
the new imports stand where the first old one stood, and modules of the standard library join the
imports at the top. Small functions and classes the file needs of its own follow the imports. What
is imported by a name or code in quotes, as with `import_module("autogen")` and
`exec("import autogen")`, or looked up in `sys.modules`, is not followed and marked.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Sequence

import libcst as cst

from ..context import Context
from ..helpers import HELPERS, Helper
from ..known import ROOTS
from ..pins import BROUGHT, NOT_BROUGHT
from ..proxy import PROXY, proxy_agent
from ..syntax import first_name
from . import Example, RuleInfo

Import = cst.Import | cst.ImportFrom
_STILL = "still v0.2 (pyautogen<0.3 beside 0.7)"
_OPTIONAL = "the program went on without v0.2; 0.7 is imported at the top, where it has to be there"
_FAILING = re.compile(r"\b(?:ImportError|ModuleNotFoundError|Exception)\b")


def apply(ctx: Context) -> None:
    replace_imports(ctx, _kept_names(ctx) | ctx.reader.handed)


def replace_imports(ctx: Context, kept: set[str], own: Sequence[str] = ()) -> None:
    """Take v0.2's imports away but for the names kept; add 0.7's, and ``own`` source below them."""
    kept |= _names_of_others(ctx)
    helpers = [*_helpers(ctx), *own]
    old = _old_imports(ctx)
    new = _wanted(ctx)
    for line in old:
        _rewrite(ctx, line, kept)
        if (new or helpers) and _is_optional(ctx, line):
            ctx.note("MIG001", line, "caveat", _OPTIONAL)
    if old and not any(site.code == "MIG001" and site.kind == "todo" for site in ctx.sites):
        _tell_brought(ctx)
    if new or helpers:
        _insert(ctx, old, new, helpers)


def _is_optional(ctx: Context, line: Import) -> bool:
    """Whether the program goes on where an import fails."""
    around = [each for each in ctx.source.ancestors(line) if isinstance(each, cst.Try)]
    return any(
        ctx.source.inside(line, each.body)
        and any(
            handler.type is None or _FAILING.search(ctx.source.code(handler.type))
            for handler in each.handlers
        )
        for each in around
    )


def _tell_brought(ctx: Context) -> None:
    """Other packages that the file has from v0.2's, in the report."""
    for line in [*ctx.source.find(cst.Import), *ctx.source.find(cst.ImportFrom)]:
        if isinstance(line, cst.Import):
            heads = [alias.evaluated_name for alias in line.names]
        else:
            heads = [ctx.source.module_of(line)] if not line.relative else []
        for head in heads:
            package = BROUGHT.get(head.partition(".")[0])
            if package is not None:
                ctx.note("MIG001", line, "caveat", f"{package} {NOT_BROUGHT}")


def _helpers(ctx: Context) -> list[str]:
    """Source code of everything the file gets of its own; adds what that imports."""
    blocks: list[str] = []
    for name, text in ctx.constants.items():
        blocks.append(f"{name} = {triple_quoted(text)}\n")
    for name, local in ctx.helpers.items():
        blocks.append(_renamed(ctx, HELPERS[name], name, local))
    if ctx.uses_proxy:
        helper = proxy_agent(ctx.proxy_features)
        for module, symbol in helper.imports:
            _ = ctx.need(module, symbol) if symbol else ctx.module(module)
        blocks.append(_renamed(ctx, helper, PROXY, ctx.proxy_class()))
    return blocks


def _renamed(ctx: Context, helper: Helper, name: str, local: str) -> str:
    """The code of a helper with the names this file has for it and for its imports."""
    names = {name.partition(":")[0]: local}
    names |= {other: ctx.helpers[other] for other in helper.needs}
    names |= {symbol: ctx.need(module, symbol) for module, symbol in helper.imports if symbol}
    code = helper.code
    for wanted, found in names.items():
        if wanted != found:
            code = re.sub(rf"(?<![.\w\"]){wanted}\b(?!=)", found, code)
    return code


def triple_quoted(text: str) -> str:
    if '"""' in text or "\\" in text:
        return repr(text)
    return f'"""{text}"""' if not text.endswith('"') else f"'''{text}'''"


def _old_imports(ctx: Context) -> list[Import]:
    found: list[Import] = []
    for node in ctx.source.walk():
        if isinstance(node, cst.Import):
            if any(alias.evaluated_name.partition(".")[0] in ROOTS for alias in node.names):
                found.append(node)
        elif isinstance(node, cst.ImportFrom) and not node.relative:
            head = ctx.source.module_of(node).partition(".")[0]
            found += [node] if head in ROOTS else []
    return found


def _kept_names(ctx: Context) -> set[str]:
    """Local names of v0.2 that code which stays on v0.2 still uses."""
    kept: set[str] = set()
    edits = [e for e in ctx.plan.edits if e.end > e.start and e.rank == 3]
    handled = ctx.reader.claimed
    for node in ctx.reader.references:
        start, end = ctx.source.span(node)
        around = [edit for edit in edits if edit.start <= start and end <= edit.end]
        # an edit that renders what is inside may bring the reference back
        gone = any(not callable(edit.text) for edit in around) or (
            bool(around) and id(node) in handled
        )
        if not gone:
            kept.add(first_name(node))
    return kept


def _names_of_others(ctx: Context) -> set[str]:
    """Names that come from v0.2 or, where that is tried first, from another package."""
    local: dict[str, set[bool]] = defaultdict(set)
    for line in [*ctx.source.find(cst.Import), *ctx.source.find(cst.ImportFrom)]:
        if isinstance(line.names, cst.ImportStar):
            continue
        head = ctx.source.module_of(line) if isinstance(line, cst.ImportFrom) else ""
        for alias in line.names:
            name = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
            dotted = head or alias.evaluated_name
            relative = isinstance(line, cst.ImportFrom) and bool(line.relative)
            local[name].add(not relative and dotted.partition(".")[0] in ROOTS)
    return {name for name, old in local.items() if len(old) > 1 and not _told_apart(ctx, name)}


def _told_apart(ctx: Context, name: str) -> bool:
    """Whether it is plain from the order of the lines which import each use of a name means."""
    source = ctx.source
    lines = [*source.find(cst.Import), *source.find(cst.ImportFrom)]
    for node in source.named(name):
        line = next((each for each in lines if source.inside(node, each)), None)
        if line is not None:
            if source.parent(source.statement(line)) is not source.module:
                return False
        elif source.scope(node) is not None and source.meant(node) is None:
            return False
    return True


def _rewrite(ctx: Context, line: Import, kept: set[str]) -> None:
    if isinstance(line.names, cst.ImportStar):
        ctx.todo("MIG001", line, "name the imports: a star import cannot be followed")
        return
    stay = [alias for alias in line.names if _stays(line, alias, kept)]
    if len(stay) == len(line.names):
        _mark(ctx, line, stay)
        return
    statement = ctx.source.statement(line)
    if not stay:
        _remove(ctx, line, statement)
    else:
        names = ", ".join(_spelled(alias) for alias in stay)
        start, end = ctx.source.span(line)
        head = (
            "import "
            if isinstance(line, cst.Import)
            else f"from {ctx.source.module_of(line)} import "
        )
        ctx.plan.replace(start, end, head + names)
        _mark(ctx, line, stay)
    ctx.note("MIG001", line, "migrated", "imports of v0.2 that nothing uses any more are gone")


def _mark(ctx: Context, line: Import, stay: list[cst.ImportAlias]) -> None:
    old = {_local(alias) for alias in stay if _is_old(line, alias)}
    here = {first_name(node) for node in ctx.reader.references}
    if old and old <= ctx.reader.handed - here:
        ctx.todo("MIG001", line, f"{_STILL}, for other files that take it from here")
    elif old:
        ctx.todo("MIG001", line, f"{_STILL}, for the places marked below")


def _local(alias: cst.ImportAlias) -> str:
    return (alias.evaluated_alias or alias.evaluated_name).partition(".")[0]


def _is_old(line: Import, alias: cst.ImportAlias) -> bool:
    return isinstance(line, cst.ImportFrom) or alias.evaluated_name.partition(".")[0] in ROOTS


def _stays(line: Import, alias: cst.ImportAlias, kept: set[str]) -> bool:
    return not _is_old(line, alias) or _local(alias) in kept


def _spelled(alias: cst.ImportAlias) -> str:
    name = alias.evaluated_name
    return f"{name} as {alias.evaluated_alias}" if alias.evaluated_alias else name


def _remove(ctx: Context, line: Import, statement: cst.CSTNode) -> None:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        ctx.remove(line)
        return
    start, end = ctx.source.span(line)
    ctx.plan.replace(start, end, "pass")


def _wanted(ctx: Context) -> tuple[list[str], list[str]]:
    """Import lines to add: of the standard library, and of packages."""
    modules: dict[str, set[str]] = defaultdict(set)
    plain: set[str] = set()
    present = _present(ctx)
    joinable = _joinable(ctx)
    for (module, name), local in ctx.imports.items():
        if not name:
            if module not in present:
                plain.add(module)
        elif f"{module}.{name}" in present:
            continue
        elif module in joinable and local == name:
            end = ctx.source.span(joinable[module])[1]
            ctx.plan.insert(end, f", {name}")
        else:
            modules[module].add(name if local == name else f"{name} as {local}")
    lines = [(module, f"import {module}") for module in sorted(plain)]
    lines += [(m, _from_line(m, sorted(names, key=_isort))) for m, names in sorted(modules.items())]
    standard = [
        text for module, text in lines if module.partition(".")[0] in sys.stdlib_module_names
    ]
    return standard, [text for _, text in lines if text not in standard]


def _joinable(ctx: Context) -> dict[str, cst.ImportFrom]:
    """Plain one-line imports at the head of the file that can take another name."""
    found: dict[str, cst.ImportFrom] = {}
    seen = False
    for statement in ctx.source.module.body:
        if not _is_import(statement):
            if seen:
                break
            continue
        seen = True
        line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not isinstance(line, cst.ImportFrom) or line.module is None or line.relative:
            continue
        if not line.lpar and not isinstance(line.names, cst.ImportStar):
            found.setdefault(ctx.source.module_of(line), line)
    return found


def _isort(name: str) -> tuple[bool, str]:
    return (not name.isupper(), name)


def _from_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 100:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _present(ctx: Context) -> set[str]:
    """Module-level imports the file has already, above what is written anew."""
    found: set[str] = set()
    used = _first_use(ctx)
    for statement in ctx.source.module.body:
        if ctx.source.span(statement)[0] > used:
            break
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for line in statement.body:
            if isinstance(line, cst.Import):
                found |= {a.evaluated_name for a in line.names if a.evaluated_alias is None}
            elif isinstance(line, cst.ImportFrom) and line.module is not None:
                module = ctx.source.module_of(line)
                if not isinstance(line.names, cst.ImportStar):
                    found |= {
                        f"{module}.{a.evaluated_name}"
                        for a in line.names
                        if a.evaluated_alias is None
                    }
    return found


def _insert(
    ctx: Context, old: list[Import], new: tuple[list[str], list[str]], helpers: list[str]
) -> None:
    standard, packages = new
    body = ctx.source.module.body
    imports = [s for s in body if _is_import(s)]
    used = _first_use(ctx)
    place = min(_package_place(ctx, old), used)
    first = imports[0] if imports else None
    own_first = first is None or any(ctx.source.inside(line, first) for line in old)
    lines = "".join(f"{line}\n" for line in packages)
    if standard and own_first:
        lines = "".join(f"{line}\n" for line in standard) + ("\n" if packages else "") + lines
        standard = []
    if lines and place == used and not helpers:
        lines += "\n"  # what follows is no import
    ctx.plan.insert(place, ctx.plan.lines(lines), outside=True)
    if standard and first is not None:
        at = ctx.source.line_start(ctx.source.span(first)[0])
        text = "".join(f"{line}\n" for line in standard)
        ctx.plan.insert(at, ctx.plan.lines(text), outside=True)
    if helpers:
        _insert_helpers(ctx, helpers, place)


def _first_use(ctx: Context) -> int:
    """Start of the first top-level statement, no import, that is written anew."""
    source = ctx.source
    starts = [edit.start for edit in ctx.plan.edits if edit.rank > 1]
    for statement in source.module.body:
        first = source.line_start(source.span(statement)[0])
        if _is_import(statement) or isinstance(statement, cst.FunctionDef | cst.ClassDef):
            continue
        last = ctx.line_end(statement)  # what is put below a statement begins there
        if any(first <= at <= last for at in starts):
            return first
    return len(source.text)


def _is_import(statement: cst.CSTNode) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    line = statement.body[0]
    if isinstance(line, cst.ImportFrom):
        module = line.module
        return not (isinstance(module, cst.Name) and module.value == "__future__")
    return isinstance(line, cst.Import)


def _package_place(ctx: Context, old: list[Import]) -> int:
    """Where the first module-level import of v0.2 stands, else below the head of the file."""
    source = ctx.source
    for line in old:
        statement = source.statement(line)
        if source.parent(statement) is source.module:
            return source.line_start(source.span(statement)[0])
    place = 0
    for statement in source.module.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        head = statement.body[0]
        text = isinstance(head, cst.Expr) and isinstance(head.value, cst.SimpleString)
        if not (text or isinstance(head, cst.Import | cst.ImportFrom)):
            break
        place = source.next_line(source.span(statement)[1] - 1)
    return place


def _insert_helpers(ctx: Context, helpers: list[str], place: int) -> None:
    """After the imports at the head of the file, with two blank lines on both sides."""
    source = ctx.source
    at = place
    for statement in source.module.body:
        start, end = source.span(statement)
        if start < place:
            continue
        if not _is_import(statement):
            break
        at = source.next_line(end - 1)
    text = "\n\n".join(helpers)
    after = source.text[at:]
    blank = len(after) - len(after.lstrip("\r\n"))
    tail = "\n" * max(0, 2 - after[:blank].count("\n")) if after.strip() else ""
    ctx.plan.insert(at, ctx.plan.lines(f"\n\n{text}{tail}"), outside=True)


RULE = RuleInfo(
    code="MIG001",
    slug="imports",
    title="Imports of v0.2 become imports of 0.7",
    level="todo",
    v02="`import autogen`, `from autogen import …`, `pyautogen`, contrib modules",
    v07="`autogen_agentchat`, `autogen_core`, `autogen_ext`",
    docs=__doc__ or "",
    examples=(
        Example(
            "from autogen import AssistantAgent",
            "from autogen_agentchat.agents import AssistantAgent",
        ),
    ),
    order=990,
    apply=apply,
)
