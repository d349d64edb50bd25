"""AG2: `ag2.span.type` beside the conventions' names, in both its generations.

Before 1.0 the choice of a speaker by a model loses its context on the way: each of its model calls
is a trace of its own. One that falls into a single conversation of its service belongs to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ... import conventions as c
from ..dialect import Dialect, Joiner
from ..draft import SERVICE, Draft
from ..merge import Merge
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
_OUTPUT: Final = "ag2.code_execution.output"
_RENAMED: Final = {
    "ag2.chat_id": c.CONVERSATION,
    "ag2.network.channel_id": c.CONVERSATION,
    "ag2.code_execution.exit_code": c.EXIT_CODE,
    _OUTPUT: c.TOOL_RESULT,
    "ag2.human_input.prompt": c.MESSAGE_BODY,
    "ag2.human_input.response": c.REPLY_BODY,
}
_SELECTOR: Final = "speaker_selection_agent"


class Ag2(Dialect):
    """Spans with `ag2.span.type`."""

    name = "ag2"
    rank = 30

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(TYPE), str)

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def arrange(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        """A selection's call is what the manager does at that time: the innermost turn around."""
        turns = [span for span in spans if span.attributes[TYPE] == "agent"]
        for span in filter(_is_selection, spans):
            around = [turn for turn in turns if _covers(turn, span)]
            if around:
                span.parent = max(around, key=lambda turn: turn.start_ns).id

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        op = _OPERATIONS.get(str(attributes[TYPE]))
        if op is not None:
            attributes[c.OPERATION] = op
        for old, new in _RENAMED.items():
            if old in attributes:
                value = attributes.pop(old)
                attributes.setdefault(new, value)

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        kind = span.attributes[TYPE]
        told = span.attributes.keys() & {"ag2.code_execution.exit_code", _OUTPUT}
        if kind == "code_execution" and not told and not span.failed:
            return None  # it looked for code and found none
        return super().draft(span, order)


class _Joined(Joiner):
    """The calls of speaker selections, and the conversations that they can be of."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(merge)
        self._calls: list[tuple[str, int, int, int]] = []  # service, start, end, trace
        self._conversations: list[tuple[str, int, int, int]] = []

    def see(self, span: WireSpan) -> None:
        if span.parent or span.end_ns is None:
            return
        service = str(span.source.resource.get(SERVICE))
        told = service, span.start_ns, span.end_ns, span.trace_id
        if span.attributes[TYPE] in ("conversation", "multi_conversation"):
            self._conversations.append(told)
        elif _is_selection(span):
            self._calls.append(told)

    def finish(self) -> None:
        for service, start, end, trace_id in self._calls:
            around = [
                each
                for each in self._conversations
                if each[0] == service and each[1] <= start and end <= each[2]
            ]
            if len(around) == 1:
                self.merge.add(around[0][3], around[0][1])
                self.merge.join(around[0][3], trace_id)


def _is_selection(span: WireSpan) -> bool:
    agent = span.attributes.get(c.AGENT_NAME)
    return not span.parent and span.attributes[TYPE] == "llm" and agent == _SELECTOR


def _covers(turn: WireSpan, span: WireSpan) -> bool:
    end = turn.end_ns
    return turn.start_ns <= span.start_ns and (end is None or (span.end_ns or end) <= end)


DIALECT: Final = Ag2()
