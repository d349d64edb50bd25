"""Limits of replies and turns become one limit of the team.

`max_consecutive_auto_reply=N` of the agent that starts lets its partner speak N+1 times (measured:
N = 0, 1, 2 gives 1, 2, 3 replies); of the partner it lets it speak N times. `max_turns=T` counts
messages of the starter. Without any of them v0.2 stops at 100 replies. A team counts every turn of
every member, so a pair gets 2T-1, and with tools the model's requests count as replies too. In
chats of `a_initiate_chat` v0.2 counts every reply twice: N lets an agent speak N // 2 times.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model import DEFAULT_LIMIT, Chat, Limit, Speaker
from . import Example, RuleInfo


def number(limit: Limit) -> str:
    """Source code of a limit."""
    return str(limit.number) if limit.number is not None else limit.code


def plus(limit: Limit, more: int) -> Limit:
    if limit.number is not None:
        return Limit(limit.number + more)
    return Limit(None, f"{limit.code} + {more}") if more else limit


def least(limits: Sequence[Limit]) -> Limit:
    """The smallest of several limits, computed at run time when one is not a number."""
    known = [limit.number for limit in limits if limit.number is not None]
    unknown = list(dict.fromkeys(limit.code for limit in limits if limit.number is None))
    if not unknown:
        return Limit(min(known))
    if known and min(known) < DEFAULT_LIMIT:
        unknown.append(str(min(known)))
    return Limit(None, unknown[0] if len(unknown) == 1 else f"min({', '.join(unknown)})")


def _own(chat: Chat, speaker: Speaker) -> Limit:
    """The replies a speaker has in a chat; in async ones both of v0.2's checks count each."""
    limit = speaker.limit
    if not chat.is_async:
        return limit
    if limit.number is not None:
        return Limit(limit.number // 2)
    return Limit(None, f"{limit.code if limit.code.isidentifier() else f'({limit.code})'} // 2")


def partner_replies(chat: Chat, starter: Speaker, partner: Speaker) -> Limit:
    """How often the partner may speak."""
    limits = [_own(chat, partner)] if partner.human == "NEVER" or partner.model else []
    if starter.human != "ALWAYS":
        limits.append(plus(_own(chat, starter), 1))
    if chat.turns is not None:
        limits.append(chat.turns)
    return least(limits or [Limit(DEFAULT_LIMIT)])


def pair_turns(chat: Chat, starter: Speaker, partner: Speaker) -> Limit:
    """How many turns a team of partner and starter may take."""
    limits: list[Limit] = []
    if chat.turns is not None:
        limits.append(_scaled(chat.turns, -1))
    if starter.human == "NEVER":
        limits.append(_scaled(_own(chat, starter), 1))
    if partner.human == "NEVER" or partner.model is not None:
        limits.append(_scaled(_own(chat, partner), 0))
    return least(limits or [Limit(2 * DEFAULT_LIMIT)])


def _scaled(limit: Limit, more: int) -> Limit:
    if limit.number is not None:
        return Limit(2 * limit.number + more)
    code = limit.code if limit.code.isidentifier() else f"({limit.code})"
    sign = f" {'+' if more > 0 else '-'} {abs(more)}" if more else ""
    return Limit(None, f"2 * {code}{sign}")


RULE = RuleInfo(
    code="MIG032",
    slug="reply-limit",
    title="Reply limits become limits of the team",
    level="todo",
    v02="`max_consecutive_auto_reply`, `max_turns`, or 100",
    v07="`max_turns` of the team, or a `reply_limit` with tools",
    docs=__doc__ or "",
    examples=(
        Example(
            'joe.initiate_chat(cathy, message="Hi", max_turns=2)',
            "team = RoundRobinGroupChat([cathy, joe], max_turns=3)",
        ),
    ),
)
