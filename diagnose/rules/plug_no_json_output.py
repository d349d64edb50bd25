"""A model call asks for JSON, and its client says that the model has no such output.

A fact of the program's text or of its objects: `json_output=True`, or a response format of JSON,
with `model_info["json_output"]` False. Clients refuse such a call when it is made, in the middle of
a run.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG008",
    slug="plug.no-json-output",
    title="JSON asked of a model without JSON output",
    severity="error",
    about=__doc__,
    needs="a team or an agent that was looked at when it was made (recorded by loupe run)",
    doubt="the model info may have been filled in by hand, and wrongly",
    advice=(
        "say what the model can do, or ask for JSON in the prompt and check it:\n"
        "    model_info=ModelInfo(json_output=True, ...)"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
