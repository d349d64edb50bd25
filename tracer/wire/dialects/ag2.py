"""AG2: `ag2.span.type` beside the conventions' names, in both its generations.

Before 1.0 the choice of a speaker by a model loses its context on the way: each of its model calls
is a trace of its own. One that falls into a single conversation of its service belongs to that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ... import conventions as c
from ..dialect import Dialect, Joiner
from ..draft import SERVICE, Draft
from ..merge import Merge
from ..spans import MAX_NAME, MAX_TIME, WireSpan

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
_LAST: Final = 1 << 64  # behind every id


class Ag2(Dialect):
    """Spans with `ag2.span.type`."""

    name = "ag2"
    rank = 30
    signs = (TYPE,)

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(TYPE), str)

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def arrange(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        """A selection's call is what the manager does at that time: the innermost turn around."""
        begun: list[tuple[int, int]] = []  # when it ends, negative, and who: a later one is above
        for span in sorted(spans, key=lambda each: (each.start_ns, _is_selection(each))):
            if _is_selection(span):
                at = bisect_right(begun, (-_end(span, span.start_ns), _LAST))
                if at:
                    span.parent = begun[at - 1][1]
            elif span.attributes[TYPE] == "agent":
                end = _end(span, MAX_TIME)
                while begun and -begun[-1][0] <= end:
                    begun.pop()  # it holds nothing more that this one does not hold
                begun.append((-end, span.id))

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
        self._told: list[tuple[int, bool, str, int, int]] = []  # start, call?, service, end, trace

    def see(self, span: WireSpan) -> None:
        if span.parent or span.end_ns is None:
            return
        service = str(span.source.resource.get(SERVICE))[:MAX_NAME]
        call = _is_selection(span)
        if call or span.attributes[TYPE] in ("conversation", "multi_conversation"):
            self._told.append((span.start_ns, call, service, span.end_ns, span.trace_id))

    def finish(self) -> None:
        """Of each service the two conversations that have begun and end last: one, and no other."""
        last: dict[str, list[tuple[int, int, int]]] = {}
        for start, call, service, end, trace_id in sorted(self._told):
            around = last.setdefault(service, [])
            if not call:
                around.append((end, start, trace_id))
                around.sort(reverse=True)
                del around[2:]
            elif [end <= each[0] for each in around] in ([True], [True, False]):
                _, since, conversation = around[0]
                self.merge.add(conversation, since)
                self.merge.join(conversation, trace_id)


def _is_selection(span: WireSpan) -> bool:
    agent = span.attributes.get(c.AGENT_NAME)
    return not span.parent and span.attributes[TYPE] == "llm" and agent == _SELECTOR


def _end(span: WireSpan, never: int) -> int:
    return never if span.end_ns is None else span.end_ns


DIALECT: Final = Ag2()
