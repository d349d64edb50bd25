"""A tool is polled and what it reports does not change.

The same call with the same answer, where the tool's name or its answer says that something is
awaited (pending, queued, in progress), at least twelve times in a row, more when the calls are
spaced out. It is no loop, since the world outside may move at any time; it costs a model call a
poll. OpenHands stopped agents that waited like this (OpenHands#5355).
"""

from __future__ import annotations

from ..loop import Loop
from ..loops import LoopDetector, LoopKind, polling
from ..rule import Rule
from ..words import listed


def _title(loop: Loop, names: list[str]) -> str:
    calls = [mark for mark in loop.own if mark.kind == "call"]
    return f"{listed(names[:1])} polled {calls[0].target!r} {loop.calls} times, and nothing changed"


KIND = LoopKind(polling, _title)

RULE = Rule(
    code="COST001",
    slug="stall.polling",
    title="a tool is polled without any change",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="tool calls with arguments and results",
    doubt="what is awaited may be about to come",
    advice=(
        "wait inside the tool instead of asking the model each time, with growing pauses:\n"
        "    while (state := await read()) == 'pending':\n"
        "        await asyncio.sleep(delay := min(60, delay * 2))"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
