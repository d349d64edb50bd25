"""One event loop a program.

0.7 is asynchronous, and its clients and teams belong to the loop they first ran on: a second
`asyncio.run` fails with "Event loop is closed" and a team is dead for good (microsoft/autogen
#5816). So the module-level part of a script from its first chat on becomes `async def main()` with
one guarded `asyncio.run`, and functions that hold a chat become coroutines together with their
callers in the file. A function that others call in ways that cannot await (a method, a callback, a
function only other files call) stays what it is, and the whole file uses one loop of its own, in a
thread beside the program.
"""

from __future__ import annotations

import libcst as cst

from ..async_plan import AsyncPlan
from ..context import Client, Context, comment_start, reindent
from ..model import Chat, Speaker, Tool
from ..plan import GAP, Render
from ..voices import voice
from . import Example, RuleInfo

LOOP_STARTS = ("asyncio.run", "asyncio.new_event_loop", "asyncio.Runner")


def prepare(ctx: Context) -> None:
    """Decide how chats are awaited, before any of them is written."""
    waits = _waits(ctx)
    plan = _decide(ctx, [call for call, _ in waits])
    ctx.async_plan = plan
    sync, other = "", ""
    if plan.loop:
        sync = ctx.helper("wait_for")
        other = ctx.helper("on_loop") if any(_in_async(ctx, call) for call, _ in waits) else ""

    def awaited(node: cst.CSTNode, code: str) -> str:
        if not plan.loop or id(node) in ctx.in_coroutine:
            return f"await {code}"
        return f"await {other}({code})" if _in_async(ctx, node) else f"{sync}({code})"

    ctx.awaited = awaited


def _in_async(ctx: Context, node: cst.CSTNode) -> bool:
    function = ctx.source.enclosing_def(node)
    return function is not None and function.asynchronous is not None


def _waits(ctx: Context) -> list[tuple[cst.Call, Chat | Speaker | None]]:
    """Every call that will have to be waited for, with the part it belongs to."""
    found: list[tuple[cst.Call, Chat | Speaker | None]] = [
        (chat.call, chat) for chat in ctx.program.chats if ctx.standing.moves(chat)
    ]
    for ask in ctx.program.asks:
        spoken = ask.kind == "reply" or voice(ask.speaker, ctx.faithful) != "none"
        if spoken and ctx.standing.moves(ask.speaker):
            found.append((ask.call, ask.speaker))
    asked = [ask.call for asker in ctx.program.model_askers for ask in asker.asks]
    return [*found, *((call, None) for call in asked)]


def _decide(ctx: Context, nodes: list[cst.Call]) -> AsyncPlan:
    plan = AsyncPlan()
    if any(_in_async(ctx, node) for node in nodes) and _runs_several_loops(ctx):
        return AsyncPlan(loop=True)
    queue = [f for node in nodes if (f := ctx.source.enclosing_def(node)) is not None]
    while queue:
        function = queue.pop()
        if function.asynchronous is not None or function in plan.functions:
            continue
        calls = _calls_of(ctx, function)
        if calls is None:
            return AsyncPlan(loop=True)
        plan.functions.add(function)
        plan.calls += calls
        queue += [f for call in calls if (f := ctx.source.enclosing_def(call)) is not None]
    return plan


def _runs_several_loops(ctx: Context) -> bool:
    """Whether the program itself starts one event loop after another, or may."""
    starts = [
        call for call in ctx.source.find(cst.Call) if ctx.source.qualified(call.func) in LOOP_STARTS
    ]
    return len(starts) > 1 or any(_may_run_again(ctx, call) for call in starts)


def _may_run_again(
    ctx: Context, call: cst.Call, seen: frozenset[cst.FunctionDef] = frozenset()
) -> bool:
    if any(isinstance(o, cst.For | cst.While | cst.BaseComp) for o in ctx.source.ancestors(call)):
        return True
    function = ctx.source.enclosing_def(call)
    if function is None:
        return False
    calls = _calls_of(ctx, function)
    if calls is None or len(calls) > 1 or function in seen:
        return True
    return any(_may_run_again(ctx, each, seen | {function}) for each in calls)


