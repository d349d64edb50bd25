"""summary_method="reflection_with_llm" keeps its extra question to the model.

v0.2 asks the partner's model for a summary after the chat, whether or not anybody reads it; 0.7
has no such step. The file gets a function that asks the same with the same prompt.
"""

from __future__ import annotations

from ..context import Context
from ..model import Chat, Obstacle, Speaker
from ..reader import Reader
from . import Example, RuleInfo


def check(reader: Reader) -> None:
    for chat in reader.program.chats:
        for part in chat.queue or [chat]:
            sides = [side for side in (part.partner, part.starter) if side is not None]
            if part.summary != "last_msg" and sides and all(side.model is None for side in sides):
                text = "neither side has a model to summarize the chat with"
                chat.obstacles.append(Obstacle("MIG034", part.call, text))


def summary_variable(result: str) -> str:
    return f"{result}_summary"


def summary_code(ctx: Context, chat: Chat, result: str) -> str:
    """Source code of the extra call for a result, awaited."""
    partner, starter = chat.partner, chat.starter
    model = partner.model if partner is not None else None
    if model is None and isinstance(starter, Speaker):
        model = starter.model
    assert model is not None
    args = [ctx.client_of[id(model)], result]
    if chat.summary_prompt:
        args.append(chat.summary_prompt)
    return ctx.awaited(chat.call, f"{ctx.helper('summarize')}({', '.join(args)})")


def summary_after(ctx: Context, chat: Chat, waited: str, nested: bool) -> str:
    """The run of a chat in the place of the old call."""
    del ctx, chat
    return f"({waited})" if nested else waited


RULE = RuleInfo(
    code="MIG034",
    slug="chat-summary",
    title="Summaries by the model stay an extra call",
    level="todo",
    v02='`summary_method="reflection_with_llm"`',
    v07="a `summarize` function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'res = user.initiate_chat(bot, message="Hi", '
                'summary_method="reflection_with_llm")\n'
                "print(res.summary)"
            ),
            (
                "res = await Console(team.run_stream(…))\n"
                "res_summary = await summarize(model_client, res)\n"
                "print(res_summary)"
            ),
        ),
    ),
    check=check,
)
