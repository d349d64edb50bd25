"""Agents of one type are made by the hundred, a key each, and the runtime never lets go of one.

A note of the runtime: 256 agents of one type are there (then 1,024, 4,096, ...), and no policy
releases them. It is information until a thousand are there. AutoGen's runtime has no way to
unregister an agent, and remembers every topic that led to one (microsoft/autogen#5374, #3924).
"""

from __future__ import annotations

from ..noted import NotedDetector
from ..rule import Rule

RULE = Rule(
    code="LEAK004",
    slug="leak.agents",
    title="agents are made for each key and never released",
    severity="warning",
    about=__doc__,
    needs="notes of the runtime (recorded by loupe run)",
    doubt="a program that ends with its batch may need an agent for each item of it",
    advice=(
        "release those that nobody writes to:\n"
        "    from agentloupe.runtime.options import Release\n"
        "    runtime = TracedRuntime(release=Release(after=600))\n"
        "or under the program as it is: loupe run --release 10m app.py"
    ),
    start=lambda context: NotedDetector(context, lambda: RULE),
)
