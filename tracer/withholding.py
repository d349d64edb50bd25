"""What is left of a record where texts are not to be kept: the policies `hash` and `none`.

Bodies are withheld by whoever numbers them. Texts get into spans by other ways, too: attributes,
events and the message of an exception. Of these, names stay (of agents, models, tools, classes,
operations, files of the program), numbers and truth values; every other text is its size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from . import conventions as c
from .packing import DEEP, Record, said

Say = Callable[[Mapping[str, Any]], dict[str, Any]]

#: Attributes whose texts are names.
NAMES: Final = frozenset(
    {
        *(c.OPERATION, c.PROVIDER, c.WORKFLOW, c.CONVERSATION, c.AGENT_ID, c.AGENT_NAME),
        *(c.REQUEST_MODEL, c.RESPONSE_MODEL, c.RESPONSE_ID, c.FINISH_REASONS, c.TOOL_NAME),
        *(c.TOOL_TYPE, c.TOOL_CALL_ID, c.TRANSFER_TARGET, c.ERROR_TYPE, c.EXCEPTION_TYPE),
        *(c.MESSAGING_SYSTEM, c.MESSAGING_OPERATION, c.MESSAGING_OPERATION_TYPE, c.MESSAGE_ID),
        *(c.DESTINATION, c.DESTINATION_TEMPLATE, c.CONTAINER_ID, c.CONTAINER_IMAGE),
        *(c.MCP_METHOD, c.MCP_SESSION, c.MCP_PROTOCOL, c.JSONRPC_ID, c.TRANSPORT, c.MCP_SERVER),
        *(c.STORE_ID, c.STORE_NAME, c.SENDER, c.RECIPIENT, c.MESSAGE_TYPE, c.REPLY_TYPE),
        *(c.MODEL_TROUBLE, c.EXECUTOR_CLASS, c.SANDBOX, c.OOM_SIGNS, c.PEAK_SOURCE, c.STATE_WHY),
        *(c.WAIT_ON, c.WAIT_WHAT, c.WAIT_WHERE, c.WAIT_WITHIN, c.WAIT_AWAITS),
        *(c.FINDING_SLUG, c.FINDING_LABEL, c.FINDING_CODE, c.FINDING_AGENTS, c.FINDING_ACTION),
        *("server.address", "service.name", c.CLIENT_CLASS, "agentloupe.tool.class"),
        *("agentloupe.team.class", "agentloupe.team.participants", "agentloupe.tools.choice"),
        *("agentloupe.selection.candidates", "agentloupe.selection.speaker"),
        *("agentloupe.otel.trace_id", "agentloupe.folded"),
    }
)
#: Attributes of which what stands before a blank or a colon is one, and a text follows.
BEGINNINGS: Final = {c.DEAD_LETTER: ":", "agentloupe.team.conditions": " "}


def error_of(text: str | None) -> str | None:
    """Of `Type: text` the type."""
    if text is None:
        return None
    name = text.partition(":")[0]
    return name if name.isidentifier() else "Error"


def values_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without texts that are no names."""
    return {key: _value(key, value) for key, value in dict(attributes).items()}


def events_of(events: Sequence[tuple[str, int, Mapping[str, Any]]]) -> list[tuple[str, int, Any]]:
    """Events without such texts."""
    return [(name, time_ns, values_of(attributes)) for name, time_ns, attributes in events]


def without_texts(record: Record) -> Record:
    """A span's record without such texts. A brief one (of 12 fields) has none."""
    if len(record) < 15 or not (record[8] or record[11] or record[14]):
        return record
    return (
        *record[:8],
        error_of(record[8]),
        *record[9:11],
        None if record[11] is None else values_of(record[11]),
        *record[12:14],
        None if record[14] is None else events_of(record[14]),
    )


def _value(key: str, value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        if key in NAMES:
            return value
        if key in BEGINNINGS:
            return value.partition(BEGINNINGS[key])[0]
        return f"({len(value):,} characters, not kept)" if value else value
    if depth < DEEP and isinstance(value, list | tuple):
        return [_value(key, each, depth + 1) for each in value]  # pyright: ignore[reportUnknownVariableType]  a foreign value's own types
    if depth < DEEP and isinstance(value, Mapping):
        return {said(name): _value(key, each, depth + 1) for name, each in [*value.items()]}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  a foreign value's own types
    return value if value is None or isinstance(value, int | float) else _value(key, said(value))
