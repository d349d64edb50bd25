"""How deep in a chain of messages a step lies: its cause's depth and one.

A loop feeds itself, so each of its rounds is caused by the one before and lies deeper. What one
cause sets off many times over (a broadcast to many workers, a timer, a program's own repeated
requests) stays at one depth, however alike it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Span, Step

KEPT: Final = 8192  # posted messages whose depth is remembered


class Causes:
    """Depths of a run's messages, by the span that posted them; bounded."""

    __slots__ = ("_posted",)

    def __init__(self) -> None:
        self._posted: OrderedDict[int, int] = OrderedDict()

    def depth(self, step: Step, spans: Sequence[Span]) -> int | None:
        """The step's depth, None when what caused it is not known."""
        base = self._base(step, spans)
        if base is not None:
            self._post(base, spans)
        return base

    def _base(self, step: Step, spans: Sequence[Span]) -> int | None:
        if step.kind == "call" or not spans or spans[0].op != c.PROCESS:
            return None
        for link in spans[0].links:
            depth = self._posted.get(link.span_id)
            if depth is not None:
                return depth + 1
        return None if step.sender else 0

    def _post(self, base: int, spans: Sequence[Span]) -> None:
        """What a handler posts after an answer came is caused by that answer, too."""
        answered: list[int] = []
        for span in spans:
            if span.op not in (c.SEND, c.PUBLISH):
                continue
            before = sum(end <= span.start_ns for end in answered)
            self._posted[span.id] = base + before
            if span.op == c.SEND and span.end_ns is not None:
                answered.append(span.end_ns)
            if len(self._posted) > KEPT:
                self._posted.popitem(last=False)
