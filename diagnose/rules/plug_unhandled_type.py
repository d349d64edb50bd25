"""A program posts a message of a type that none of its agents has a handler for.

A fact of the program's text: handlers take the exact classes that their annotations name, and a
subclass is another class. A request of such a type gets None for an answer, an event is dropped;
AutoGen logs it at INFO at most (microsoft/autogen#4501). Looked at where the program starts a
runtime of its own, and no agent or intervention handler sees every message. A published event may
be for whoever cares: it is told only where a handler takes its base class or a subclass of it.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG010",
    slug="plug.unhandled-type",
    title="a message type that no agent handles",
    severity="warning",
    about=__doc__,
    needs="the program's text (loupe doctor app.py)",
    doubt="the message may be meant for agents of another process",
    advice=(
        "add a handler, its annotation the class itself:\n"
        "    @message_handler\n"
        "    async def on_it(self, message: TheType, ctx: MessageContext) -> None: ..."
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
