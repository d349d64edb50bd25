"""An agent has tools or hand-offs, and its model client says that the model cannot call functions.

A fact of the objects before the run: `model_info["function_calling"]` is False. Some clients refuse
such a request, others send it without the tools, and the model makes up what the tools would tell.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG001",
    slug="plug.no-function-calling",
    title="tools on a model that cannot call them",
    severity="error",
    about=__doc__,
    needs="a team that was looked at before it ran (recorded by loupe run)",
    doubt="the model info may have been filled in by hand, and wrongly",
    advice=(
        "say what the model can do, or take one that can:\n"
        "    OpenAIChatCompletionClient(model=..., model_info=ModelInfo(...))"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
