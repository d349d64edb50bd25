"""The GenAI conventions as they are and as they were: attributes, old spellings, events.

Every dialect ends here: it rewrites its own attributes to these names, and this module takes a
span in these names into a draft.
"""

from __future__ import annotations

from typing import Final

from .. import conventions as c
from ..bodies import text as text_body
from .draft import Draft, attach, draft_of
from .messages import as_json, context, decoded, joined, message_list
from .spans import KINDS, Attributes, Plain, WireEvent, WireSpan, as_dict, as_list

MAX_TOKENS: Final = 1_000_000_000_000  # of one call; more is a mistake, not a count
SPAN: Final = "span"  # the `op` of what is no agent's operation

OPERATIONS: Final = {
    c.RUN: c.RUN,
    c.AGENT: c.AGENT,
    c.CHAT: c.CHAT,
    "generate_content": c.CHAT,
    "text_completion": c.CHAT,
    c.TOOL: c.TOOL,
}
#: Earlier and widespread spellings, first come first served.
ALIASES: Final = {
    "gen_ai.system": c.PROVIDER,
    "gen_ai.usage.prompt_tokens": c.INPUT_TOKENS,
    "gen_ai.usage.completion_tokens": c.OUTPUT_TOKENS,
    "gen_ai.prompt": c.INPUT_MESSAGES,
    "gen_ai.completion": c.OUTPUT_MESSAGES,
    "gen_ai.client.operation.time_to_first_chunk": c.TIME_TO_FIRST_CHUNK,
    "gen_ai.tool.arguments": c.TOOL_ARGUMENTS,
    "gen_ai.tool.parameters": c.TOOL_ARGUMENTS,
    "gen_ai.tool.input": c.TOOL_ARGUMENTS,
    "gen_ai.tool.result": c.TOOL_RESULT,
    "gen_ai.tool.response": c.TOOL_RESULT,
    "gen_ai.tool.output": c.TOOL_RESULT,
}
_TOKENS: Final = (c.INPUT_TOKENS, c.OUTPUT_TOKENS)
_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
#: OpenLLMetry, now and before: an event for each part of a stream.
_CHUNK: Final = frozenset({"gen_ai.content.completion.chunk", "llm.content.completion.chunk"})
_DETAILS: Final = frozenset(
    {
        "gen_ai.client.inference.operation.details",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
    }
)


def draft(span: WireSpan, order: int) -> Draft:
    """The draft of a span in the conventions' terms."""
    attributes = span.attributes
    if span.events:
        _events_to_attributes(span)
    if not attributes.keys().isdisjoint(ALIASES):
        for old, new in ALIASES.items():
            if old in attributes:
                value = attributes.pop(old)
                attributes.setdefault(new, value)
    for key in _TOKENS:
        known = attributes.get(key)
        if known is not None and not (type(known) is int and 0 <= known <= MAX_TOKENS):
            _count(attributes, key)
    none = attributes.get(c.INPUT_TOKENS) == 0 and attributes.get(c.OUTPUT_TOKENS) in (0, None)
    if none and not attributes.get(c.CACHED):
        for key in _TOKENS:  # no prompt is empty: clients write this when they were not told
            attributes.pop(key, None)
    if c.FINISH_REASONS in attributes:
        reasons = as_list(decoded(attributes[c.FINISH_REASONS]))
        if reasons is not None:
            attributes[c.FINISH_REASONS] = reasons
    op = operation(span)
    made = draft_of(span, order, op, agent_of(span, op), error_of(span))
    _bodies(made, attributes)
    if op == SPAN and span.kind in KINDS:
        attributes[c.SPAN_KIND] = KINDS[span.kind]
    if op == c.TOOL:
        attributes.setdefault(c.TOOL_NAME, _after(span.name, c.TOOL) or span.name)
    attach(made, span)
    return made


