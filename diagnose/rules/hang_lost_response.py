"""Somebody waits for the reply to a message, and the reply cannot come any more.

The message was handled and its sender never got the answer, or it was forgotten in the queue when
the runtime stopped. Upstream's `stop` swaps the queue under handlers that are at work and leaves
the futures of their senders unresolved (microsoft/autogen#7007).
"""

from __future__ import annotations

from ..rule import Rule
from ..standstill import StandstillDetector


def _title(who: str, waited: str) -> str:
    name = f" of {who!r}" if who else ""
    return f"a reply{name} was lost, and who had asked waited {waited} for it"


RULE = Rule(
    code="HANG005",
    slug="hang.lost-response",
    title="a reply was lost and its sender waits",
    severity="error",
    about=__doc__,
    needs="send spans that stay open until the reply (recorded on TracedRuntime)",
    doubt="the sender may have been waiting for something else as well",
    advice=(
        "wait until nothing is under way before stopping:\n"
        "    await runtime.stop_when_idle()\n"
        "or cancel what waits first: `cancellation_token.cancel()`"
    ),
    start=lambda context: StandstillDetector(context, lambda: RULE, "reply", _title),
)
