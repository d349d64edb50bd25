"""Spans as the filter language asks about them: `type:` is a message's, or else the operation."""

from __future__ import annotations

from collections.abc import Sequence

from ..tracer import conventions as c
from ..tracer.model import Span, plain_name
from .session import Session
from .survey import spent


class SpanFacts:
    """`agentloupe.tracer.filter.Facts` of one span."""

    __slots__ = ("_session", "_span")

    def __init__(self, session: Session, span: Span) -> None:
        self._session = session
        self._span = span

    @property
    def step(self) -> int:
        return -1 if self._span.step is None else self._span.step

    @property
    def sender(self) -> str:
        told = self._span.attributes.get(c.SENDER)
        return plain_name(told) if isinstance(told, str) else plain_name(self._span.agent)

    @property
    def recipient(self) -> str:
        told = self._span.attributes.get(c.RECIPIENT)
        return plain_name(told) if isinstance(told, str) and told else plain_name(self._span.agent)

    @property
    def message_type(self) -> str:
        kind = self._span.attributes.get(c.MESSAGE_TYPE)
        return kind if isinstance(kind, str) and kind else self._span.op

    @property
    def kind(self) -> str:
        return self._span.op

    @property
    def topic(self) -> str:
        told = self._span.attributes.get(c.DESTINATION)
        return told if isinstance(told, str) else ""

    @property
    def error(self) -> str | None:
        return self._span.error

    @property
    def took_ns(self) -> int | None:
        return self._span.duration_ns

    @property
    def since_ns(self) -> int:
        return self._span.start_ns - self._session.info.start_ns

    def text(self) -> str:
        texts = [self._session.text(ref) for ref in self._span.bodies.values()]
        return "\n".join([self._span.name, *texts])

    def tokens(self) -> int | None:
        if self._span.op != c.CHAT:
            return 0
        told = c.INPUT_TOKENS in self._span.attributes or c.OUTPUT_TOKENS in self._span.attributes
        return spent(self._span) if told else None

    def tools(self) -> Sequence[str]:
        if self._span.op not in (c.TOOL, c.CODE):
            return ()
        return (str(self._span.attributes.get(c.TOOL_NAME) or self._span.name),)

    def memory(self) -> int | None:
        return None if self._span.step is None else self._session.rss_at(self._span.step)

    def growth(self) -> int | None:
        step = self._span.step
        return None if step is None else self._session.grown_over(step, step + 1)
