"""A node of a flow can never start: nothing that the flow begins with leads to it.

A fact of the graph before the run. A node starts when all edges of one of its activation groups
were taken, or one of them where the group says so; it is dead when no edge leads to it and the flow
begins elsewhere, when only dead nodes lead to it, or when it waits for a node that itself waits for
it (a loop back into a join). The flow ends as complete without it (microsoft/autogen#6710).
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG009",
    slug="plug.dead-node",
    title="a node of a flow that can never start",
    severity="error",
    about=__doc__,
    needs="a team or an agent that was looked at when it was made (recorded by loupe run)",
    doubt="the agent may be there for another entry point of the same graph",
    advice=(
        "give a loop back an activation group of its own, or let one edge be enough:\n"
        '    builder.add_edge(c, b, activation_group="again", condition="revise")\n'
        '    builder.add_edge(c, b, activation_condition="any")'
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
