"""A function that makes the first message is given what it looks at, and no agents.

v0.2 calls it with the two agents and the other keywords of the chat, or, for a nested chat, with
the messages as well. Where it looks at nothing else, the function takes the messages or the
keywords alone; `recipient.chat_messages_for_summary(sender)` are those messages. One that looks at
the agents is left.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from ..context import Context, quote
from ..model import Chat, MessageMaker
from ..plan import Render
from ..syntax import literal
from . import Example, RuleInfo


def message_code(ctx: Context, chat: Chat, history: str = "") -> Callable[[Render], str]:
    """Source code of the first message of a chat."""
    if chat.typed:
        ctx.note("MIG030", chat.call, "migrated", "a human types the first message")
        return lambda _render: 'input(">")'
    if chat.nested and "message" not in chat.args:
        return lambda _render: f'{history}[-1]["content"]'
    given = chat.args["message"]
    base = ctx.rendered(given)
    maker = chat.maker
    if maker is None:
        if history or not _may_be_none(ctx, given):
            return base
        ctx.note("MIG030", chat.call, "migrated", "without a first message a human types one")
        return lambda render: f'({base(render)} if {base(render)} is not None else input(">"))'
    if history:
        return lambda render: f"{base(render)}({history})"
    context = [(quote(name), ctx.rendered(value)) for name, value in maker.context]

    def code(render: Render) -> str:
        items = ", ".join(f"{name}: {value(render)}" for name, value in context)
        return f"{base(render)}({{{items}}})"

    return code


def _may_be_none(ctx: Context, message: cst.BaseExpression) -> bool:
    """Whether a message is an option of the command line, or a variable of the environment, that
    need not be given: v0.2 asked a human then."""
    option = message.attr.value if isinstance(message, cst.Attribute) else ""
    name = message.value if isinstance(message, cst.Attribute) else message
    bound = ctx.source.bound_value(name) if isinstance(name, cst.Name) else None
    made = bound[1] if bound is not None else None
    if not isinstance(made, cst.Call):
        return False
    if not option:
        asks = ctx.source.qualified(made.func) in ("os.getenv", "os.environ.get")
        return asks and len(made.args) == 1
    return ctx.source.code(made.func).endswith(".parse_args") and any(
        _is_optional(call, option)
        for call in ctx.source.find(cst.Call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "add_argument"
    )


def _is_optional(call: cst.Call, name: str) -> bool:
    """Whether this is the option of that name, and None where it is left out."""
    words = [str(literal(arg.value)) for arg in call.args if arg.keyword is None]
    keys = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    return f"--{name.replace('_', '-')}" in words and not keys & {"default", "required", "action"}


def apply(ctx: Context) -> None:
    for chat in ctx.program.chats:
        for part in (chat, *chat.queue):
            if part.maker is not None and ctx.standing.moves(chat):
                _rewrite(ctx, part.maker)
    for speaker in ctx.program.speakers:
        for nested in speaker.nested:
            for part in nested.queue:
                if part.maker is not None and ctx.standing.moves(speaker):
                    _rewrite(ctx, part.maker)


def _rewrite(ctx: Context, maker: MessageMaker) -> None:
    params = maker.function.params.params
    kept = next(param for param in params if param.name.value == maker.kept)
    start, end = ctx.source.span(params[0])[0], _end(ctx, params[-1])
    annotation = kept.annotation
    plain = annotation is not None and not any(
        ctx.source.inside(node, annotation) for node in ctx.reader.references
    )
    kind = f": {ctx.source.code(annotation.annotation)}" if annotation and plain else ""
    ctx.plan.replace(start, end, f"{maker.kept}{kind}")
    for call in maker.histories:
        ctx.plan.replace(*ctx.source.span(call), maker.kept)
    ctx.note("MIG044", maker.function, "migrated", f"takes {maker.kept} alone")


def _end(ctx: Context, param: cst.Param) -> int:
    """Where a parameter ends, with its annotation and its default."""
    if param.default is not None:
        return ctx.source.full_span(param.default)[1]
    if param.annotation is not None:
        return ctx.source.full_span(param.annotation.annotation)[1]
    return ctx.source.span(param)[1]


RULE = RuleInfo(
    code="MIG044",
    slug="message-function",
    title="A function that makes the first message takes what it needs",
    level="migrated",
    v02="`message=function` of a chat",
    v07="`function(context)` or `function(messages)`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "def ask(sender, recipient, context):\n"
                '    return "Read " + context["file"]\n'
                'user.initiate_chat(bot, message=ask, file="a.csv")'
            ),
            (
                "def ask(context):\n"
                '    return "Read " + context["file"]\n'
                "…\n"
                "await Console(team.run_stream(task=TextMessage(\n"
                '    content=ask({"file": "a.csv"}), source="user")))'
            ),
        ),
    ),
    order=425,
    apply=apply,
)
