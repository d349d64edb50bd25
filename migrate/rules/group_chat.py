"""A group chat whose members speak in turn becomes a RoundRobinGroupChat.

v0.2 goes on after whoever started, if that agent is a member, so the order is rotated. `max_round`
counts the first message, so a team gets one turn less (measured: 5 rounds are 4 turns). The
manager checks every message for the end, the first included. A member without a model takes its
turns too; in a team it is a small agent that answers as it did.
"""

from __future__ import annotations

from ..context import Context, identifier, joined, quote
from ..model import Chat, Group, Limit, Obstacle, Speaker
from ..reader import Reader
from ..syntax import literal
from ..voices import ends_group, ends_itself, hands_back, voice
from . import Example, RuleInfo
from .reply_limit import number, plus
from .selector_group import selector_options
from .speaker_transitions import dead_ends
from .termination import condition
from .two_agent_chat import Team, exit_condition, run_team, speakers_team


def check(reader: Reader) -> None:
    for group in reader.program.groups:
        if not group.chats or not any(chat.partner is group for chat in group.chats):
            text = "no chat with this group is known in this file"
            group.obstacles.append(Obstacle("MIG098", group.call, text))
        if group.manager is None:
            group.obstacles.append(Obstacle("MIG050", group.call, "has no manager here"))
        if group.rounds.number is not None and group.rounds.number < 2:
            group.obstacles.append(Obstacle("MIG050", group.call, "nobody but the starter speaks"))
        if group.selection not in ("round_robin", "auto", "random", "function"):
            text = f"speaker_selection_method={group.selection!r} has no counterpart"
            group.obstacles.append(Obstacle("MIG054", group.call, text))
        if group.selection in ("auto", "function") and group.model is None:
            text = "selects speakers by model, but the manager has none"
            group.obstacles.append(Obstacle("MIG051", group.call, text))
        _check_statements(reader, group)
        _check_reads(reader, group)


def _check_statements(reader: Reader, group: Group) -> None:
    for call, target in ((group.call, group.target), (group.manager, group.manager_target)):
        if call is None:
            continue
        nested = group.manager is not None and reader.source.inside(group.call, group.manager)
        if target is None and not (call is group.call and nested):
            text = "is made inside a larger expression"
            group.obstacles.append(Obstacle("MIG050", call, text))


def _check_reads(reader: Reader, group: Group) -> None:
    if not group.message_reads:
        return
    chats = [chat for chat in group.chats if chat.partner is group]
    place = reader.source.span(chats[0].call)[0] if len(chats) == 1 else 0
    for node in group.message_reads:
        before = reader.source.span(node)[0] < place
        elsewhere = len(chats) == 1 and (
            reader.source.function(node) is not reader.source.function(chats[0].call)
        )
        if len(chats) != 1 or before or elsewhere:
            text = "its messages are read where no one result holds them"
            group.obstacles.append(Obstacle("MIG033", node, text))


def apply(ctx: Context) -> None:
    for group in ctx.program.groups:
        if not ctx.standing.moves(group):
            continue
        for chat in group.chats:
            if chat.partner is group and chat in ctx.program.chats and ctx.standing.moves(chat):
                assert chat.starter is not None
                run_team(ctx, chat, group_team(ctx, group, chat, chat.starter))
                code = "MIG050" if group.selection == "round_robin" else "MIG051"
                ctx.note(code, chat.call, "migrated", "the group chat is a run of a team")
        _rewrite_reads(ctx, group)
        ctx.remove(group.call)
        if group.manager is not None and not ctx.source.inside(group.call, group.manager):
            ctx.remove(group.manager)
        elif group.manager is not None and group.manager_target is not None:
            pass  # made in one statement with its group, which is gone


