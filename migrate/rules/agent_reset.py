"""reset() of an agent is its on_reset, of a group that of its team.

An agent forgets what it heard in both versions. A silent agent has nothing to forget. A group chat
is a team made where its chat is; that chat resets it anyway, as v0.2's clear_history did, so the
reset before it is left out.
"""

from __future__ import annotations

from ..context import Context
from ..voices import voice
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    for ask in ctx.program.asks:
        if ask.kind != "reset" or not ctx.standing.moves(ask.speaker):
            continue
        if voice(ask.speaker, ctx.faithful) == "none":
            ctx.remove(ask.call)
        else:
            start, end = ctx.source.span(ask.call)
            token = ctx.need("autogen_core", "CancellationToken")
            run = ctx.awaited(ask.call, f"{ask.speaker.variable}.on_reset({token}())")
            ctx.plan.replace(start, end, run)
        ctx.note("MIG038", ask.call, "migrated", "the agent forgets what it heard")
    for group in ctx.program.groups:
        if ctx.standing.moves(group):
            for call in group.resets:
                ctx.remove(call)
                ctx.note("MIG038", call, "migrated", "the run of the team starts afresh anyway")


RULE = RuleInfo(
    code="MIG038",
    slug="agent-reset",
    title="reset() becomes on_reset()",
    level="migrated",
    v02="`agent.reset()`, `groupchat.reset()`",
    v07="`await agent.on_reset(CancellationToken())`",
    docs=__doc__ or "",
    examples=(Example("bot.reset()", "await bot.on_reset(CancellationToken())"),),
    order=435,
    apply=apply,
)
