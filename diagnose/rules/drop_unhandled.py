"""A message reached an agent that has no handler for its type, or none that takes it: it is
dropped, and the sender gets None.

A fact of the trace. A handler that has the type may refuse the message all the same: by its
`match`, as an `event` handler that is sent a request, or as an `rpc` handler of a topic. That is
told where no subscriber takes it, and as information if the agent took others of the type.
`RoutedAgent` logs all of this at INFO and goes on (microsoft/autogen#4501, #4775). The types that
were handled in this run are searched for the nearest name.
"""

from __future__ import annotations

from typing import Final

from ...tracer.model import plain_name
from ..letters import REFUSED, Group, LetterDetector, times
from ..rule import Context, Rule

#: What to do about handlers that refuse what they are made for.
TAKES: Final = (
    "let a handler take it: `event` is for what is published, `rpc` for requests, and\n"
    "    @message_handler  # for both; without a `match`, or with one that it meets\n"
    "    async def on_it(self, message: TheType, ctx: MessageContext) -> None: ..."
)


def _title(group: Group) -> str:
    if REFUSED in group.reason:
        return (
            f"{plain_name(group.recipient)!r} has handlers for {group.type}, and none of them "
            f"takes it: the message was dropped{times(group.count)}"
        )
    who = f"{plain_name(group.recipient)!r} has" if group.recipient else "its receiver has"
    return f"{who} no handler for {group.type}: the message was dropped{times(group.count)}"


def _advice(group: Group) -> str:
    return TAKES if REFUSED in group.reason else ""


def _start(context: Context) -> LetterDetector:
    return LetterDetector(
        context,
        lambda: RULE,
        takes=lambda group: group.reason.startswith("no handler"),
        title=_title,
        known=lambda seen: seen.types,
        sought=lambda group: "" if REFUSED in group.reason else group.type,
        advice=_advice,
    )


RULE = Rule(
    code="LOST002",
    slug="drop.unhandled",
    title="a message reached an agent that has no handler for its type",
    severity="warning",
    about=__doc__,
    needs="deliveries that note whether a handler took the message (recorded on TracedRuntime)",
    doubt="an agent that shares a topic with others may be right to ignore what is not for it",
    advice=(
        "add a handler, its annotation the class itself and no forward reference:\n"
        "    @message_handler\n"
        "    async def on_it(self, message: TheType, ctx: MessageContext) -> None: ..."
    ),
    start=_start,
)
