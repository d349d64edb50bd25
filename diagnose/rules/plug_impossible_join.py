"""A node of a flow waits for all of its branches, and one agent takes only one of them.

A fact of the graph before the run: with `activation="all"` the node needs every parent, and two of
them are chosen by different conditions of the same node. The flow ends as complete without it
(microsoft/autogen#6643, #6710).
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
    advice=('let one branch be enough:\n    builder.add_node(d, activation="any")'),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
