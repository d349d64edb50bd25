"""Tools are offered to the model and none is ever called; or a call comes out as text.

Ten calls of an agent with tools and not one tool call: the server may drop the tools without a
word, as some do. When the reply holds the call as text (`<tool_call>`, or JSON with the name of a
tool), the server does not understand the model's format: that is told at once, as a warning.
"""

from __future__ import annotations

import re

from ...tracer import conventions as c
from ...tracer.model import Span
from ..content import said
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times

CALLS = 10
_LEAKED = re.compile(
    r'<tool_call>|<\|?(?:tool|function)[_|]|\{\s*\\?"name\\?"\s*:[^{}]{1,80}\\?"arguments\\?"'
)


class ToolsIgnoredJudge(Judge):
    """Counts the calls of each agent with tools, until one is used."""

    ops = frozenset({c.CHAT})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._unused: dict[str, int] = {}

    def see(self, span: Span) -> Sign | None:
        offered = number(span, "agentloupe.tools.offered")
        if not offered or span.error is not None:
            return None
        answer = self.body(span, c.OUTPUT_MESSAGES)
        if '"tool_call"' in answer:
            self._unused[span.agent] = -1_000_000
            return None
        if _LEAKED.search(answer):
            return Sign(said(answer)[:300], 2, 0.85, "warning", group="leaked")
        count = self._unused.get(span.agent, 0) + 1
        if span.agent in self._unused or len(self._unused) < 256:
            self._unused[span.agent] = count
        if count < CALLS:
            return None
        tools = "1 tool" if offered < 1.5 else f"{offered:.0f} tools"
        text = f"{tools} offered, none called in {count} model calls"
        return Sign(text, count / 1e6, 0.6, facts={"offered": offered, "model_calls": count})


def _title(group: Group) -> str:
    who = group.agent or "a model"
    if group.sign.group == "leaked":
        return f"a tool call of {who!r} came out as text{times(group.count)}"
    return f"{who!r} has tools and never calls one"


RULE = Rule(
    code="MODL001",
    slug="model.tools-ignored",
    title="tools are offered and none is called",
    severity="info",
    about=__doc__,
    bodies=True,
    needs="model calls with the tools offered (recorded by loupe run)",
    doubt="the tasks may just not have needed a tool",
    advice=(
        "see whether the server gets the tools at all, and start it with its template engine:\n"
        "    llama-server --jinja ...\n"
        "or test the client alone: await client.create([...], tools=[...], tool_choice='required')"
    ),
    start=lambda context: SignDetector(lambda: RULE, ToolsIgnoredJudge(context), _title),
)
