"""OpenInference (Arize Phoenix): `openinference.span.kind`, `llm.*`, `input.value`, `tool.*`.

Shapes measured with openinference-instrumentation-openai 0.1.66 and -autogen-agentchat 0.1.22.
"""

from __future__ import annotations

from typing import Final

from ... import conventions as c
from .. import indexed
from ..dialect import Dialect
from ..messages import decoded
from ..spans import Attributes, Plain, WireSpan, as_dict, as_list

KIND: Final = "openinference.span.kind"
INPUT: Final = "input.value"
OUTPUT: Final = "output.value"
_OPERATIONS: Final = {
    "LLM": c.CHAT,
    "TOOL": c.TOOL,
    "AGENT": c.AGENT,
    "EMBEDDING": "embeddings",
    "RETRIEVER": "retrieval",
    "RERANKER": "rerank",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluate",
}
_RENAMED: Final = {
    "llm.model_name": c.REQUEST_MODEL,
    "llm.provider": c.PROVIDER,
    "llm.system": c.PROVIDER,
    "llm.token_count.prompt": c.INPUT_TOKENS,
    "llm.token_count.completion": c.OUTPUT_TOKENS,
    "session.id": c.CONVERSATION,
    "tool.name": c.TOOL_NAME,
    "tool_call.id": c.TOOL_CALL_ID,
    "tool.id": c.TOOL_CALL_ID,
    "agent.name": c.AGENT_NAME,
    "graph.node.id": c.AGENT_NAME,
}


class OpenInference(Dialect):
    """Spans with `openinference.span.kind`."""

    name = "openinference"
    rank = 30
    signs = (KIND,)

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(KIND), str)

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        kind = str(attributes.pop(KIND)).upper()
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                attributes.setdefault(new, value)
        if kind in _OPERATIONS:
            attributes.setdefault(c.OPERATION, _OPERATIONS[kind])
        elif "participant_names" in attributes:  # a team of AgentChat
            attributes[c.OPERATION] = c.RUN
            attributes[c.WORKFLOW] = span.name.partition(".")[0]
        elif c.OPERATION not in attributes:
            attributes[c.OPERATION] = "chain"
        if attributes[c.OPERATION] == c.CHAT and c.REQUEST_MODEL not in attributes:
            _default(attributes, c.REQUEST_MODEL, _asked_of(attributes))
        _content(span)


DIALECT: Final = OpenInference()


def _asked_of(attributes: Attributes) -> Plain:
    """The model of a call that failed before one answered."""
    return (as_dict(decoded(attributes.get("llm.invocation_parameters"))) or {}).get("model")


def _content(span: WireSpan) -> None:
    attributes = span.attributes
    op = attributes.get(c.OPERATION)
    finish = attributes.pop("llm.finish_reason", None)
    if isinstance(finish, str):
        attributes.setdefault(c.FINISH_REASONS, [finish])
    for prefix, key in (
        ("llm.input_messages", c.INPUT_MESSAGES),
        ("llm.output_messages", c.OUTPUT_MESSAGES),
    ):
        messages = as_list(indexed.take(attributes, prefix))
        if messages:
            attributes[key] = [_message(each) for each in messages]
    tools = as_list(indexed.take(attributes, "llm.tools"))
    if tools:
        attributes[c.TOOL_DEFINITIONS] = [_tool(each) for each in tools]
    for key in ("input.mime_type", "output.mime_type"):
        attributes.pop(key, None)
    sent, got = attributes.pop(INPUT, None), attributes.pop(OUTPUT, None)
    if op == c.TOOL:
        parameters = attributes.pop("tool.parameters", None)
        _default(attributes, c.TOOL_ARGUMENTS, sent if parameters is None else parameters)
        _default(attributes, c.TOOL_RESULT, got)
    elif op in (c.AGENT, c.CHAT, c.RUN):
        _default(attributes, c.INPUT_MESSAGES, _said(sent))
        _default(attributes, c.OUTPUT_MESSAGES, _said(got))
    else:
        _default(attributes, INPUT, sent)
        _default(attributes, OUTPUT, got)


def _default(attributes: Attributes, key: str, value: Plain) -> None:
    if value is not None:
        attributes.setdefault(key, value)


def _said(value: Plain) -> Plain:
    """A whole value as one text: the task or content in it where it has one."""
    fields = as_dict(decoded(value))
    for key in ("task", "content"):
        inner = None if fields is None else fields.get(key)
        if isinstance(inner, str):
            return [inner]
    return None if value is None else [value if isinstance(value, str) else str(value)]


def _message(entry: Plain) -> Plain:
    """`{"message": {"role", "content", "tool_calls": [{"tool_call": {...}}]}}` as OpenAI has it."""
    fields = as_dict(entry)
    inner = None if fields is None else as_dict(fields.get("message"))
    if inner is None:
        return entry
    made: Attributes = {
        k: inner[k] for k in ("role", "content", "name", "tool_call_id") if k in inner
    }
    contents = as_list(inner.get("contents"))
    if contents and "content" not in made:
        made["content"] = [(as_dict(each) or {}).get("message_content", each) for each in contents]
    calls = as_list(inner.get("tool_calls"))
    if calls:
        made["tool_calls"] = [(as_dict(each) or {}).get("tool_call", each) for each in calls]
    return made


def _tool(entry: Plain) -> Plain:
    fields = as_dict(entry)
    tool = None if fields is None else as_dict(fields.get("tool"))
    return entry if tool is None else decoded(tool.get("json_schema"))
