"""What has no mechanical counterpart stays as it is and is marked.

Reply functions, hooks, subclasses of agents, agents that build agents and the like have no
counterpart that keeps their meaning. The statement is left exactly as it was, with one
comment that says what to build instead, and whatever talks to it stays on v0.2 with it, so that
the program still runs where both versions are installed.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..known import NO_COUNTERPART, V02_KEYWORDS, V02_METHODS
from ..model import Obstacle
from . import Example, RuleInfo
from .config_list import FUNCTIONS

_SUBCLASS = "a subclass becomes a BaseChatAgent subclass with on_messages"


def apply(ctx: Context) -> None:
    _mark_own(ctx)
    _mark_kept(ctx)
    _mark_strays(ctx)
    _mark_subclasses(ctx)
    _mark_unknown_receivers(ctx)


def _mark_own(ctx: Context) -> None:
    for part in [*ctx.program.speakers, *ctx.program.groups, *ctx.program.chats]:
        for obstacle in ctx.standing.own(part):
            ctx.keep(obstacle.node, obstacle)


def _mark_kept(ctx: Context) -> None:
    """Everything that is left for the sake of something else says so, once a statement."""
    program, standing = ctx.program, ctx.standing
    nodes: list[tuple[cst.CSTNode, Obstacle]] = []
    for part in [*program.speakers, *program.groups, *program.chats]:
        obstacle = standing.kept(part)
        if obstacle is not None:
            nodes.append((part.call, obstacle))
            manager = getattr(part, "manager", None)
            if manager is not None:
                nodes.append((manager, obstacle))
    for tool in program.tools:
        obstacle = standing.kept(tool)
        if obstacle is not None:
            nodes += [(node, obstacle) for node in tool.registrations]
    for group in program.groups:
        obstacle = standing.kept(group)
        if obstacle is not None:
            nodes += [(node, obstacle) for node in group.message_reads]
    for speaker in program.speakers:
        obstacle = standing.kept(speaker)
        if obstacle is not None and speaker.recalls is not None:
            nodes += [(call, obstacle) for call in (speaker.recalls.adding, speaker.recalls.made)]
        if obstacle is not None and speaker.teaching is not None:
            nodes.append((speaker.teaching.made, obstacle))
        for nested in speaker.nested if obstacle is not None else ():
            makers = [part.maker for part in nested.queue if part.maker is not None]
            calls = [nested.call, *(call for maker in makers for call in maker.histories)]
            nodes += [(call, obstacle) for call in calls if obstacle is not None]
    reads = [(ask.call, ask.speaker) for ask in program.asks]
    for node, speaker in [*reads, *((read.node, read.speaker) for read in program.history)]:
        obstacle = standing.kept(speaker)
        if obstacle is not None:
            nodes.append((node, obstacle))
    for node, obstacle in nodes:
        if not ctx.is_marked(node):
            ctx.keep_with(node, obstacle)


def _mark_strays(ctx: Context) -> None:
    for obstacle in ctx.program.strays:
        ctx.keep(obstacle.node, obstacle)
    for node, path in ctx.reader.references.items():
        if id(node) in ctx.reader.claimed or ctx.is_marked(node):
            continue
        if path.rpartition(".")[2] in FUNCTIONS:
            ctx.todo("MIG099", node, "left on v0.2 with the agents that use it")
            continue
        known = next((part for part in path.split(".") if part in NO_COUNTERPART), "")
        hint = NO_COUNTERPART[known] if known else ""
        tail = path[path.find(known) :] if known else path.rpartition(".")[2] or "autogen"
        base = isinstance(ctx.source.parent(node), cst.Arg) and isinstance(
            ctx.source.parent(ctx.source.parent(node) or node), cst.ClassDef
        )
        if base and not hint:
            hint = _SUBCLASS
        joint = " " if hint.startswith(("becomes ", "has ", "goes ", "is ")) else ": "
        text = f"{tail}{joint}{hint}" if hint else f"{tail} of v0.2 has no mechanical counterpart"
        ctx.todo("MIG092" if base else "MIG090", node, text)


def _mark_subclasses(ctx: Context) -> None:
    """Classes derived from an agent that another file of the program defines."""
    source = ctx.source
    for node in source.find(cst.ClassDef):
        for base in (each.value for each in node.bases):
            imported = source.qualified(base) is not None and base not in ctx.reader.references
            if imported and ctx.reader.is_agent(base) and not ctx.is_marked(base):
                ctx.todo("MIG092", base, f"{source.code(base)}: {_SUBCLASS}")


def _mark_unknown_receivers(ctx: Context) -> None:
    """Calls that only make sense on v0.2 objects, made elsewhere or of a class of the program."""
    for call in ctx.source.find(cst.Call):
        func = call.func
        method = func.attr.value if isinstance(func, cst.Attribute) else ""
        keys = sorted(
            {arg.keyword.value for arg in call.args if arg.keyword is not None} & V02_KEYWORDS
        )
        if not (method in V02_METHODS or keys) or _handled(ctx, call):
            continue
        if ctx.is_marked_near(call):
            continue
        if isinstance(func, cst.Attribute) and ctx.reader.is_apart(func):
            continue
        if method in V02_METHODS:
            text = f".{method}() of an object that is made elsewhere, or of a class of your own"
        else:
            text = f"{', '.join(keys)}: v0.2's configuration, which nothing in 0.7 takes"
        ctx.todo("MIG098", call, text)


def _handled(ctx: Context, call: cst.Call) -> bool:
    """Written anew, as a whole or in its arguments, or taken out."""
    if id(call.func) in ctx.reader.claimed:
        return True
    start, end = ctx.source.span(call)
    return any(
        edit.start <= start and end <= edit.end and edit.rank == 3 for edit in ctx.plan.edits
    )


RULE = RuleInfo(
    code="MIG090",
    slug="no-counterpart",
    title="What has no counterpart is left and marked",
    level="todo",
    v02="`register_reply`, hooks, `AgentBuilder`, …",
    v07="a `# TODO(agentloupe) MIG090` comment above the untouched statement",
    docs=__doc__ or "",
    examples=(
        Example(
            "bot.register_reply([autogen.Agent, None], log_reply)",
            (
                "# TODO(agentloupe) MIG090: left on v0.2: .register_reply of bot: "
                "a reply function becomes a BaseChatAgent subclass with on_messages\n"
                "bot.register_reply([autogen.Agent, None], log_reply)"
            ),
        ),
    ),
    order=800,
    apply=apply,
)
