"""Logfire and Pydantic AI: the conventions' names, with `logfire.*` beside them.

Span names of Logfire are templates; a span that is under way is told by a "pending" span. A
streamed answer is told twice: by the call's span, which ends when the first piece is there, and
when the stream is over by a log, which has the answer and, without a span around, a trace of its
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ... import conventions as c
from ..dialect import Dialect, Joiner
from ..draft import Draft
from ..merge import Merge
from ..spans import WireSpan

TYPE: Final = "logfire.span_type"
PENDING_PARENT: Final = "logfire.pending_parent_id"
_NOISE: Final = ("logfire.json_schema", "logfire.msg_template", "logfire.metrics", TYPE)
_SAID: Final = "said"  # a span that says nothing that another does not say
_ANSWER: Final = frozenset(
    {
        c.OUTPUT_MESSAGES,
        c.INPUT_TOKENS,
        c.OUTPUT_TOKENS,
        c.FINISH_REASONS,
        c.RESPONSE_MODEL,
        c.RESPONSE_ID,
        "operation.cost",
    }
)
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
    signs = (TYPE,)
    scopes = ("pydantic-ai",)

    def speaks(self, span: WireSpan) -> bool:
        return TYPE in span.attributes or span.source.scope == "pydantic-ai"

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def arrange(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        """A pending span whose own span never came stands for it, open."""
        known = {(span.trace_id, span.id) for span in everything}
        for span in spans:
            pending = span.attributes.get(TYPE) == "pending_span"
            if pending and (span.trace_id, span.parent) not in known:
                span.attributes[TYPE] = "span"
                span.id, span.parent = span.parent, _parent(span)
                span.end_ns = None
        calls: dict[tuple[str, str], WireSpan] = {}
        for span in spans:
            key = _request(span)
            if key is None:
                continue
            call = calls.get(key)
            if span.attributes[TYPE] != "log":
                calls[key] = span
            elif call is not None:
                call.attributes |= {k: v for k, v in span.attributes.items() if k in _ANSWER}
                call.end_ns = span.end_ns
                span.attributes[TYPE] = _SAID

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        said = span.attributes.get(TYPE) in ("pending_span", _SAID)
        return None if said else super().draft(span, order)

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        for key in _NOISE:
            attributes.pop(key, None)
        message = attributes.pop("logfire.msg", None)
        if isinstance(message, str) and message:
            span.name = message
        told = "agent_name" in attributes  # baggage brings all spans inside the present name
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                if value not in (None, ""):
                    attributes.setdefault(new, value)
        if c.OPERATION not in attributes:
            if span.name.startswith("running tool") and c.TOOL_NAME in attributes:
                attributes[c.OPERATION] = c.TOOL
            elif told and c.TOOL_NAME not in attributes:
                attributes[c.OPERATION] = c.AGENT


class _Joined(Joiner):
    """A stream's end belongs to the run of its call, the last one with the same request."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(merge)
        self._calls: dict[int, int] = {}  # trace by request

    def see(self, span: WireSpan) -> None:
        key = _request(span)
        if key is None:
            return
        if span.attributes[TYPE] != "log":
            self._calls[hash(key)] = span.trace_id
            self.merge.add(span.trace_id, span.start_ns)
        elif (call := self._calls.get(hash(key), span.trace_id)) != span.trace_id:
            self.merge.join(call, span.trace_id)


def _request(span: WireSpan) -> tuple[str, str] | None:
    """What a model was asked, None where a span is no call of one."""
    attributes = span.attributes
    if TYPE not in attributes or "request_data" not in attributes:
        return None
    return str(attributes["request_data"]), str(attributes.get(c.INPUT_MESSAGES))


DIALECT: Final = Logfire()


def _parent(span: WireSpan) -> int:
    told = span.attributes.get(PENDING_PARENT)
    try:
        return int(told, 16) & (1 << 64) - 1 if isinstance(told, str) else 0
    except ValueError:
        return 0
