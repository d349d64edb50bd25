"""An agent's name becomes an identifier.

0.7 raises ValueError for a name with a space or a dash. The name in the constructor is changed and
so is every string of generated code that names the agent; a prompt that mentions the old name is
reported, not rewritten. 0.7's clients of OpenAI refuse messages of anybody whose name has other
letters than those of ASCII; such an agent is left, or carried by agents of the project.
"""

from __future__ import annotations

from ..calls import CallEdit
from ..context import Context, identifier, quote
from ..model import Obstacle, Speaker
from ..reader import Reader
from . import Example, RuleInfo


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.name is not None and not speaker.name.isascii():
            text = f"clients of 0.7 refuse {speaker.name!r}: they want a name of ASCII letters"
            speaker.obstacles.append(Obstacle("MIG024", speaker.call, text))


def rename(ctx: Context, speaker: Speaker, edit: CallEdit) -> None:
    """Write the name as 0.7 accepts it."""
    arg = speaker.args.get("name")
    if arg is None:
        return
    if speaker.name is None:
        ctx.note("MIG024", speaker.call, "caveat", "0.7 wants a name that is an identifier")
        return
    safe = identifier(speaker.name)
    if safe == speaker.name:
        return
    start, end = ctx.source.full_span(arg.value)
    ctx.plan.replace(start, end, quote(safe))
    used = ctx.source.text.count(speaker.name)
    text = f"{speaker.name!r} is {safe!r} now"
    ctx.note("MIG024", speaker.call, "caveat" if used > 1 else "migrated", text)


RULE = RuleInfo(
    code="MIG024",
    slug="agent-name",
    title="Names of agents become identifiers",
    level="todo",
    v02='`name="Product Helper"`',
    v07='`name="Product_Helper"`',
    docs=__doc__ or "",
    examples=(
        Example(
            'helper = autogen.AssistantAgent("Product Helper", llm_config=llm_config)',
            'helper = AssistantAgent("Product_Helper", model_client=model_client)',
        ),
    ),
    check=check,
)
