"""What has no mechanical counterpart stays as it is and is marked.

Reply functions, hooks, nested chats, subclasses of agents, retrieval, teachability and the like
have no counterpart that keeps their meaning. The statement is left exactly as it was, with one
comment that says what to build instead, and whatever talks to it stays on v0.2 with it, so that
the program still runs where both versions are installed.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..known import NO_COUNTERPART
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    _mark_own(ctx)
    _mark_kept(ctx)
    _mark_strays(ctx)


def _mark_own(ctx: Context) -> None:
    for part in [*ctx.program.speakers, *ctx.program.groups, *ctx.program.chats]:
        for obstacle in ctx.standing.own(part):
            ctx.keep(obstacle.node, obstacle)


def _mark_kept(ctx: Context) -> None:
    """Everything that is left for the sake of something else says so, once a statement."""
    program, standing = ctx.program, ctx.standing
    nodes: list[tuple[cst.CSTNode, object]] = []
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
    for node, obstacle in nodes:
        if not ctx.is_marked(node):
            ctx.keep_with(node, obstacle)


def _mark_strays(ctx: Context) -> None:
    for obstacle in ctx.program.strays:
        ctx.keep(obstacle.node, obstacle)
    for node, path in ctx.reader.references.items():
        if id(node) in ctx.reader.claimed or ctx.is_marked(node):
            continue
        hint = next(
            (NO_COUNTERPART[part] for part in path.split(".") if part in NO_COUNTERPART), ""
        )
        tail = path.rpartition(".")[2] or "autogen"
        base = isinstance(ctx.source.parent(node), cst.Arg) and isinstance(
            ctx.source.parent(ctx.source.parent(node) or node), cst.ClassDef
        )
        if base and not hint:
            hint = "a subclass becomes a BaseChatAgent subclass with on_messages"
        text = f"{tail} {hint}" if hint else f"{tail} of v0.2 has no mechanical counterpart"
        ctx.todo("MIG092" if base else "MIG090", node, text)


RULE = RuleInfo(
    code="MIG090",
    slug="no-counterpart",
    title="What has no counterpart is left and marked",
    level="todo",
    v02="`register_reply`, `register_nested_chats`, hooks, RAG, teachability, …",
    v07="a `# TODO(agentloupe) MIG090` comment above the untouched statement",
    docs=__doc__ or "",
    examples=(
        Example(
            "bot.register_reply([autogen.Agent, None], log_reply)",
            "# TODO(agentloupe) MIG090: left on v0.2: .register_reply of bot: a reply function becomes a BaseChatAgent subclass with on_messages\nbot.register_reply([autogen.Agent, None], log_reply)",
        ),
    ),
    order=800,
    apply=apply,
)
