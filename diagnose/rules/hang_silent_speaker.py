"""A team waits for a participant that was asked to speak and neither answers nor calls anything.

The participant's turn is the deepest work that never ended: inside it no model call, no tool and no
question to a person was open. AgentChat's manager waits for all active speakers without a deadline
(microsoft/autogen#7828).
"""

from __future__ import annotations

from ..rule import Context, Rule
from .hang_unfinished import UnfinishedDetector


def _start(context: Context) -> UnfinishedDetector:
    return UnfinishedDetector(context, lambda: RULE, "speaker")


RULE = Rule(
    code="HANG007",
    slug="hang.silent-speaker",
    title="a team waits for a participant that does nothing",
    severity="error",
    about=__doc__,
    needs="a team's run with its turns, recorded by loupe run",
    doubt=("the participant may be computing without any call that is recorded"),
    advice=(
        "give each turn of that participant a deadline of its own:\n"
        "    async def on_messages(self, messages, cancellation_token):\n"
        "        async with asyncio.timeout(60):\n"
        "            ..."
    ),
    start=_start,
)