def _calls_of(ctx: Context, function: cst.FunctionDef) -> list[cst.Call] | None:
    """The calls of a function, or None when it is used in any way that cannot await."""
    source = ctx.source
    if isinstance(source.parent(source.parent(function) or function), cst.ClassDef):
        return None
    tools = [tool for tool in ctx.program.tools if ctx.standing.moves(tool.caller)]
    own = {id(node) for tool in tools for node in tool.registrations}
    if any(id(decorator) not in own for decorator in function.decorators):
        return None
    if any(source.enclosing_def(node) is function for node in source.find(cst.Yield, function)):
        return None
    is_tool = any(tool.function is function for tool in tools)
    calls: list[cst.Call] = []
    for node in source.find(cst.Name):
        if node.value != function.name.value or node is function.name:
            continue
        if not any(item.node is function for item in source.assignments(node)):
            continue
        parent = source.parent(node)
        if any(tool.function is node for tool in tools):
            is_tool = True
        elif isinstance(parent, cst.Call) and parent.func is node and _can_await(ctx, parent):
            calls.append(parent)
        elif not any(id(outer) in own for outer in source.ancestors(node)):
            return None
    return calls if calls or is_tool else None


def _can_await(ctx: Context, call: cst.Call) -> bool:
    for outer in ctx.source.ancestors(call):
        if isinstance(outer, cst.FunctionDef):
            return True
        if isinstance(outer, cst.Lambda | cst.GeneratorExp | cst.ClassDef):
            return False
        if isinstance(outer, cst.BaseComp) and ctx.source.enclosing_def(call) is None:
            return ctx.source.enclosing_def(call) is not None
    return True


def apply(ctx: Context) -> None:
    plan = ctx.async_plan
    calls = [call for call, _ in _waits(ctx)]
    if not calls:
        return
    if plan.loop:
        ctx.note("MIG062", calls[0], "caveat", "the file keeps one event loop for its chats")
        _warn_running(ctx)
        _close(ctx, None)
        return
    for function in plan.functions:
        start = ctx.source.span(function)[0]
        if function.decorators:
            start = _def_place(ctx, function)
        ctx.plan.insert(start, "async ")
        ctx.note("MIG061", function, "migrated", f"{function.name.value} is a coroutine now")
    module_calls = [call for call in plan.calls if ctx.source.enclosing_def(call) is None]
    points: list[cst.CSTNode] = [c for c in calls if not ctx.source.enclosing_def(c)]
    points += module_calls
    single = _single_entry(ctx, points)
    for call in plan.calls:
        if call is not single:
            _await_call(ctx, call)
    _close(ctx, _definition(ctx, single) if single is not None else None)
    if ctx.notebook or not points:
        return
    ctx.module("asyncio")
    if single is not None:
        start, end = ctx.source.span(single)
        ctx.plan.replace(start, end, lambda render: f"asyncio.run({render(start, end)})")
        ctx.note("MIG060", single, "migrated", "one asyncio.run for the whole program")
        return
    _wrap(ctx, min(points, key=lambda node: ctx.source.span(node)[0]))


def _warn_running(ctx: Context) -> None:
    """Mark what would wait for the loop on the loop: agents run coroutine tools there."""
    tools = {_defined(ctx, tool) for tool in ctx.program.tools}
    for call, _ in _waits(ctx):
        function = ctx.source.enclosing_def(call)
        if function is None or function.asynchronous is not None:
            continue
        for node in ctx.source.find(cst.Name):
            outer = ctx.source.enclosing_def(node)
            called = isinstance(ctx.source.parent(node), cst.Call)
            on_loop = outer is not None and outer.asynchronous is not None and outer in tools
            if node.value == function.name.value and called and on_loop:
                text = f"{function.name.value} waits for the loop this runs on; await the team here"
                ctx.todo("MIG062", node, text)


