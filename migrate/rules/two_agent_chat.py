"""A chat of two agents becomes a team and a run of it.

The partner speaks first, then the starter, so the team is [partner, starter]. A starter that has
nothing to say of its own (no model, no human, no code, no fixed text) is no member: the partner is
a team of one, and the task is signed with the starter's name. The team is made where the chat is,
because its conditions belong to this chat: v0.2 starts counting anew for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from ..context import Context, joined, layout
from ..model import DEFAULT_LIMIT, Chat, Group, Limit, Speaker
from ..plan import Render
from ..reader import Reader
from ..syntax import elements, string
from ..voices import ends_itself, voice
from . import Example, RuleInfo
from .chat_history import clear_before, starts_again
from .chat_result import rewrite_reads
from .chat_summary import summary_after
from .message_function import message_code
from .multimodal import task_writer
from .place import check_place
from .reply_limit import number, pair_turns, partner_replies
from .termination import condition


@dataclass(frozen=True, slots=True)
class Team:
    """Source code of a team's parts.

    ``stops`` says that a member may end it by a message that v0.2 did not send, ``humans`` names
    those who do so by the word "exit".
    """

    kind: str
    members: list[str]
    options: list[str]
    stops: bool = False
    humans: tuple[str, ...] = ()


def speakers_team(
    ctx: Context, kind: str, speakers: Sequence[Speaker], options: list[str], stops: bool
) -> Team:
    """The team of these speakers, in this order."""
    humans = [each for each in speakers if voice(each, ctx.faithful) == "human"]
    names = tuple(ctx.source_name(each) for each in humans)
    return Team(kind, [_reference(each) for each in speakers], options, stops, names)


def without_end(ctx: Context, team: Team, waited: str) -> str:
    """A result that is read, without the message by which somebody ended the run."""
    if not (team.stops or team.humans):
        return waited
    return f"{ctx.helper('without_end')}({', '.join([waited, *team.humans])})"


def _is_read(ctx: Context, chat: Chat) -> bool:
    """Whether the program reads what a chat came to."""
    partner = chat.partner
    return (
        bool(chat.result_reads)
        or (isinstance(partner, Group) and bool(partner.message_reads))
        or any(each is chat for read in ctx.program.history for each in read.chats)
    )


def check(reader: Reader) -> None:
    for chat in reader.program.chats:
        check_place(reader, chat)


def apply(ctx: Context) -> None:
    for chat in ctx.program.chats:
        if chat.queue or not isinstance(chat.partner, Speaker) or not ctx.standing.moves(chat):
            continue
        assert chat.starter is not None
        team = pair_team(ctx, chat, chat.starter, chat.partner)
        run_team(ctx, chat, team)
        ctx.note("MIG030", chat.call, "migrated", "the chat is a run of a team")


def pair_team(
    ctx: Context, chat: Chat, starter: Speaker, partner: Speaker, alone: bool | None = None
) -> Team:
    """The team for one chat, with everything that ends it; ``alone`` leaves the starter out."""
    alone = voice(starter, ctx.faithful) == "none" if alone is None else alone
    speakers = [partner] if alone else [partner, starter]
    conditions = _conditions(ctx, starter, partner, alone)
    stops = any(_stops(ctx, speaker) for speaker in (starter, partner))
    options: list[str] = []
    limit = partner_replies(chat, starter, partner) if alone else pair_turns(chat, starter, partner)
    if chat.turns is not None:
        ctx.note("MIG032", chat.call, "migrated", "max_turns counts the turns of the team")
    if chat.sent and not starter.silent and starter.limit != Limit(DEFAULT_LIMIT):
        text = "where the partner ended the chat before, v0.2 went on counting its replies"
        ctx.note("MIG032", chat.call, "caveat", text)
    tools = bool(partner.tools) or (not alone and bool(starter.tools))
    if tools and _limited(chat, starter, partner):
        replies = partner_replies(chat, starter, partner)
        helper = ctx.helper("reply_limit")
        conditions.append(f"{helper}({number(replies)}, {ctx.source_name(partner)})")
        text = "a tool that is called with the last reply was not run by v0.2; here it is, and read"
        ctx.note("MIG032", chat.call, "caveat", text)
    else:
        options.append(f"max_turns={number(limit)}")
        if tools:
            text = "tool calls counted towards v0.2's cap of 100 replies; here only turns do"
            ctx.note("MIG032", chat.call, "caveat", text)
    if conditions:
        options.insert(0, f"termination_condition={joined(conditions)}")
    kind = ctx.need("autogen_agentchat.teams", "RoundRobinGroupChat")
    return speakers_team(ctx, kind, speakers, options, stops)


def _stops(ctx: Context, speaker: Speaker) -> bool:
    """A proxy that ends a chat by a message that stops the team."""
    return voice(speaker, ctx.faithful) == "proxy" and ends_itself(speaker)


def _limited(chat: Chat, starter: Speaker, partner: Speaker) -> bool:
    limits = [starter.limit, partner.limit]
    return chat.turns is not None or any(limit != Limit(DEFAULT_LIMIT) for limit in limits)


def _reference(speaker: Speaker) -> str:
    assert speaker.variable is not None
    return speaker.variable


def _conditions(ctx: Context, starter: Speaker, partner: Speaker, alone: bool) -> list[str]:
    """What the starter checks of the partner's messages and the other way round."""
    found: list[str | None] = []
    stops = False
    for owner, other, speaks in ((starter, partner, True), (partner, starter, not alone)):
        if _stops(ctx, owner):
            stops = True
        elif voice(owner, ctx.faithful) == "human":
            found.append(exit_condition(ctx, owner))
        elif speaks or owner.ends is not None:
            found.append(condition(ctx, owner.ends, [ctx.source_name(other)]))
    if stops:
        stop = ctx.need("autogen_agentchat.conditions", "StopMessageTermination")
        found.append(f"{stop}()")
    return _merged(ctx, [item for item in found if item], starter, partner, alone)


