"""A tool call did not end, and is far older than any earlier call of the same tool.

At least three calls of this tool had ended before in the run; this one was more than three times as
old as the longest of them when it was given up or the program ended. Its own history is the
measure, not a number of seconds: what is slow by nature is not called stuck.
"""

from __future__ import annotations

from ..rule import Context, Rule
from .hang_unfinished import UnfinishedDetector


def _start(context: Context) -> UnfinishedDetector:
    return UnfinishedDetector(context, lambda: RULE, "tool")


RULE = Rule(
    code="HANG008",
    slug="hang.tool",
    title="a tool call is older than its own history",
    severity="error",
    about=__doc__,
    needs="tool calls whose start is recorded before they end (recorded by loupe run)",
    doubt=("the tool may have been given much more to do this time"),
    advice=(
        "give the tool a deadline, and let the model hear of it:\n"
        "    async def search(q: str) -> str:\n"
        "        async with asyncio.timeout(60):\n"
        "            return await client.search(q)"
    ),
    start=_start,
)