def _defined(ctx: Context, tool: Tool) -> cst.CSTNode | None:
    """The definition of a tool's function, where it is in this file."""
    function = tool.function
    return ctx.source.declaration(function) if isinstance(function, cst.Name) else function


def _def_place(ctx: Context, function: cst.FunctionDef) -> int:
    last = ctx.source.span(function.decorators[-1])[1]
    name = ctx.source.span(function.name)[0]
    return last + ctx.source.text[last:name].rindex("def")


def _single_entry(ctx: Context, points: list[cst.CSTNode]) -> cst.Call | None:
    """The one call ``main()`` that starts everything, when it stands alone."""
    if len(points) != 1 or ctx.notebook or not isinstance(points[0], cst.Call):
        return None
    call = points[0]
    if call not in ctx.async_plan.calls or call.args:
        return None
    if not isinstance(ctx.source.parent(call), cst.Expr):
        return None
    for outer in ctx.source.ancestors(call):
        if isinstance(outer, cst.For | cst.While):
            return None
    return call


def _await_call(ctx: Context, call: cst.Call) -> None:
    start, end = ctx.source.span(call)
    outer = ctx.source.parent(call)
    tight = isinstance(outer, cst.Attribute | cst.Subscript) or (
        isinstance(outer, cst.Call) and outer.func is call
    )
    ctx.plan.insert(start, "(await " if tight else "await ")
    if tight:
        ctx.plan.insert(end, ")")


def _definition(ctx: Context, call: cst.Call) -> cst.FunctionDef | None:
    target = ctx.source.declaration(call.func) if isinstance(call.func, cst.Name) else None
    return target if isinstance(target, cst.FunctionDef) else None


def _close(ctx: Context, entry: cst.FunctionDef | None) -> None:
    """Clients and executors made in a function are closed where it ends.

    Those of the module are closed at the end of the one function that runs it all, if there is;
    with a loop of the file's own, when the program ends.
    """
    for item in [*ctx.closing, *ctx.clients]:
        function = item.function or entry
        if not item.variable.isidentifier():
            continue
        if function is None and ctx.async_plan.loop and not ctx.notebook:
            register = f"{ctx.module('atexit')}.register"
            closed = f"{ctx.helper('wait_for')}({item.variable}.close())"
            ctx.after(item.made, f"{register}(lambda: {closed})\n")
            continue
        if function is None or (item.function is not None and not _stays_inside(ctx, function)):
            continue
        if (branch := _branch(ctx, item)) is not None:
            if code := _waited(ctx, function, f"{item.variable}.close()"):
                _close_in(ctx, branch, code)
            continue
        last = _last_statement(ctx, function)
        if last is None:
            continue
        code = _waited(ctx, function, f"{item.variable}.close()")
        if not code:
            continue
        if isinstance(last, cst.Return):
            ctx.before(last, lambda _render, code=code: f"{code}\n")
        else:
            ctx.after(last, f"{code}\n")


def _branch(ctx: Context, item: Client) -> cst.IndentedBlock | None:
    """The block of a branch or a loop that a client is made in, so perhaps not at all."""
    block = ctx.source.block(item.made)
    outer = ctx.source.parent(block)
    if not isinstance(block, cst.IndentedBlock) or isinstance(outer, cst.FunctionDef):
        return None
    return None if outer is None or _is_guard(outer) else block


def _close_in(ctx: Context, branch: cst.IndentedBlock, code: str) -> None:
    """Close at the end of a branch what only it has, where nobody talks further down."""
    source = ctx.source
    end, last = source.span(branch)[1], branch.body[-1]
    if any(source.span(call)[0] > end for call, _ in _waits(ctx)):
        return
    if not any(source.find(kind, last) for kind in (cst.Return, cst.Break, cst.Continue)):
        ctx.after(last, f"{code}\n")


