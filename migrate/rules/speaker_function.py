"""A function that names the next speaker becomes a selector function over names.

v0.2 gives it the last speaker and the group and takes an agent, None (which ends the chat) or the
name of a method. 0.7 gives it the messages and takes a name, and None asks the model. The body
stays; agents in it become their names, the group's messages dictionaries as before. The end is a
condition of its own, made from the same function, which is still called once a turn.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Chooser, Group, Speaker
from ..voices import voice
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    for group in ctx.program.groups:
        if group.chooser is not None and ctx.standing.moves(group):
            _rewrite(ctx, group, group.chooser)


def _rewrite(ctx: Context, group: Group, chooser: Chooser) -> None:
    function, source = chooser.function, ctx.source
    thread = ctx.unique("thread")
    start = source.span(function.name)[1]
    first = source.span(function.body.body[0])[0]
    colon = source.line_start(first)
    event = ctx.need("autogen_agentchat.messages", "BaseAgentEvent")
    message = ctx.need("autogen_agentchat.messages", "BaseChatMessage")
    sequence = ctx.need("collections.abc", "Sequence")
    head = f"({thread}: {sequence}[{event} | {message}]) -> str | None:"
    lead = source.text[colon:first]
    tail = _line_tail(source.text, start, colon)
    body = f"\n{lead}{chooser.last} = {thread}[-1].source" if chooser.last_reads else ""
    ctx.plan.replace(start, tail, ctx.plan.lines(head))
    doc = _docstring_end(ctx, function)
    place = doc if doc is not None else tail
    ctx.plan.insert(place, ctx.plan.lines(body))
    for node, speaker in chooser.speakers:
        _name_speaker(ctx, node, speaker)
    for node in chooser.last_reads:
        _name_last(ctx, node)
    for node in chooser.group_reads:
        _read_of_group(ctx, group, node, thread)
    ctx.note("MIG052", function, "migrated", "chooses by name; None still ends the chat")


def _line_tail(text: str, start: int, stop: int) -> int:
    """End of the header, after its colon; a comment behind it stays."""
    header = text[start:stop]
    depth, at = 0, 0
    for index, char in enumerate(header):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == ":" and depth == 0:
            at = index + 1
            break
    return start + at


def _docstring_end(ctx: Context, function: cst.FunctionDef) -> int | None:
    first = function.body.body[0]
    if function.get_docstring() is None:
        return None
    return ctx.source.span(first)[1]


def _name_speaker(ctx: Context, node: cst.Name, speaker: Speaker) -> None:
    parent = ctx.source.parent(node)
    start, end = ctx.source.span(node)
    gone = voice(speaker, ctx.faithful) == "none"
    named = isinstance(parent, cst.Attribute) and parent.attr.value == "name"
    if gone:
        stop = ctx.source.span(parent)[1] if named and parent is not None else end
        ctx.plan.replace(start, stop, ctx.source_name(speaker))
    elif not named:
        ctx.plan.insert(end, ".name")


def _name_last(ctx: Context, node: cst.Name) -> None:
    parent = ctx.source.parent(node)
    if isinstance(parent, cst.Attribute):
        end = ctx.source.span(node)[1]
        ctx.plan.replace(end, ctx.source.span(parent)[1], "")
        return
    comparison = ctx.source.parent(parent) if isinstance(parent, cst.ComparisonTarget) else parent
    if isinstance(comparison, cst.Comparison):
        for target in comparison.comparisons:
            if isinstance(target.operator, cst.Is | cst.IsNot):
                sign = "==" if isinstance(target.operator, cst.Is) else "!="
                left = ctx.source.full_span(comparison.left)[1]
                right = ctx.source.full_span(target.comparator)[0]
                ctx.plan.replace(left, right, f" {sign} ")


def _read_of_group(ctx: Context, group: Group, node: cst.CSTNode, thread: str) -> None:
    start, end = ctx.source.span(node)
    if isinstance(node, cst.Call):
        value = ctx.rendered(node.args[0].value)
        ctx.plan.replace(start, end, lambda render: value(render))
        return
    assert isinstance(node, cst.Attribute)
    if node.attr.value == "messages":
        ctx.plan.replace(start, end, f"{ctx.helper('chat_history')}({thread})")
        return
    names = ", ".join(ctx.source_name(member) for member in group.members)
    ctx.plan.replace(start, end, f"[{names}]")


RULE = RuleInfo(
    code="MIG052",
    slug="speaker-function",
    title="A speaker selection function becomes a selector function",
    level="todo",
    v02="`speaker_selection_method=function`",
    v07="`selector_func=` over names, and a condition where it names nobody",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "def next_speaker(last_speaker, groupchat):\n"
                "    return critic if last_speaker is writer else None"
            ),
            (
                "def next_speaker(thread: Sequence[BaseAgentEvent | "
                "BaseChatMessage]) -> str | None:\n"
                "    last_speaker = thread[-1].source\n"
                "    return critic.name if last_speaker == writer.name else None"
            ),
        ),
    ),
    order=405,
    apply=apply,
)
