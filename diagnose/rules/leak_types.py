"""Agent types are registered by the hundred on one runtime, and none can be unregistered.

A note of the runtime: 256 types are registered (then 1,024, 4,096, ...); information until there
are a thousand. A server that makes an AgentChat team for each request on one runtime does it: each
team registers a type for every participant. On AutoGen's runtime each send also makes a set of all
their names, twice: 5,000 types triple what a send costs.
"""

from __future__ import annotations

from ..noted import NotedDetector
from ..rule import Rule

RULE = Rule(
    code="LEAK005",
    slug="leak.types",
    title="agent types pile up on one runtime",
    severity="warning",
    about=__doc__,
    needs="notes of the runtime (recorded by loupe run)",
    doubt="a program may have so many kinds of agents from its start on",
    advice=(
        "register one type and tell its agents apart by their keys:\n"
        "    await Worker.register(runtime, 'worker', Worker)\n"
        "    await runtime.send_message(m, AgentId('worker', customer))\n"
        "and give a team of AgentChat that lives for one request no runtime: it makes its own"
    ),
    start=lambda context: NotedDetector(context, lambda: RULE),
)