def _waited(ctx: Context, function: cst.FunctionDef, code: str) -> str:
    """Code that waits for something in a function, or nothing where it cannot."""
    is_async = function.asynchronous is not None or function in ctx.async_plan.functions
    if not ctx.async_plan.loop:
        return f"await {code}" if is_async else ""
    return (
        f"await {ctx.helper('on_loop')}({code})"
        if is_async
        else f"{ctx.helper('wait_for')}({code})"
    )


def _stays_inside(ctx: Context, function: cst.FunctionDef) -> bool:
    """Whether the agents a function makes talk in it and nowhere else."""
    source = ctx.source
    inside = [call for call, _ in _waits(ctx) if source.inside(call, function)]
    if not inside or any(source.enclosing_def(call) is not function for call in inside):
        return False
    parts = [*ctx.program.speakers, *ctx.program.groups]
    made = [part.variable for part in parts if source.enclosing_def(part.call) is function]
    shared = {
        item.name.value
        for kind in (cst.Global, cst.Nonlocal)
        for statement in source.find(kind, function)
        for item in statement.names
    }
    return all(name is not None and name.isidentifier() and name not in shared for name in made)


def _last_statement(ctx: Context, function: cst.FunctionDef) -> cst.CSTNode | None:
    """What a function ends with, or None where it ends in several places or with its agents.

    A return at the end is fine if it waits for nothing and hands out nothing that needs a client.
    """
    source = ctx.source
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    leaves: list[cst.CSTNode] = [
        node
        for kind in (cst.Return, cst.Yield)
        for node in source.find(kind, function)
        if source.enclosing_def(node) is function
    ]
    last = function.body.body[-1]
    if not leaves:
        return last
    end = leaves[0]
    if len(leaves) > 1 or not isinstance(end, cst.Return) or source.parent(end) is not last:
        return None
    waits = {id(call) for call, _ in _waits(ctx)} | {id(call) for call in ctx.async_plan.calls}
    agents = {part.variable for part in (*ctx.program.speakers, *ctx.program.groups)}
    inside = [*source.find(cst.Name, end), *source.find(cst.Call, end)]
    busy = any(id(node) in waits or getattr(node, "value", None) in agents for node in inside)
    return None if busy else end


# module level ------------------------------------------------------------------------------------


def _wrap(ctx: Context, first: cst.CSTNode) -> None:
    """Everything from the first awaited statement on moves into ``async def main()``."""
    source = ctx.source
    top = source.top_statement(first)
    guard = top if _is_guard(top) else None
    start = source.line_start(source.span(top)[0])
    end = len(source.text)
    if (
        isinstance(guard, cst.If)
        and isinstance(guard.body, cst.IndentedBlock)
        and guard is source.module.body[-1]
    ):
        body = guard.body
        inner = (
            source.line_start(source.span(body.body[0])[0]),
            source.next_line(source.span(guard)[1] - 1),
        )
    else:
        guard, inner = None, (start, end)
    if guard is None:
        start = comment_start(source.text, start, "")
        inner = (start, end)
    name = "main" if "main" not in ctx.names else ctx.unique("run_chats")
    shared = _shared_names(ctx, inner)
    unit = source.indent_unit
    closing: list[str] = []
    for item in _module_level(ctx):
        if (branch := _branch(ctx, item)) is None:
            closing.append(f"await {item.variable}.close()")
        elif start <= source.span(branch)[0] < end:
            _close_in(ctx, branch, f"await {item.variable}.close()")

    def code(render: Render) -> str:
        text = render(*inner)
        text = text if guard is not None else reindent(text, unit)
        head = f"async def {name}() -> None:\n"
        if shared:
            head += f"{unit}global {', '.join(shared)}\n"
        body = text.rstrip() + "\n"
        body += "".join(f"{unit}{line}\n" for line in closing)
        tail = f'\n\nif __name__ == "__main__":\n{unit}asyncio.run({name}())\n'
        return (
            ctx.plan.lines(head)
            + body.replace("\r\n", "\n").replace("\n", ctx.plan.newline)
            + ctx.plan.lines(tail)
        )

    has_code = bool(source.text[:start].strip())
    gap = ctx.plan.lines(f"{GAP}\n\n") if has_code else ""
    ctx.plan.wrap(start, end if guard is None else inner[1], lambda render: gap + code(render))
    ctx.note("MIG060", first, "migrated", f"the script runs in async def {name}()")


