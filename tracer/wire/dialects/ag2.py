"""AG2: `ag2.span.type` beside the conventions' names, in both its generations."""

from __future__ import annotations

from typing import Final

from ... import conventions as c
from ..dialect import Dialect
from ..spans import WireSpan

TYPE: Final = "ag2.span.type"
_OPERATIONS: Final = {
    "conversation": c.RUN,
    "multi_conversation": c.RUN,
    "agent": c.AGENT,
    "llm": c.CHAT,
    "tool": c.TOOL,
    "code_execution": c.CODE,
    "human_input": c.HUMAN,
    "usage": "record_usage",
    "speaker_selection": "select_speaker",
}
_RENAMED: Final = {
    "ag2.chat_id": c.CONVERSATION,
    "ag2.network.channel_id": c.CONVERSATION,
    "ag2.code_execution.exit_code": c.EXIT_CODE,
}


class Ag2(Dialect):
    """Spans with `ag2.span.type`."""

    name = "ag2"
    rank = 30

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(TYPE), str)

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        op = _OPERATIONS.get(str(attributes[TYPE]))
        if op is not None:
            attributes[c.OPERATION] = op
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                attributes.setdefault(new, value)


DIALECT: Final = Ag2()
