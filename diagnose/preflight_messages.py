"""Messages of core programs in their text: types that nobody handles, or that cannot be sent."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from .preflight_fault import Fault
from .preflight_source import Function, Module, Program, Scope, Site, argument

HANDLERS: Final = frozenset({"message_handler", "event", "rpc"})
POSTS: Final = frozenset({"send_message", "publish_message"})
ANYTHING: Final = frozenset(
    {
        "autogen_core.BaseAgent",
        "autogen_core.Agent",
        "autogen_core.InterventionHandler",
        "autogen_core.DefaultInterventionHandler",
    }
)
RUNTIMES: Final = frozenset({"SingleThreadedAgentRuntime", "TracedRuntime"})
MODELS: Final = ("pydantic.", "google.protobuf.")


def message_faults(program: Program) -> Iterator[Fault]:
    """Types that are posted and handled by no agent; handled types that have no serialiser."""
    handled = _handled(program)
    if handled is None:
        return
    yield from _without_serialiser(program, handled)
    if not handled or _handles_anything(program) or not _is_whole(program):
        return
    for node, scope in program.every():
        function = node.func
        if not (isinstance(function, ast.Attribute) and function.attr in POSTS):
            continue
        message = program.made(argument_of(node, scope))
        known = program.class_of(message.what) if message is not None else None
        if message is None or known is None or message.kind in known[0].twice:
            continue
        if message.what in handled:
            continue
        if function.attr == "send_message" or _is_kin(program, message.what, handled):
            near = ", ".join(sorted(name.rpartition(".")[2] for name in handled))
            what = f"no agent has a handler for {message.kind}; there are handlers for {near}"
            yield Fault.at(Site(node, scope), "PLUG010", "", what)


def _is_kin(program: Program, name: str, handled: dict[str, Site]) -> bool:
    """A handler takes a class that it derives from, or that derives from it. An event of any other
    class may be for whoever cares, as a program's last result often is."""
    own = {base for base in program.bases(name) if program.class_of(base) is not None}
    return any(own & program.bases(each) for each in handled)


def argument_of(node: ast.Call, scope: Scope) -> Site | None:
    """The message that is posted."""
    for keyword in node.keywords:
        if keyword.arg == "message":
            return Site(keyword.value, scope)
    return Site(node.args[0], scope) if node.args else None


def _handled(program: Program) -> dict[str, Site] | None:
    """Types that handlers name, by full name; None when one cannot be told."""
    found: dict[str, Site] = {}
    for module in program.modules:
        for cls in module.classes.values():
            for each in cls.body:
                if not (isinstance(each, Function) and _is_handler(program, module, each)):
                    continue
                if not _take(program, module, each, 1, found):
                    return None
    for made in program.calls:
        if made.kind == "register_closure":
            closure = argument(made, "closure", 2)
            name = program.name(closure.node, closure.scope) if closure is not None else ""
            place, _, last = name.rpartition(".")
            module = program.module(place)
            function = module.functions.get(last) if module is not None else None
            if module is None or function is None:
                return None
            if not _take(program, module, function, 1, found):
                return None
    return found


def _is_handler(program: Program, module: Module, function: Function) -> bool:
    for each in function.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        name = program.name(called, module.scopes[module.tree])
        if name.startswith("autogen_core") and name.rpartition(".")[2] in HANDLERS:
            return True
    return False


def _take(
    program: Program, module: Module, function: Function, place: int, found: dict[str, Site]
) -> bool:
    """Add the types of a handler's message; False when they cannot be told."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    if len(arguments) <= place or arguments[place].annotation is None:
        return False
    for each in _alternatives(arguments[place].annotation):
        scope = module.scopes[module.tree]
        name = program.name(each, scope)
        if not name:
            return False
        found.setdefault(name, Site(each, scope))
    return True


def _alternatives(annotation: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        yield from _alternatives(annotation.left)
        yield from _alternatives(annotation.right)
    elif isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Union"):
        inside = annotation.slice
        for each in inside.elts if isinstance(inside, ast.Tuple) else [inside]:
            yield from _alternatives(each)
    elif annotation is not None:
        yield annotation


def _is_whole(program: Program) -> bool:
    """It starts a runtime of its own: nobody elsewhere can be meant."""
    return any(made.kind in RUNTIMES for made in program.calls)


def _handles_anything(program: Program) -> bool:
    """An agent that is no RoutedAgent decides by itself what it takes, and so does a handler that
    looks at every message."""
    for module in program.modules:
        top = module.scopes[module.tree]
        for cls in module.classes.values():
            if any(program.name(base, top) in ANYTHING for base in cls.bases):
                return True
    return False


def _without_serialiser(program: Program, handled: dict[str, Site]) -> Iterator[Fault]:
    for name in handled:
        known = program.class_of(name)
        if known is None:
            continue
        module, cls = known
        bases = program.bases(name)
        foreign = [base for base in bases if program.class_of(base) is None]
        if any(base.startswith(MODELS) for base in foreign):
            continue
        if foreign:
            continue  # a base class from elsewhere may be anything
        families = [program.class_of(base) for base in bases]
        if not any(family and _is_dataclass(program, *family) for family in families):
            what = "is neither a dataclass nor a model: it has no serialiser"
            yield Fault.of(module, cls.lineno, "PLUG011", cls.name, what)
        elif (why := _nested(program, module, cls)) is not None:
            yield Fault.of(module, cls.lineno, "PLUG011", cls.name, why)


def _is_dataclass(program: Program, module: Module, cls: ast.ClassDef) -> bool:
    top = module.scopes[module.tree]
    names = [
        program.name(each.func if isinstance(each, ast.Call) else each, top)
        for each in cls.decorator_list
    ]
    return any(name.rpartition(".")[2] == "dataclass" for name in names)


def _nested(program: Program, module: Module, cls: ast.ClassDef) -> str | None:
    """A dataclass with a field that AutoGen's serialiser refuses: a union, or a class of fields."""
    late = any(
        isinstance(each, ast.ImportFrom)
        and each.module == "__future__"
        and any(alias.name == "annotations" for alias in each.names)
        for each in module.tree.body
    )
    if late:  # the fields' types are texts there, and not looked at
        return None
    top = module.scopes[module.tree]
    for field in cls.body:
        if not isinstance(field, ast.AnnAssign) or isinstance(field.annotation, ast.Constant):
            continue
        kinds = list(_alternatives(field.annotation))
        optional = ast.unparse(field.annotation).startswith(("Optional[", "typing.Optional["))
        name = ast.unparse(field.target)
        if len(kinds) > 1 or optional:
            return f"is a dataclass whose field {name!r} is a union, which has no serialiser"
        inner = program.class_of(program.name(kinds[0], top)) if kinds else None
        if inner is not None and (
            _is_dataclass(program, *inner)
            or any(base.startswith(MODELS) for base in program.bases(program.name(kinds[0], top)))
        ):
            return (
                f"is a dataclass whose field {name!r} is a {inner[1].name}, which has fields itself"
            )
    return None
