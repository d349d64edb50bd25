"""An agent is to answer in a type, and its model client says that the model has no such output.

A fact of the objects before the run: `output_content_type` is set and
`model_info["structured_output"]` is False. The answer is then parsed from free text, and fails when
the model adds a word.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG004",
    slug="plug.no-structured-output",
    title="typed answers on a model without structured output",
    severity="error",
    about=__doc__,
    needs="a team that was looked at before it ran (recorded by loupe run)",
    doubt="the model info may have been filled in by hand, and wrongly",
    advice=("take a model with structured output, or parse the answer yourself and ask again"),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
