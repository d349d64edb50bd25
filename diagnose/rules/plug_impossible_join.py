"""A node of a flow waits for all of its branches, and one agent takes only one of them.

A fact of the graph before the run: a node needs all edges of an activation group, unless they say
otherwise, and two of their sources are chosen by different words of one agent. The flow ends as
complete without it (microsoft/autogen#6643, #6710). What `add_node` is told of activation is not
looked at by autogen-agentchat 0.7.5.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG005",
    slug="plug.impossible-join",
    title="a join of branches that exclude each other",
    severity="error",
    about=__doc__,
    needs="a team that was looked at before it ran (recorded by loupe run)",
    doubt="both conditions may hold for the same message",
    advice=(
        "let one branch be enough, on both of its edges:\n"
        '    builder.add_edge(b, d, activation_condition="any")'
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
