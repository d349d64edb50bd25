"""Logfire and Pydantic AI: the conventions' names, with `logfire.*` beside them.

Span names of Logfire are templates; a span that is under way is told by a "pending" span.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ... import conventions as c
from ..dialect import Dialect
from ..draft import Draft
from ..spans import WireSpan

TYPE: Final = "logfire.span_type"
PENDING_PARENT: Final = "logfire.pending_parent_id"
_NOISE: Final = ("logfire.json_schema", "logfire.msg_template", "logfire.metrics", TYPE)
_RENAMED: Final = {
    "agent_name": c.AGENT_NAME,
    "tool_arguments": c.TOOL_ARGUMENTS,
    "tool_response": c.TOOL_RESULT,
    "pydantic_ai.all_messages": c.INPUT_MESSAGES,
    "all_messages_events": c.INPUT_MESSAGES,
    "final_result": c.OUTPUT_MESSAGES,
}


class Logfire(Dialect):
    """Spans with `logfire.*` attributes, or of Pydantic AI."""

    name = "logfire"
    rank = 40

    def speaks(self, span: WireSpan) -> bool:
        return TYPE in span.attributes or span.source.scope == "pydantic-ai"

    def arrange(
        self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]
    ) -> Mapping[int, int]:
        """A pending span whose own span never came stands for it, open."""
        known = {(span.trace_id, span.id) for span in everything}
        for span in spans:
            pending = span.attributes.get(TYPE) == "pending_span"
            if pending and (span.trace_id, span.parent) not in known:
                span.attributes[TYPE] = "span"
                span.id, span.parent = span.parent, _parent(span)
                span.end_ns = None
        return {}

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        return None if span.attributes.get(TYPE) == "pending_span" else super().draft(span, order)

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        for key in _NOISE:
            attributes.pop(key, None)
        message = attributes.pop("logfire.msg", None)
        if isinstance(message, str) and message:
            span.name = message
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                if value not in (None, ""):
                    attributes.setdefault(new, value)
        if c.OPERATION not in attributes:
            if span.name.startswith("running tool") and c.TOOL_NAME in attributes:
                attributes[c.OPERATION] = c.TOOL
            elif c.AGENT_NAME in attributes and c.TOOL_NAME not in attributes:
                attributes[c.OPERATION] = c.AGENT


DIALECT: Final = Logfire()


def _parent(span: WireSpan) -> int:
    told = span.attributes.get(PENDING_PARENT)
    try:
        return int(told, 16) & (1 << 64) - 1 if isinstance(told, str) else 0
    except ValueError:
        return 0
