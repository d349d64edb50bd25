"""Messages that arrived together made several agents of one id, and all but one are lost.

A note of the runtime: an agent was made while another of the same id was there. AutoGen's runtime
calls the factory for every message that comes before its first call has returned; what was done to
the agents that lose their place is forgotten, their state with them.
"""

from __future__ import annotations

from ..noted import NotedDetector
from ..rule import Rule

RULE = Rule(
    code="LOST005",
    slug="drop.agent-replaced",
    title="an agent was made again and its state is lost",
    severity="error",
    about=__doc__,
    needs="notes of the runtime (recorded by loupe run)",
    doubt="an agent that keeps nothing may be made as often as one likes",
    advice=(
        "have the agent made before the first message:\n"
        "    await runtime.get(AgentId('worker', 'default'), lazy=False)\n"
        "or use a runtime that makes one: TracedRuntime()"
    ),
    start=lambda context: NotedDetector(context, lambda: RULE),
)
