"""OpenAIWrapper becomes a model client that the program asks itself.

v0.2's wrapper takes dictionaries and gives OpenAI's completions; a client of 0.7 takes and gives
its own messages. Texts of answers are read from those. Questions with templates, filters, tools or
another model, and answers that are read for more than their text, are left: they ask OpenAI's API
for what 0.7's clients do not give.
"""

from __future__ import annotations

import libcst as cst

from ..context import Client, Context, layout, quote
from ..model import ModelAsk, ModelAsker
from ..plan import Render
from ..syntax import dict_items, elements, string
from . import Example, RuleInfo
from .model_client import client_code, config_code

_MODELS = "autogen_core.models"
_ROLES = {"system": "SystemMessage", "user": "UserMessage", "assistant": "AssistantMessage"}


def apply(ctx: Context) -> None:
    for asker in ctx.program.model_askers:
        _made(ctx, asker)
        for ask in asker.asks:
            _asked(ctx, asker, ask)
        for call in asker.usage:
            ctx.plan.replace(*ctx.source.span(call), f"print({asker.variable}.total_usage())")
            ctx.note("MIG017", call, "caveat", "tokens are counted; 0.7 knows no prices")


def _made(ctx: Context, asker: ModelAsker) -> None:
    config = ", ".join(
        f"**{config_code(ctx, arg.value)}"
        if arg.keyword is None
        else f"{quote(arg.keyword.value)}: {config_code(ctx, arg.value)}"
        for arg in asker.call.args
    )
    starred = [config_code(ctx, arg.value) for arg in asker.call.args if arg.star]
    code = client_code(ctx, starred[0] if starred else f"{{{config}}}")
    ctx.plan.replace(*ctx.source.span(asker.call), ctx.aligned(asker.call, code))
    function = ctx.source.enclosing_def(asker.call)
    ctx.clients.append(Client(asker.variable, function, asker.call))
    ctx.note("MIG012", asker.call, "caveat", "only the first entry of the list is used")
    if not any(
        arg.keyword is not None and arg.keyword.value == "cache_seed" for arg in asker.call.args
    ):
        text = "v0.2 cached answers in .cache/41 unasked; 0.7 does not"
        ctx.note("MIG014", asker.call, "caveat", text)
    ctx.note("MIG017", asker.call, "migrated", "a model client instead of OpenAIWrapper")


def _asked(ctx: Context, asker: ModelAsker, ask: ModelAsk) -> None:
    messages = _messages(ctx, ask.messages)
    options = ", ".join(
        f"{quote(key)}: {ctx.source.code(value)}" for key, value in ask.options.items()
    )
    args = [messages, *([f"extra_create_args={{{options}}}"] if options else [])]
    code = layout(f"{asker.variable}.create", args)
    waited = ctx.aligned(ask.call, ctx.awaited(ask.call, code))
    ctx.plan.replace(*ctx.source.span(ask.call), waited)
    for read, kind, answer in ask.reads:
        _read(ctx, read, kind, answer)


def _read(ctx: Context, read: cst.BaseExpression, kind: str, answer: cst.BaseExpression) -> None:
    start, end = ctx.source.full_span(answer)
    asked = isinstance(answer, cst.Call)
    plain = isinstance(ctx.source.parent(read), cst.Arg | cst.FormattedStringExpression)

    def code(render: Render) -> str:
        said = f"({render(start, end)})" if asked else render(start, end)
        if kind == "texts":
            return f"[{said}.content]"
        # a client may answer with calls of functions, so what handles a text is given one
        return f"{said}.content" if plain else f"str({said}.content)"

    ctx.plan.wrap(*ctx.source.span(read), code)


def _messages(ctx: Context, node: cst.BaseExpression) -> str:
    """Messages that are written out become those of 0.7; others go through a function."""
    found = [_message(ctx, item) for item in elements(node) or ()]
    if not found or any(item is None for item in found):
        return f"{ctx.helper('llm_messages')}({ctx.source.code(node)})"
    return layout("", [item or "" for item in found], width=70).replace("(", "[", 1)[:-1] + "]"


def _message(ctx: Context, node: cst.BaseExpression) -> str | None:
    if not isinstance(node, cst.Dict):
        return None
    items = {key: value for key, value in dict_items(node) if key is not None}
    role = string(items["role"]) if "role" in items else None
    if {*items} != {"role", "content"} or len(items) != len(node.elements) or role not in _ROLES:
        return None
    if isinstance(items["content"], cst.List):  # parts, of which some may be images
        return None
    source = "" if role == "system" else f", source={quote(role)}"
    kind = ctx.need(_MODELS, _ROLES[role])
    return f"{kind}(content={ctx.source.code(items['content'])}{source})"


RULE = RuleInfo(
    code="MIG017",
    slug="model-asker",
    title="OpenAIWrapper becomes a model client",
    level="caveat",
    v02="`OpenAIWrapper(…).create(messages=[…])`",
    v07="`await model_client.create([UserMessage(…)])`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "client = OpenAIWrapper(config_list=config_list)\n"
                'answer = client.create(messages=[{"role": "user", "content": "Hi"}])\n'
                "print(client.extract_text_or_completion_object(answer)[0])"
            ),
            (
                'client = create_model_client({"config_list": config_list})\n'
                'answer = await client.create([UserMessage(content="Hi", source="user")])\n'
                "print(answer.content)"
            ),
        ),
    ),
    order=437,
    apply=apply,
)