def group_team(ctx: Context, group: Group, chat: Chat, starter: Speaker) -> Team:
    conditions = [condition(ctx, group.ends, [])]
    if group.ends is not None:
        ctx.note("MIG031", group.call, "migrated", "the manager's end is a condition of the team")
    stops = any(voice(m, ctx.faithful) == "proxy" and ends_itself(m) for m in group.members)
    for member in group.members:
        kind = voice(member, ctx.faithful)
        if kind == "human":
            conditions.append(exit_condition(ctx, member))
        elif kind == "model" and ends_group(member):
            stops = True
        elif kind == "model" and (member.ends is not None or member.limit != Limit(100)):
            text = "in v0.2 this also ended the group chat when the agent was to speak next"
            ctx.todo("MIG031", member.call, text)
    if stops:
        stop = ctx.need("autogen_agentchat.conditions", "StopMessageTermination")
        conditions.append(f"{stop}()")
    if group.followers is not None:
        ends = [quote(identifier(name)) for name in dead_ends(group)]
        if ends:
            functional = ctx.need("autogen_agentchat.conditions", "FunctionalTermination")
            listed = f"({', '.join(ends)},)"
            test = f"messages[-1].source in {listed}"
            conditions.append(f"{functional}(lambda messages: {test})")
    options: list[str] = []
    if group.chooser is not None:
        name = group.chooser.function.name.value
        select, nobody = ctx.unique("select"), ctx.unique("nobody")
        rule = ctx.helper("speaker_rule")
        ctx.before(chat.call, lambda _render: f"{select}, {nobody} = {rule}({name})\n")
        conditions.append(nobody)
        options.append(f"selector_func={select}")
    clears = group.args.get("enable_clear_history")
    if clears is not None and literal(clears.value) is not False:
        text = "a message that says CLEAR HISTORY is a message like any other"
        ctx.note("MIG054", group.call, "caveat", text)
    if any(hands_back(member) for member in group.members):
        conditions.append(f"{ctx.helper('round_limit')}({number(group.rounds)})")
    elif any(member.tools for member in group.members):
        most = ctx.need("autogen_agentchat.conditions", "MaxMessageTermination")
        conditions.append(f"{most}({number(group.rounds)}, include_agent_event=True)")
    else:
        options.append(f"max_turns={number(plus(group.rounds, -1))}")
    found = [item for item in conditions if item]
    if found:
        options.append(f"termination_condition={joined(found)}")
    members = list(group.members)
    if group.selection == "round_robin":
        if starter in members:
            at = members.index(starter) + 1
            members = members[at:] + members[:at]
        kind = ctx.need("autogen_agentchat.teams", "RoundRobinGroupChat")
    else:
        kind = ctx.need("autogen_agentchat.teams", "SelectorGroupChat")
        options = selector_options(ctx, group, starter) + options
    return speakers_team(ctx, kind, members, options, stops)


def _rewrite_reads(ctx: Context, group: Group) -> None:
    if not group.message_reads:
        return
    chat = next(chat for chat in group.chats if chat.partner is group)
    result = ctx.result_name(chat)
    helper = ctx.helper("chat_history")
    for node in group.message_reads:
        start, end = ctx.source.span(node)
        ctx.plan.replace(start, end, f"{helper}({result}.messages)")
        ctx.note("MIG033", node, "migrated", "the messages of a group are those of its run")


RULE = RuleInfo(
    code="MIG050",
    slug="round-robin-group",
    title="A round-robin GroupChat becomes a RoundRobinGroupChat",
    level="todo",
    v02='`GroupChat(…, speaker_selection_method="round_robin")`, `GroupChatManager`',
    v07="`RoundRobinGroupChat([…], max_turns=max_round - 1)`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "groupchat = autogen.GroupChat([writer, critic], [], max_round=5, "
                'speaker_selection_method="round_robin")\n'
                "manager = autogen.GroupChatManager(groupchat)\n"
                'user.initiate_chat(manager, message="Write.")'
            ),
            (
                "team = RoundRobinGroupChat([writer, critic], max_turns=4)\n"
                'await Console(team.run_stream(task=TextMessage(content="Write.", '
                'source="user")))'
            ),
        ),
    ),
    order=410,
    check=check,
    apply=apply,
)
