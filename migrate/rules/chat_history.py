"""A chat that starts afresh resets the agents that spoke before.

v0.2 clears the history of the two parties before each chat unless clear_history=False. In 0.7 an
agent keeps what it saw until it is reset, whatever team it is in, so a second chat of the same
agent begins with `await team.reset()`; without clear_history the reset is left out.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Chat, Group, Speaker
from ..voices import voice
from . import Example, RuleInfo


def _voiced(ctx: Context, chat: Chat) -> list[Speaker]:
    partner = chat.partner
    members = list(partner.members) if isinstance(partner, Group) else []
    if isinstance(partner, Speaker):
        members.append(partner)
    if chat.starter is not None and voice(chat.starter, ctx.faithful) != "none":
        members.append(chat.starter)
    return members


def _chats(ctx: Context) -> list[Chat]:
    return [part for chat in ctx.program.chats for part in (chat.queue or [chat])]


def _earlier(ctx: Context, chat: Chat) -> list[Chat]:
    """Other chats, further up in the file, in which one of the same agents spoke."""
    mine = _voiced(ctx, chat)
    found: list[Chat] = []
    for other in _chats(ctx):
        if other is chat:
            break
        if any(speaker in mine for speaker in _voiced(ctx, other)):
            found.append(other)
    return found


def _repeats(ctx: Context, chat: Chat) -> bool:
    """The chat may run more often than its agents are made."""
    for speaker in _voiced(ctx, chat):
        for outer in ctx.source.ancestors(chat.call):
            if ctx.source.inside(speaker.call, outer):
                break
            if isinstance(outer, cst.For | cst.While):
                return True
            if isinstance(outer, cst.FunctionDef) and not _called_once(ctx, outer):
                return True
    return False


def _called_once(ctx: Context, function: cst.FunctionDef) -> bool:
    reads = [
        node
        for node in ctx.source.find(cst.Name)
        if node.value == function.name.value and node is not function.name
    ]
    if len(reads) != 1:
        return False
    named: cst.CSTNode = reads[0]
    outer = ctx.source.parent(named)
    if isinstance(outer, cst.Attribute) and outer.attr is named:
        named, outer = outer, ctx.source.parent(outer)
    if not (isinstance(outer, cst.Call) and outer.func is named):
        return False  # handed on, to be called whenever
    for outer in ctx.source.ancestors(reads[0]):
        if isinstance(outer, cst.For | cst.While | cst.FunctionDef):
            return False
    return True


def starts_again(ctx: Context, chat: Chat) -> bool:
    """Whether the agents have to forget an earlier chat first."""
    earlier = _earlier(ctx, chat)
    again = bool(earlier) or _repeats(ctx, chat)
    if not again:
        return False
    if chat.clear:
        return True
    parties = {id(chat.starter), id(chat.partner)}
    own = [{id(other.starter), id(other.partner)} == parties for other in earlier]
    fresh = max((at for at, other in enumerate(earlier) if own[at] and other.clear), default=0)
    mixed = not all(own[fresh:])
    if mixed or isinstance(chat.partner, Group):
        text = "clear_history=False kept the history of this pair alone; agents have one in 0.7"
        ctx.todo("MIG036", chat.call, text)
    return False


def clear_before(ctx: Context, chat: Chat, team: str) -> str:
    ctx.note("MIG036", chat.call, "migrated", "the agents forget the chat before")
    return "\n" + ctx.awaited(chat.call, f"{team}.reset()")


RULE = RuleInfo(
    code="MIG036",
    slug="chat-history",
    title="A new chat starts with empty histories",
    level="todo",
    v02="`clear_history`, True unless said otherwise",
    v07="`await team.reset()` before another run of the same agents",
    docs=__doc__ or "",
    examples=(
        Example(
            ('user.initiate_chat(bot, message="One")\nuser.initiate_chat(bot, message="Two")'),
            (
                "…\n"
                "team_2 = RoundRobinGroupChat([bot], max_turns=100)\n"
                "await team_2.reset()\n"
                "await Console(team_2.run_stream(…))"
            ),
        ),
    ),
)
