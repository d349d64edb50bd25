"""A team is given pictures, and the model clients of its agents say that their models do not see.

A fact of the objects before the run: the task holds a picture and `model_info["vision"]` is False.
AgentChat's agents leave pictures out of what they send to such a model, without a word, and the
model answers as if there were none.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG007",
    slug="plug.no-vision",
    title="pictures for a model that cannot see",
    severity="warning",
    about=__doc__,
    needs="a team or an agent that was looked at when it was made (recorded by loupe run)",
    doubt="an agent of the team may only need the text of the message",
    advice=(
        "take a model that sees, or say that it does:\n"
        "    OpenAIChatCompletionClient(model=..., model_info=ModelInfo(vision=True, ...))"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
