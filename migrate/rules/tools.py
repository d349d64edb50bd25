"""A registered function becomes a tool of the agent that calls it.

v0.2 registers a function twice, for the agent whose model may call it and for the agent that runs
it; in 0.7 the caller runs its own tools, so the second agent drops out. The constructor needs the
tools, so it moves below the last function it is given if that stands further down. 0.7 stops after
one round of calls unless told otherwise, and its reflection fails when the model wants a second
call (microsoft/autogen #6835): `max_tool_iterations` carries v0.2's limit of replies.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context, comment_start, layout, quote
from ..model import Limit, Obstacle, Speaker, Tool
from ..plan import Render
from ..reader import Reader
from ..voices import hands_back
from . import Example, RuleInfo
from .legacy_functions import described_tool
from .reply_limit import least, number
from .tool_result import tool_class


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.tools and not speaker.obstacles:
            _check_order(reader, speaker)
    for tool in reader.program.tools:
        owner, function = tool.caller, _definition(reader, tool)
        if owner is None or tool.schema is not None:
            continue
        if function is None:
            if _is_object(reader, tool.function):
                text = "a tool is an object that can be called"
                owner.obstacles.append(Obstacle("MIG040", tool.registrations[0], text))
            continue
        given = function.params
        for parameter in (*given.posonly_params, *given.params, *given.kwonly_params):
            if parameter.annotation is None:
                text = f"the parameter {parameter.name.value!r} of a tool has no annotation"
                owner.obstacles.append(Obstacle("MIG040", function, text))


def _is_object(reader: Reader, node: cst.CSTNode) -> bool:
    """Whether an expression is what a class makes."""
    bound = reader.source.bound_value(node) if isinstance(node, cst.Name) else None
    made = bound[1] if bound is not None else node
    func = made.func if isinstance(made, cst.Call) else None
    last = func.attr if isinstance(func, cst.Attribute) else func
    return isinstance(last, cst.Name) and last.value[:1].isupper()


def _definition(reader: Reader, tool: Tool) -> cst.FunctionDef | None:
    if isinstance(tool.function, cst.FunctionDef):
        return tool.function
    if isinstance(tool.function, cst.Name):
        target = reader.source.declaration(tool.function)
        return target if isinstance(target, cst.FunctionDef) else None
    return None


def _later(reader: Reader, speaker: Speaker) -> list[cst.CSTNode]:
    """What the constructor needs but stands below it."""
    made = reader.source.span(speaker.call)[0]
    found: list[cst.CSTNode] = []
    for tool in speaker.tools:
        function = _definition(reader, tool)
        if function is not None and reader.source.span(function)[0] > made:
            found.append(function)
        elif function is None and isinstance(tool.function, cst.BaseExpression):
            bound = (
                reader.source.bound_value(tool.function)
                if isinstance(tool.function, cst.Name)
                else None
            )
            if bound is not None and reader.source.span(bound[0])[0] > made:
                found.append(reader.source.statement(bound[0]))
    return found


def _check_order(reader: Reader, speaker: Speaker) -> None:
    """The constructor can only move down past what does not use the agent."""
    later = _later(reader, speaker)
    if not later:
        return
    source = reader.source
    last = max(later, key=lambda node: source.span(node)[1])
    if source.block(speaker.call) is not source.parent(last):
        text = "its tools are defined in another block, below it"
        speaker.obstacles.append(Obstacle("MIG040", last, text))
        return
    first, stop = source.span(speaker.call)[1], source.span(last)[1]
    allowed = [source.span(node) for tool in speaker.tools for node in tool.registrations]
    allowed += [source.span(group.call) for group in speaker.groups]
    for node in source.find(cst.Name):
        if node.value != (speaker.variable or "").rpartition(".")[2]:
            continue
        at = source.span(node)[0]
        if not first < at < stop or any(a <= at < b for a, b in allowed):
            continue
        if reader.speaker(node) is speaker or isinstance(source.parent(node), cst.Attribute):
            text = "is used before the last of its tools is defined"
            speaker.obstacles.append(Obstacle("MIG040", node, text))
            return


def apply(ctx: Context) -> None:
    done: set[int] = set()
    for speaker in ctx.program.speakers:
        if not speaker.tools or not ctx.standing.moves(speaker):
            continue
        ctx.tools_of[id(speaker)] = [("tools", _tools(ctx, speaker))]
        _move_below(ctx, speaker)
        if hands_back(speaker):
            text = "the group chooses who reads the result of a tool"
            ctx.note("MIG042", speaker.call, "migrated", text)
        else:
            ctx.tools_of[id(speaker)] += [
                ("max_tool_iterations", _iterations(speaker)),
                ("reflect_on_tool_use", "True"),
            ]
        if not hands_back(speaker) and any(
            group.selection != "round_robin" for group in speaker.groups
        ):
            text = "in v0.2 the group chose who reads a tool's result; here the caller does"
            ctx.todo("MIG042", speaker.call, text)
        text = "a tool that the model makes up is answered in other words than in v0.2"
        ctx.note("MIG040", speaker.call, "caveat", text)
        if len(speaker.tools) > 1:
            text = "several calls in one message run at the same time in 0.7"
            ctx.note("MIG040", speaker.call, "caveat", text)
    for tool in ctx.program.tools:
        if tool.caller is not None and ctx.standing.moves(tool.caller):
            for node in tool.registrations:
                if id(node) not in done:
                    done.add(id(node))
                    _unregister(ctx, node)


def _tools(ctx: Context, speaker: Speaker) -> str:
    made = [_tool(ctx, tool) for tool in speaker.tools]
    line = f"[{', '.join(made)}]"
    if len(line) <= 60 and "\n" not in line:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in made) + "]"


def _tool(ctx: Context, tool: Tool) -> str:
    function = tool.function
    code = (
        function.name.value if isinstance(function, cst.FunctionDef) else ctx.source.code(function)
    )
    if tool.schema is not None:
        return described_tool(ctx, tool, code)
    args = [code]
    if tool.name_code and tool.name != code:
        args.append(f"name={tool.name_code}")
    args.append(f"description={tool.description_code or _doc(ctx, tool)}")
    name = tool_class(ctx, _definition(ctx.reader, tool), tool)
    return layout(name, args, width=400)


def _doc(ctx: Context, tool: Tool) -> str:
    function = _definition(ctx.reader, tool)
    text = function.get_docstring() if function is not None else None
    ctx.note("MIG040", tool.registrations[0], "caveat", "v0.2 had no description for this tool")
    return quote(text or "")


def _iterations(speaker: Speaker) -> str:
    limits = [Limit(1)]
    for chat in speaker.chats:
        starter = chat.starter
        found = [speaker.limit, *([chat.turns] if chat.turns else [])]
        if starter is not None and starter is not speaker:
            found.append(starter.limit)
        limits.append(least(found))
    limits += [group.rounds for group in speaker.groups]
    known = [limit.number for limit in limits if limit.number is not None]
    unknown = [limit for limit in limits if limit.number is None]
    # with one, 0.7 asks for the answer without the tools and fails if the model wants one more
    return number(unknown[0]) if unknown else str(max(2, *known))


def _unregister(ctx: Context, node: cst.CSTNode) -> None:
    source = ctx.source
    if isinstance(node, cst.Decorator):
        start, end = source.span(node)
        ctx.plan.replace(source.line_start(start), source.next_line(end - 1), "")
    else:
        ctx.remove(node)
    ctx.note("MIG040", node, "migrated", "the function is a tool of the agent that calls it")


def _move_below(ctx: Context, speaker: Speaker) -> None:
    later = _later(ctx.reader, speaker)
    if not later:
        return
    source = ctx.source
    statement = source.statement(speaker.call)
    last = max(later, key=lambda node: source.span(node)[1])
    first, stop = source.span(statement)
    start, end = source.line_start(first), source.next_line(stop - 1)
    start = comment_start(source.text, start, source.indentation(statement))
    kept: list[str] = []

    def take(render: Render) -> str:
        kept.append(render(start, end))
        return ""

    ctx.plan.wrap(start, end, take)
    blank = "\n\n" if source.indentation(statement) else "\n\n\n"
    lead = ctx.plan.lines(blank if isinstance(last, cst.FunctionDef) else "\n")
    ctx.plan.insert(ctx.line_end(last), lambda _render: lead + kept[0].rstrip("\r\n"))


RULE = RuleInfo(
    code="MIG040",
    slug="tools",
    title="Registered functions become tools",
    level="todo",
    v02="`register_for_llm`, `register_for_execution`, `register_function`",
    v07="`tools=[FunctionTool(…)]`, `max_tool_iterations`, `reflect_on_tool_use=True`",
    docs=__doc__ or "",
    examples=(
        Example(
            'register_function(add, caller=bot, executor=user, description="Adds.")',
            (
                'bot = AssistantAgent("bot", …, tools=[FunctionTool(add, '
                'description="Adds.")], max_tool_iterations=100, reflect_on_tool_use=True)'
            ),
        ),
    ),
    order=200,
    check=check,
    apply=apply,
)