def _merged(
    ctx: Context, found: list[str], starter: Speaker, partner: Speaker, alone: bool
) -> list[str]:
    """One condition for both where both only look for the default word."""
    plain = all(s.ends is None and voice(s, ctx.faithful) == "model" for s in (starter, partner))
    if plain and not alone:
        both = condition(ctx, None, [])
        return [both] if both else []
    return found


def exit_condition(ctx: Context, owner: Speaker) -> str:
    """Typing "exit" ended a chat in v0.2; in 0.7 it is a message like any other."""
    functional = ctx.need("autogen_agentchat.conditions", "FunctionalTermination")
    test = (
        f'messages[-1].source == {ctx.source_name(owner)}\n    and messages[-1].to_text() == "exit"'
    )
    return f"{functional}(\n    lambda messages: {test}\n)"


def run_team(ctx: Context, chat: Chat, team: Team) -> None:
    """Put the team above the chat and its run in the chat's place."""
    assert chat.starter is not None
    made = layout("", [f"[{', '.join(team.members)}]", *team.options])
    variable = _goes_on(ctx, chat, team.kind + made, len(team.members))
    if not variable:
        variable = ctx.unique("team")
        lines = layout(f"{variable} = {team.kind}", [f"[{', '.join(team.members)}]", *team.options])
        if starts_again(ctx, chat):
            lines += clear_before(ctx, chat, variable)
        ctx.before(chat.call, lambda _render: lines + "\n")
        ctx.teams.append((chat, variable, team.kind + made))
    replace_call(ctx, chat, variable, chat.starter, team)
    rewrite_reads(ctx, chat)


def _goes_on(ctx: Context, chat: Chat, code: str, members: int) -> str:
    """The team of the chat that this one continues, if it was made on the way here.

    Only a team of one, since the turns of a larger one go on where they stopped, not with the
    partner; and none that counts replies, since it would go on counting.
    """
    counts = ctx.helpers.get("reply_limit")
    if chat.clear or (counts is not None and f"{counts}(" in code):
        return ""
    blocks = {id(outer) for outer in ctx.source.ancestors(chat.call)}
    for other, variable, made in reversed(ctx.teams):
        if (other.starter, other.partner) != (chat.starter, chat.partner):
            continue
        if members > 1:
            text = "who did not speak last has not heard the last message of the run before"
            ctx.note("MIG036", chat.call, "caveat", text)
            return ""
        near = ctx.source.function(other.call) is ctx.source.function(chat.call)
        if made == code and near and id(ctx.source.block(other.call)) in blocks:
            return variable
    return ""


def replace_call(ctx: Context, chat: Chat, variable: str, starter: Speaker, team: Team) -> None:
    content = _content(ctx, chat)
    message = task_writer(ctx, chat, ctx.source_name(starter))
    node: cst.CSTNode = chat.call
    if chat.ignored:
        names = ", ".join(chat.ignored)
        why = f"{names}: v0.2 made nothing of it, as the message is a text; it is left out"
        ctx.note("MIG030", chat.call, "caveat", why)
    parent = ctx.source.parent(node)
    if isinstance(parent, cst.Await):
        node = parent
    outer = ctx.source.parent(node)

    def code(render: Render) -> str:
        task = message(content(render))
        if chat.silent:
            run = f"{variable}.run(task={task})"
        else:
            run = f"{console}({variable}.run_stream(task={task}))"
        waited = ctx.awaited(chat.call, run)
        waited = without_end(ctx, team, waited) if reads else waited
        return summary_after(ctx, chat, waited, isinstance(outer, cst.Attribute | cst.Subscript))

    console = "" if chat.silent else ctx.need("autogen_agentchat.ui", "Console")
    reads = _is_read(ctx, chat)
    if reads:
        without_end(ctx, team, "")  # the helper is known before anything is rendered
    start, end = ctx.source.span(node)
    ctx.plan.replace(start, end, code)


def _content(ctx: Context, chat: Chat) -> Callable[[Render], str]:
    """The first message; a carryover is appended as v0.2 did."""
    base = message_code(ctx, chat)
    carryover = chat.args.get("carryover")
    if carryover is None:
        return base
    extra = ctx.rendered(carryover)
    if is_text(carryover):
        return lambda render: f'{base(render)} + "\\nContext: \\n" + {extra(render)}'
    items = elements(carryover)
    if items and all(map(is_text, items)):
        return lambda render: f'{base(render)} + "\\nContext: \\n" + "\\n".join({extra(render)})'
    context = ctx.helper("context_text")
    return lambda render: f"{base(render)} + {context}({extra(render)})"


def is_text(node: cst.BaseExpression) -> bool:
    """Whether an expression is written out as one text."""
    return bool(string(node)) or isinstance(node, cst.FormattedString)


RULE = RuleInfo(
    code="MIG030",
    slug="two-agent-chat",
    title="initiate_chat becomes a run of a team",
    level="todo",
    v02="`a.initiate_chat(b, message=…)`",
    v07="`await Console(team.run_stream(task=TextMessage(…)))`",
    docs=__doc__ or "",
    examples=(
        Example(
            'user.initiate_chat(bot, message="Hello")',
            (
                "team = RoundRobinGroupChat([bot], max_turns=100)\n"
                'await Console(team.run_stream(task=TextMessage(content="Hello", '
                'source="user")))'
            ),
        ),
    ),
    order=400,
    check=check,
    apply=apply,
)
