"""A group chat whose next speaker a model chooses becomes a SelectorGroupChat.

v0.2 lets an agent speak twice in a row unless told otherwise, 0.7 does not, so
`allow_repeated_speaker=True` is written out. With allow_repeat_speaker=False v0.2 also passes over
a starter that is a member at the first turn; 0.7's option would not, so the candidates are
computed. The two prompts differ in layout, so a model may choose differently: a note in the report.
"""

from __future__ import annotations

from ..context import Context
from ..model import Group, Speaker
from . import Example, RuleInfo
from .speaker_transitions import candidates


def selector_options(ctx: Context, group: Group, starter: Speaker) -> list[str]:
    """Keyword arguments of the team that say who speaks next."""
    names = ", ".join(ctx.source_name(member) for member in group.members)
    options: list[str] = []
    if group.model is not None:
        options.append(f"model_client={ctx.client_of[id(group.model)]}")
    if group.repeat or group.followers is not None:
        options.append("allow_repeated_speaker=True")
    others = f"[name for name in ({names}) if name != messages[-1].source]"
    if group.selection == "random":
        pool = f"[{names}]" if group.repeat else others
        options.append(f"selector_func=lambda messages: {ctx.module('random')}.choice({pool})")
    elif group.followers is not None:
        options.append(f"candidate_func={candidates(ctx, group)}")
    elif not group.repeat and starter in group.members:
        line = f"candidate_func=lambda messages: {others}"
        if len(line) > 90:
            spread = (
                f"[\n    name\n    for name in ({names})\n    if name != messages[-1].source\n]"
            )
            line = f"candidate_func=lambda messages: {spread}"
        options.append(line)
    if group.selection == "auto":
        text = "the prompt that chooses the next speaker is laid out differently in 0.7"
        ctx.note("MIG051", group.call, "caveat", text)
    return options


RULE = RuleInfo(
    code="MIG051",
    slug="selector-group",
    title="A GroupChat with automatic selection becomes a SelectorGroupChat",
    level="todo",
    v02='`GroupChat(…)` with `speaker_selection_method="auto"` or none, `"random"`',
    v07="`SelectorGroupChat([…], model_client=…, allow_repeated_speaker=True)`",
    docs=__doc__ or "",
    examples=(
        Example(
            "groupchat = autogen.GroupChat([planner, engineer], [], max_round=12)",
            (
                "team = SelectorGroupChat([planner, engineer], "
                "model_client=model_client, allow_repeated_speaker=True, max_turns=11)"
            ),
        ),
    ),
)
