"""generate_reply asks one agent without a chat.

v0.2 answers the given messages alone, whatever the agent heard before, and remembers nothing of
it. An agent of 0.7 keeps what it hears, so the file gets a function that puts the messages into
its context, asks, and takes them out again. Answers that may be a tool call, the output of code or
typed by a human are left: the caller would get something else.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Ask
from ..plan import Render
from ..read_asks import check_asks
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    for ask in ctx.program.asks:
        if ask.kind == "reply" and ask.messages is not None and ctx.standing.moves(ask.speaker):
            _ask(ctx, ask, ask.messages)


def _ask(ctx: Context, ask: Ask, messages: cst.BaseExpression) -> None:
    node: cst.CSTNode = ask.call
    parent = ctx.source.parent(node)
    if isinstance(parent, cst.Await):
        node = parent
    assert isinstance(ask.call.func, cst.Attribute)
    agent, said = ctx.rendered(ask.call.func.value), ctx.rendered(messages)
    helper = ctx.helper("generate_reply")
    texts = {id(read.value) for read in ask.text_reads}
    outer = ctx.source.parent(node)
    tight = isinstance(outer, cst.Attribute | cst.Subscript) and id(node) not in texts

    def code(render: Render) -> str:
        waited = ctx.awaited(ask.call, f"{helper}({agent(render)}, {said(render)})")
        return f"({waited})" if tight else waited

    ctx.plan.replace(*ctx.source.span(node), code)
    for read in ask.text_reads:
        ctx.plan.replace(ctx.source.full_span(read.value)[1], ctx.source.span(read)[1], "")
    ctx.note("MIG037", ask.call, "migrated", f"asked by {helper}() of this file")


RULE = RuleInfo(
    code="MIG037",
    slug="reply-without-chat",
    title="generate_reply becomes a question to the agent",
    level="todo",
    v02="`agent.generate_reply(messages=[…])`",
    v07="a `generate_reply` function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            'bot.generate_reply(messages=[{"content": "Hi", "role": "user"}])',
            'await generate_reply(bot, [{"content": "Hi", "role": "user"}])',
        ),
    ),
    order=430,
    check=check_asks,
    apply=apply,
)
