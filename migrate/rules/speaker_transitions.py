"""A table of allowed or disallowed transitions becomes a candidate function.

The table is turned into names, disallowed ones into what they leave. Where v0.2 found nobody to
follow a member it ended the chat; where the starter is no member everybody may follow.
"""

from __future__ import annotations

from ..context import Context, identifier, quote
from ..model import Group
from . import Example, RuleInfo


def candidates(ctx: Context, group: Group) -> str:
    """Source code of the function that lists who may speak next."""
    assert group.followers is not None
    names = ", ".join(ctx.source_name(member) for member in group.members)
    rows = ""
    for name, after in group.followers.items():
        listed = ", ".join(ctx.source_name(speaker) for speaker in after) or names
        rows += f"    {quote(identifier(name))}: [{listed}],\n"
    ctx.note("MIG053", group.call, "migrated", "the transitions are a candidate function")
    return f"lambda messages: {{\n{rows}}}.get(messages[-1].source, [{names}])"


def dead_ends(group: Group) -> list[str]:
    """Members after whom nobody may speak, so that the chat ends."""
    assert group.followers is not None
    names = [member.name for member in group.members if member.name is not None]
    return [name for name in names if name not in group.followers]


RULE = RuleInfo(
    code="MIG053",
    slug="speaker-transitions",
    title="Speaker transitions become a candidate function",
    level="todo",
    v02="`allowed_or_disallowed_speaker_transitions`",
    v07="`candidate_func=` of SelectorGroupChat",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "autogen.GroupChat(agents, [], "
                "allowed_or_disallowed_speaker_transitions={a: [b], b: [a]}, "
                'speaker_transitions_type="allowed")'
            ),
            (
                "SelectorGroupChat([a, b], …, candidate_func=lambda messages: "
                '{"a": ["b"], "b": ["a"]}.get(messages[-1].source, ["a", "b"]))'
            ),
        ),
    ),
)
