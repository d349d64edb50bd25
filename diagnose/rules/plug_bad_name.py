"""An agent bears a name that AutoGen, or the model's interface, refuses.

A fact of the name: AgentChat asks for a Python identifier, core for letters, digits, dots, hyphens
and underscores; with v0.2 the name goes to the model with each message of a group chat, and
OpenAI's interface refuses spaces and letters beyond ASCII in it.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG012",
    slug="plug.bad-name",
    title="an agent's name that is refused",
    severity="error",
    about=__doc__,
    needs="a team or an agent that was looked at when it was made (recorded by loupe run)",
    doubt="a server that is not OpenAI's may take such a name",
    advice=(
        "use an identifier, and tell the long name in the description:\n"
        '    AssistantAgent("product_helper", description="Product Helper", ...)'
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
