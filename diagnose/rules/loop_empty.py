"""Messages without any text go round.

A loop all of whose messages are empty: the model returned neither text nor a tool call, and the
next agent answers that with nothing. Known from hand-off prompts, content filters and v0.2's empty
default auto-reply (microsoft/autogen#5831, #6479, #151).
"""

from __future__ import annotations

from ..loop import Loop
from ..loops import LoopDetector, LoopKind, empty
from ..rule import Rule
from ..words import listed


def _title(loop: Loop, names: list[str]) -> str:
    return f"{listed(names)} pass on empty messages, {loop.acts} of them"


KIND = LoopKind(empty, _title)

RULE = Rule(
    code="LOOP007",
    slug="loop.empty",
    title="empty messages circulate",
    severity="error",
    about=__doc__,
    bodies=True,
    needs="messages or agents' turns with their text",
    doubt="what was said may be in a form that is not recorded, such as an image",
    advice=(
        "see why the model says nothing (a filter? a prompt that only hands over?), and stop:\n"
        "    FunctionalTermination(lambda messages: not messages[-1].to_text().strip())"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
