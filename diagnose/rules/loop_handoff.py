"""Agents hand control to each other and back, and no work is done in between.

The same hand-off edges three times over, with no other tool call and nothing said beyond the
framework's own sentence. Known from swarms in which each agent thinks that the other is the right
one (microsoft/autogen#4180, #5611).
"""

from __future__ import annotations

from ...tracer.model import plain_name
from ..loop import Loop
from ..loops import LoopDetector, LoopKind, handoffs
from ..rule import Rule


def _takes(loop: Loop) -> bool:
    return loop.sign == "cycle" and handoffs(loop)


def _title(loop: Loop, names: list[str]) -> str:
    calls = [mark for mark in loop.cycle if mark.kind == "call"]
    chain = " -> ".join([*(plain_name(m.agent) for m in calls), plain_name(calls[0].agent)])
    return f"control is handed round in a circle, {loop.cycles:.0f} times: {chain}"


KIND = LoopKind(_takes, _title)

RULE = Rule(
    code="LOOP005",
    slug="loop.handoff",
    title="agents hand control to each other in a circle",
    severity="error",
    about=__doc__,
    bodies=True,
    needs="hand-offs recorded as tool calls",
    doubt="a token that is passed round until something happens elsewhere goes in circles, too",
    advice=(
        "drop one of the hand-off edges, or demand work before it:\n"
        '    AssistantAgent("alice", handoffs=[])  # bob may come to alice, alice keeps it\n'
        "and say in the system messages which of the agents has to answer"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
