"""A limit of the messages an agent answers becomes its model context.

v0.2 adds `TransformMessages` to an agent that exists; an agent of 0.7 takes its model context when
it is made. A number of messages and a number of tokens have counterparts, for which 0.7 counts what
it keeps: the empty turns of a silent proxy are not part of it. Several transforms in a row, those
that change texts (compressors), and those of one's own are left to agents of the project (MIG091).
"""

from __future__ import annotations

from ..context import Context
from ..model import Obstacle, Recall, Speaker
from ..reader import Reader
from ..syntax import literal
from ..voices import voice
from . import Example, RuleInfo

_CONTEXTS = "autogen_core.model_context"


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.recalls is not None and voice(speaker) != "model":
            text = "knows only some of what was said, and does more than a model that answers"
            speaker.obstacles.append(Obstacle("MIG074", speaker.recalls.adding, text))


def apply(ctx: Context) -> None:
    speakers = [each for each in ctx.program.speakers if each.recalls is not None]
    for speaker in speakers:
        if speaker.recalls is not None and ctx.standing.moves(speaker):
            _apply(ctx, speaker, speaker.recalls)
    kept = {
        id(each.recalls.made)
        for each in speakers
        if each.recalls is not None and not ctx.standing.moves(each)
    }
    gone = {
        id(call): call
        for each in speakers
        if each.recalls is not None and id(each.recalls.made) not in kept
        for call in each.recalls.shared
    }
    for call in gone.values():
        ctx.remove(call)


def _apply(ctx: Context, speaker: Speaker, recall: Recall) -> None:
    size = ctx.source.code(recall.size)
    if recall.kind == "last":
        context = ctx.need(_CONTEXTS, "BufferedChatCompletionContext")
        code = f"{context}(buffer_size={size})"
        text = "the newest messages, of those 0.7 keeps: empty turns of a silent proxy do not count"
    elif recall.kind == "first and last":
        context = ctx.need(_CONTEXTS, "HeadAndTailChatCompletionContext")
        code = f"{context}(head_size=1, tail_size={literal(recall.size) - 1})"
        text = "a message tells the model how many were skipped, which v0.2 did not say"
    else:
        assert speaker.model is not None
        context = ctx.need(_CONTEXTS, "TokenLimitedChatCompletionContext")
        code = f"{context}({ctx.client_of[id(speaker.model)]}, token_limit={size})"
        text = "whole messages from the middle are left out, where v0.2 cut the oldest"
    ctx.tools_of.setdefault(id(speaker), []).append(("model_context", code))
    ctx.remove(recall.adding)
    ctx.note("MIG074", recall.adding, "caveat", text)


RULE = RuleInfo(
    code="MIG074",
    slug="model-context",
    title="A limit of the history becomes the model context of the agent",
    level="todo",
    v02="`TransformMessages(transforms=[MessageHistoryLimiter(…)]).add_to_agent(agent)`",
    v07="`AssistantAgent(…, model_context=BufferedChatCompletionContext(…))`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "limits = TransformMessages(transforms=[MessageHistoryLimiter(max_messages=9)])\n"
                "limits.add_to_agent(bot)"
            ),
            (
                'bot = AssistantAgent("bot", …, '
                "model_context=BufferedChatCompletionContext(buffer_size=9))"
            ),
        ),
    ),
    order=296,
    check=check,
    apply=apply,
)
