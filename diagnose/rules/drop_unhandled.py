"""A message reached an agent that has no handler for its type: it is dropped, and the sender gets
None.

A fact of the trace. `RoutedAgent` logs it at INFO and goes on (microsoft/autogen#4501, #4775).
The types that were handled in this run are searched for the nearest name.
"""

from __future__ import annotations

from ...tracer.model import plain_name
from ..letters import Group, LetterDetector, times
from ..rule import Context, Rule


def _title(group: Group) -> str:
    who = f"{plain_name(group.recipient)!r} has" if group.recipient else "its receiver has"
    return f"{who} no handler for {group.type}: the message was dropped{times(group.count)}"


def _start(context: Context) -> LetterDetector:
    return LetterDetector(
        context,
        lambda: RULE,
        takes=lambda reason: reason.startswith("no handler"),
        title=_title,
        known=lambda seen: seen.types,
        sought=lambda group: group.type,
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
