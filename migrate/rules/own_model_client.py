"""A model client class of the program's own stays and gets an adapter.

v0.2 takes a class with create, message_retrieval and get_usage whose instance answers for an
agent once it is registered. The class is left as it is; a small ChatCompletionClient of the file
asks it with the same parameters, and `use` takes the place of the registration. Agents with tools
are left, because the adapter reads texts only.
"""

from __future__ import annotations

from ..context import Client, Context
from ..model import Obstacle, OwnModel, Speaker
from ..plan import Render
from ..reader import Reader
from . import Example, RuleInfo


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.own_model is not None and speaker.tools:
            text = "has tools, and a model client of the program's own"
            speaker.obstacles.append(Obstacle("MIG016", speaker.own_model.call, text))


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if speaker.own_model is not None and ctx.standing.moves(speaker):
            _apply(ctx, speaker, speaker.own_model)


def _apply(ctx: Context, speaker: Speaker, own: OwnModel) -> None:
    assert speaker.model is not None
    adapter = ctx.helper("OwnModelClient")
    variable = ctx.unique("model_client")
    config = ctx.source.code(speaker.model)
    ctx.client_of[id(speaker.model)] = variable
    ctx.clients.append(Client(variable, ctx.source.enclosing_def(speaker.call), speaker.call))
    ctx.before(speaker.call, lambda _render: f"{variable} = {adapter}({config})\n")
    made, *options = [ctx.rendered(arg.value) for arg in own.arguments]
    names = [arg.keyword.value for arg in own.arguments[1:] if arg.keyword is not None]

    def code(render: Render) -> str:
        given = [f"{name}={value(render)}" for name, value in zip(names, options, strict=True)]
        return f"{variable}.use({', '.join([made(render), *given])})"

    ctx.plan.replace(*ctx.source.span(own.call), code)
    ctx.note("MIG016", own.call, "migrated", "the program's own model client answers as before")


RULE = RuleInfo(
    code="MIG016",
    slug="own-model-client",
    title="A model client of the program's own gets an adapter",
    level="todo",
    v02="`agent.register_model_client(model_client_cls=Own)`",
    v07="`OwnModelClient(llm_config)`, `model_client.use(Own)`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = autogen.AssistantAgent("bot", llm_config=llm_config)\n'
                "bot.register_model_client(model_client_cls=Parrot)"
            ),
            (
                "model_client = OwnModelClient(llm_config)\n"
                'bot = AssistantAgent("bot", model_client=model_client, …)\n'
                "model_client.use(Parrot)"
            ),
        ),
    ),
    order=105,
    check=check,
    apply=apply,
)
