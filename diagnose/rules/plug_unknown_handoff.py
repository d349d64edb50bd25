"""An agent may hand over to somebody who is no member of the team, nor a target that ends it.

A fact of the objects before the run. The team fails in the middle of the talk, when the model
chooses that hand-off; names are compared to the letter.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG002",
    slug="plug.unknown-handoff",
    title="a hand-off to an agent that is not there",
    severity="error",
    about=__doc__,
    needs="a team that was looked at before it ran (recorded by loupe run)",
    doubt="a nested team or a program of one's own may take the hand-off",
    advice=(
        "correct the name, or end the team there:\n"
        "    termination_condition=HandoffTermination(target='user')"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
