"""Chats nested in an agent's answer become a function the agent answers with.

v0.2 holds them when the trigger speaks to the agent, and how the last one ends is the answer. In
0.7 the agent is a proxy of the file: the function of its chats runs their teams, and `nest` says
whom it answers so. What is read of the messages there is read from what the proxy has heard. A
trigger that is a function, other reply functions and asynchronous nesting are left.
"""

from __future__ import annotations

from ..context import Context, identifier, indent
from ..model import Group, Nested, Obstacle, Speaker
from ..plan import Render
from ..reader import Reader
from ..voices import does_more, says_nothing_else
from . import Example, RuleInfo
from .group_chat import group_team
from .sequential_chats import run_code
from .two_agent_chat import Team, pair_team


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        for nested in speaker.nested:
            for text in _refusals(speaker, nested):
                speaker.obstacles.append(Obstacle("MIG055", nested.call, text))


def _refusals(speaker: Speaker, nested: Nested) -> list[str]:
    """Why chats nested in a speaker's answers cannot move."""
    found: list[str] = []
    if speaker.model is not None and not does_more(speaker):
        found.append("has tools, and chats nested in its answers")
    if speaker.groups:
        found.append("has chats nested in its answers, in a group whose manager speaks to it")
    for index, part in enumerate(nested.queue):
        if index and "message" not in part.args:
            found.append("a nested chat without a message is not held")
        if part.starter is speaker and not (_one_turn(part.turns) or says_nothing_else(speaker)):
            found.append("speaks itself in a chat nested in its answers")
        if part.partner is speaker or (
            isinstance(part.partner, Group) and speaker in part.partner.members
        ):
            found.append("talks to itself in a chat nested in its answers")
        if not part.clear:
            found.append("a nested chat goes on without clear_history")
    return found


def _one_turn(turns: object) -> bool:
    return getattr(turns, "number", None) == 1


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if ctx.standing.moves(speaker):
            for nested in speaker.nested:
                _apply(ctx, speaker, nested)


def _apply(ctx: Context, speaker: Speaker, nested: Nested) -> None:
    ctx.in_coroutine.add(id(nested.call))
    base = identifier(speaker.variable or speaker.name or "agent").lower().removeprefix("self_")
    name = ctx.unique(f"{base}_chats")
    any_type = ctx.need("typing", "Any")
    carried = ctx.unique("summaries") if len(nested.queue) > 1 else ""
    runs = [
        run_code(ctx, part, _team(ctx, speaker, part), carried, index, again=True)
        for index, part in enumerate(nested.queue)
    ]
    to = ", ".join(ctx.source_name(trigger) for trigger in nested.triggers)
    who = " or ".join(trigger.name or "the trigger" for trigger in nested.triggers)
    head = f"async def {name}(messages: list[dict[str, {any_type}]]) -> str:\n"
    doc = f'"""What {speaker.name or "the agent"} answers {who}: how these chats end."""\n'

    def code(render: Render) -> str:
        body = f"{carried}: list[str] = []\n" if carried else ""
        for lines, _, summary in runs[:-1]:
            body += f"{lines(render)}{carried}.append({summary})\n"
        lines, _, summary = runs[-1]
        body += f"{lines(render)}return {summary}\n"
        made = head + indent(doc + body, ctx.source.indent_unit)
        call = f"{speaker.variable}.nest({name}, [{to}])"
        lead = ctx.source.indentation(nested.call)
        text = f"{made}\n\n{call}" if not lead else f"{made}\n{call}"
        return ctx.plan.lines(indent(text, lead).removeprefix(lead))

    start, end = ctx.source.span(nested.call)
    ctx.plan.replace(start, end, code)
    if not ctx.source.indentation(nested.call):
        at = ctx.source.line_start(start)
        above = ctx.source.text[:at]
        blank = len(above) - len(above.rstrip("\r\n")) - len(ctx.plan.newline)
        lines = max(0, 2 - blank // len(ctx.plan.newline))
        ctx.plan.insert(at, ctx.plan.newline * lines)
    if nested.listed is not None:
        ctx.remove(nested.listed)
    ctx.note("MIG055", nested.call, "migrated", f"{len(nested.queue)} nested chats in {name}()")


def _team(ctx: Context, speaker: Speaker, part: object) -> Team:
    from ..model import Chat

    assert isinstance(part, Chat)
    starter, partner = part.starter, part.partner
    assert starter is not None
    if isinstance(partner, Group):
        return group_team(ctx, partner, part, starter)
    assert isinstance(partner, Speaker)
    if starter is speaker and _one_turn(part.turns):
        kind = ctx.need("autogen_agentchat.teams", "RoundRobinGroupChat")
        return Team(kind, [partner.variable or ""], ["max_turns=1"])
    alone = True if starter is speaker else None
    return pair_team(ctx, part, starter, partner, alone)


RULE = RuleInfo(
    code="MIG055",
    slug="nested-chats",
    title="Nested chats become a function the agent answers with",
    level="todo",
    v02="`agent.register_nested_chats([{…}], trigger=other)`",
    v07="`agent.nest(agent_chats, [other])` of a `ProxyAgent` of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "user.register_nested_chats(\n"
                '    [{"recipient": critic, "message": "Review this.", "max_turns": 1}],\n'
                "    trigger=writer,\n"
                ")"
            ),
            (
                "async def user_chats(messages: list[dict[str, Any]]) -> str:\n"
                '    """What user answers writer: how these chats end."""\n'
                "    team = RoundRobinGroupChat([critic], max_turns=1)\n"
                "    …\n"
                '    return result.messages[-1].to_text().replace("TERMINATE", "")\n'
                "\n"
                "\n"
                'user.nest(user_chats, ["writer"])'
            ),
        ),
    ),
    order=415,
    check=check,
    apply=apply,
)
