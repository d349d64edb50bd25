"""A model calls a tool that is not there, and gets the same refusal however often it tries.

A fact of the trace: the call ended with the framework's own "not found", or the model answered with
a call of a tool that was not among those offered to it. Told as a warning from the second call of a
name on: once may be a slip, of which a model recovers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, times

_GONE = re.compile(
    r"\b(?:function|tool)\s+['\"`]?(?P<name>[\w.-]{1,64})['\"`]?\s+(?:is\s+)?not\s+(?:found|registered)",
    re.IGNORECASE,
)
NAMES = 256
CALLS = re.compile(r'"tool_call"')


class UnknownToolJudge(Judge):
    """Counts calls of each name that is not there."""

    ops = frozenset({c.CHAT, c.TOOL})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: dict[tuple[str, str], int] = {}

    def see(self, span: Span) -> Sign | None:
        name = self._refused(span) if span.op == c.TOOL else self._not_offered(span)
        key = span.agent, name
        if not name or (key not in self._seen and len(self._seen) >= NAMES):
            return None
        self._seen[key] = count = self._seen.get(key, 0) + 1
        severity = "info" if count == 1 else "warning"
        text = f"{name} was called, and is not there"
        return Sign(text, count, 0.97, severity, group=name, facts={"tool": name})

    def _refused(self, span: Span) -> str:
        told = span.error or ""
        tool = str(span.attributes.get(c.TOOL_NAME, ""))
        told = told or self.body(span, c.TOOL_RESULT)[:200]
        match = _GONE.search(told) if "not" in told.lower() else None
        return tool if match is not None and match["name"] == tool else ""

    def _not_offered(self, span: Span) -> str:
        answer = self.body(span, c.OUTPUT_MESSAGES)
        if not CALLS.search(answer):
            return ""
        offered = self.body(span, c.TOOL_DEFINITIONS)
        if not offered:
            return ""
        return next((name for name in _called(answer) if json.dumps(name) not in offered), "")


def _called(answer: str) -> Iterator[str]:
    """The names of the tools that an answer calls."""
    try:
        messages: object = json.loads(answer)
    except ValueError:
        return
    for message in _items(messages):
        for part in _items(message.get("parts")):
            if part.get("type") == "tool_call" and isinstance(part.get("name"), str):
                yield str(part["name"])


def _items(value: object) -> list[dict[str, object]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]


def _title(group: Group) -> str:
    who = group.agent or "a model"
    return f"{who!r} calls {group.sign.facts['tool']!r}, which is not there{times(group.count)}"


RULE = Rule(
    code="MODL007",
    slug="model.unknown-tool",
    title="a tool is called that is not there",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="model calls with the tools offered, or tool calls with their results",
    doubt="the name may be one that another agent of the team answers to",
    advice=(
        "register it for the agent that executes it, under the name that the model is told:\n"
        "    AssistantAgent(..., tools=[weigh_crate])\n"
        "or, in v0.2: register_function(weigh_crate, caller=assistant, executor=user_proxy, "
        "description=...)"
    ),
    start=lambda context: SignDetector(lambda: RULE, UnknownToolJudge(context), _title),
)