def _is_guard(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.If) or node.orelse is not None:
        return False
    test = node.test
    return (
        isinstance(test, cst.Comparison)
        and isinstance(test.left, cst.Name)
        and test.left.value == "__name__"
        and isinstance(node.body, cst.IndentedBlock)
    )


def _module_level(ctx: Context) -> list[Client]:
    made = [*ctx.closing, *ctx.clients]
    return [item for item in made if item.function is None and item.variable.isidentifier()]


def _shared_names(ctx: Context, inner: tuple[int, int]) -> list[str]:
    """Names the moved code binds that code outside of it reads as globals."""
    source = ctx.source
    scope = source.scope(source.module.body[0])
    if scope is None:
        return []
    start, end = inner
    found: list[str] = []
    for assignment in scope.globals.assignments:
        node = getattr(assignment, "node", None)
        if node is None or not start <= _place(ctx, node) < end:
            continue
        for access in assignment.references:
            at = _place(ctx, access.node)
            outside = not start <= at < end
            if outside and source.function(access.node) is not None:
                found.append(assignment.name)
    found += _bound_on_both_sides(ctx, inner)
    for statement in source.find(cst.Global):
        names = [item.name.value for item in statement.names]
        found += [name for name in names if _binds(ctx, name, inner)]
    return sorted(set(found))


def _bound_on_both_sides(ctx: Context, inner: tuple[int, int]) -> list[str]:
    """Names the moved code binds again: without `global` its reads would not see the first."""
    scope = ctx.source.scope(ctx.source.module.body[0])
    sides: dict[str, set[bool]] = {}
    for assignment in scope.globals.assignments if scope is not None else ():
        node = getattr(assignment, "node", None)
        place = _place(ctx, node) if node is not None else -1
        if place >= 0:
            sides.setdefault(assignment.name, set()).add(inner[0] <= place < inner[1])
    annotated = {
        node.target.value
        for node in ctx.source.find(cst.AnnAssign)
        if isinstance(node.target, cst.Name) and inner[0] <= _place(ctx, node) < inner[1]
    }  # Python takes no `global` for those
    return [name for name, found in sides.items() if len(found) == 2 and name not in annotated]


def _place(ctx: Context, node: cst.CSTNode) -> int:
    try:
        return ctx.source.span(node)[0]
    except KeyError:
        return -1


def _binds(ctx: Context, name: str, inner: tuple[int, int]) -> bool:
    return any(
        isinstance(target.target, cst.Name)
        and target.target.value == name
        and inner[0] <= _place(ctx, target) < inner[1]
        and ctx.source.function(target) is None
        for target in ctx.source.find(cst.AssignTarget)
    )


RULE = RuleInfo(
    code="MIG060",
    slug="async-main",
    title="A script runs in async def main()",
    level="migrated",
    v02="module-level chats",
    v07="`async def main()` and one guarded `asyncio.run(main())`",
    docs=__doc__ or "",
    examples=(
        Example(
            'user.initiate_chat(bot, message="Hello")',
            (
                "async def main() -> None:\n"
                "    …\n"
                "\n"
                "\n"
                'if __name__ == "__main__":\n'
                "    asyncio.run(main())"
            ),
        ),
    ),
    order=900,
    apply=apply,
)