def operation(span: WireSpan) -> str:
    """What the span does, by its attribute, else by what it has to say."""
    attributes = span.attributes
    named = attributes.get(c.OPERATION)
    if isinstance(named, str) and named:
        return OPERATIONS.get(named, named[:64])
    for op in (c.RUN, c.AGENT, c.TOOL):
        if span.name == op or span.name.startswith(f"{op} "):
            return op
    if c.TOOL_NAME in attributes and c.REQUEST_MODEL not in attributes:
        return c.TOOL
    chats = span.name.startswith("chat ") and any(key.startswith("gen_ai.") for key in attributes)
    if chats or c.REQUEST_MODEL in attributes or c.RESPONSE_MODEL in attributes:
        return c.CHAT
    return c.RUN if c.WORKFLOW in attributes else SPAN


def agent_of(span: WireSpan, op: str) -> str:
    """The agent's name, "" when the span does not say."""
    for key in (c.AGENT_NAME, c.AGENT_ID):
        name = span.attributes.get(key)
        if isinstance(name, str) and name:
            return name
    return _after(span.name, c.AGENT) if op == c.AGENT else ""


def _after(name: str, op: str) -> str:
    return name[len(op) + 1 :].strip() if name.startswith(f"{op} ") else ""


def error_of(span: WireSpan) -> str | None:
    """ "Type: text" of what went wrong, None when nothing did."""
    kind = span.attributes.get(c.ERROR_TYPE)
    if not span.failed and not isinstance(kind, str):
        return None
    what = span.status
    for event in span.events:
        if event.name == "exception":
            kind = event.attributes.get(c.EXCEPTION_TYPE) or kind
            what = str(event.attributes.get(c.EXCEPTION_MESSAGE) or what)
    name = str(kind or "").rpartition(".")[2] or "error"
    if what.startswith(f"{name}:"):  # SDKs write the type into the status themselves
        return what
    return f"{name}: {what}" if what else name


def _count(attributes: Attributes, key: str) -> None:
    """A token count as a number; what is none stays out of the sums."""
    value = attributes.get(key)
    if value is None:
        return
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS:
        attributes[key] = value
    else:
        attributes[f"{key}.unusable"] = attributes.pop(key)


# -- bodies ----------------------------------------------------------------------------------------
def _bodies(made: Draft, attributes: Attributes) -> None:
    bodies = made.bodies
    sent = attributes.pop(c.INPUT_MESSAGES, None)
    if sent not in (None, ""):
        owner = f"{made.trace_id:x}/{made.agent or made.op}"
        bodies[c.INPUT_MESSAGES] = context(owner, message_list(sent, "user"))
    got = attributes.pop(c.OUTPUT_MESSAGES, None)
    if got not in (None, ""):
        bodies[c.OUTPUT_MESSAGES] = joined(message_list(got, "assistant"))
    if attributes.keys().isdisjoint(c.BODIES):
        return
    for key in [key for key in attributes if key in c.BODIES]:
        value = attributes.pop(key)
        if value is not None:
            bodies[key] = text_body(value if type(value) is str else as_json(value))


def _events_to_attributes(span: WireSpan) -> None:
    """Messages that are told as events of the span (conventions before 1.37)."""
    sent: list[Plain] = []
    got: list[Plain] = []
    rest: list[WireEvent] = []
    count = 0
    for event in span.events:
        if event.name in _CHUNK:
            count += 1
        elif event.name in _DETAILS:
            for key, value in event.attributes.items():
                span.attributes.setdefault(key, value)
        elif event.name in _ROLES:
            sent.append({"role": _ROLES[event.name], **_content(event)})
        elif event.name == _CHOICE:
            got.append({"role": "assistant", **_content(event)})
        else:
            rest.append(event)
    span.events = rest
    if count:
        span.attributes.setdefault(c.CHUNKS, count)
    if sent:
        span.attributes.setdefault(c.INPUT_MESSAGES, sent)
    if got:
        span.attributes.setdefault(c.OUTPUT_MESSAGES, got)


def _content(event: WireEvent) -> Attributes:
    fields = dict(event.attributes)
    whole = decoded(fields.pop("gen_ai.event.content", None))
    inner = as_dict(whole)
    if inner is not None:
        fields.update(inner)
    elif whole is not None:
        fields.setdefault("content", whole)
    return {
        key: decoded(value) if key in ("tool_calls", "message", "parts") else value
        for key, value in fields.items()
        if not key.startswith("gen_ai.")
    }
