"""OpenLLMetry (Traceloop): `traceloop.*`, and prompts spelled out as `gen_ai.prompt.0.content`.

Its newer model spans (0.50 and later) follow the conventions; the older ones and the decorators'
spans are rewritten here.
"""

from __future__ import annotations

from typing import Final

from ... import conventions as c
from .. import indexed
from ..dialect import Dialect
from ..messages import decoded
from ..spans import Attributes, Plain, WireSpan, as_dict, as_list

KIND: Final = "traceloop.span.kind"
_OPERATIONS: Final = {"workflow": c.RUN, "agent": c.AGENT, "tool": c.TOOL, "task": "task"}
_RENAMED: Final = {
    "traceloop.workflow.name": c.WORKFLOW,
    "traceloop.association.properties.session_id": c.CONVERSATION,
    "traceloop.association.properties.thread_id": c.CONVERSATION,
    "llm.usage.prompt_tokens": c.INPUT_TOKENS,
    "llm.usage.completion_tokens": c.OUTPUT_TOKENS,
    "llm.request.model": c.REQUEST_MODEL,
    "llm.response.model": c.RESPONSE_MODEL,
}
_PROMPT: Final = "gen_ai.prompt"
_COMPLETION: Final = "gen_ai.completion"
_OWN: Final = (f"{_PROMPT}.0.", f"{_COMPLETION}.0.", "traceloop.entity.")


class OpenLLMetry(Dialect):
    """Spans with `traceloop.*`, `llm.request.type`, or prompts spelled out by index."""

    name = "openllmetry"
    rank = 30
    signs = ("llm.request.type", KIND, *_OWN)

    def speaks(self, span: WireSpan) -> bool:
        attributes = span.attributes
        if "llm.request.type" in attributes or KIND in attributes:
            return True
        for key in attributes:  # noqa: SIM110 asked of every span of a file: a third of the time
            if key.startswith(_OWN):
                return True
        return False

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                attributes.setdefault(new, value)
        if attributes.pop("llm.request.type", None) in ("chat", "completion"):
            attributes.setdefault(c.OPERATION, c.CHAT)
        kind = attributes.pop(KIND, None)
        if kind in _OPERATIONS:
            attributes.setdefault(c.OPERATION, _OPERATIONS[str(kind)])
        _messages(attributes)
        _entity(attributes)


DIALECT: Final = OpenLLMetry()


def _messages(attributes: Attributes) -> None:
    for prefix, key in ((_PROMPT, c.INPUT_MESSAGES), (_COMPLETION, c.OUTPUT_MESSAGES)):
        messages = as_list(indexed.take(attributes, prefix))
        if not messages:
            continue
        attributes.setdefault(c.OPERATION, c.CHAT)
        attributes.setdefault(key, [_message(each) for each in messages])
        if key == c.OUTPUT_MESSAGES:
            reasons = [reason for each in messages if (reason := _reason(each))]
            if reasons:
                attributes.setdefault(c.FINISH_REASONS, reasons)
    tools = as_list(indexed.take(attributes, "llm.request.functions"))
    if tools:
        attributes.setdefault(c.TOOL_DEFINITIONS, [_tool(each) for each in tools])


def _tool(entry: Plain) -> Plain:
    """A tool whose parameters are JSON in JSON."""
    fields = as_dict(entry)
    return entry if fields is None else {key: decoded(value) for key, value in fields.items()}


def _reason(entry: Plain) -> str:
    return str((as_dict(entry) or {}).get("finish_reason") or "")


def _message(entry: Plain) -> Plain:
    fields = as_dict(entry)
    if fields is None:
        return entry
    parts = as_list(decoded(fields.get("content")))
    return fields if parts is None else fields | {"content": parts}


def _entity(attributes: Attributes) -> None:
    """What a decorated function was given and gave."""
    op = attributes.get(c.OPERATION)
    name = attributes.pop("traceloop.entity.name", None)
    keys = {c.TOOL: c.TOOL_NAME, c.AGENT: c.AGENT_NAME, c.RUN: c.WORKFLOW}
    if isinstance(name, str) and op in keys:
        attributes.setdefault(keys[str(op)], name)
    bodies = {
        c.TOOL: (c.TOOL_ARGUMENTS, c.TOOL_RESULT),
        c.AGENT: (c.INPUT_MESSAGES, c.OUTPUT_MESSAGES),
        c.RUN: (c.INPUT_MESSAGES, c.OUTPUT_MESSAGES),
    }.get(str(op), ("traceloop.entity.input", "traceloop.entity.output"))
    for key, old in zip(bodies, ("traceloop.entity.input", "traceloop.entity.output"), strict=True):
        value = attributes.pop(old, None)
        if isinstance(value, str):
            messages = key in (c.INPUT_MESSAGES, c.OUTPUT_MESSAGES)
            attributes.setdefault(key, [value] if messages else value)
