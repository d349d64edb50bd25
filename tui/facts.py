"""Steps of a recording as the filter language asks about them."""

from __future__ import annotations

from collections.abc import Sequence

from ..tracer import conventions as c
from ..tracer.errors import LoupeError
from ..tracer.model import Span, Step, plain_name
from .series import Series
from .source import Recent, Source
from .survey import spent

NEIGHBOURS = 64  # steps whose spans are read together


class Facts:
    """A run to ask about; not for two threads at once."""

    def __init__(self, source: Source, memory: Series) -> None:
        self.source = source
        self.resident = memory
        self._spans = Recent(4)

    def of(self, step: Step) -> StepFacts:
        """What is known of one step."""
        return StepFacts(self, step)

    def spans(self, step: int) -> list[Span]:
        """The spans of a step; its neighbours' are read along with them."""
        first = step - step % NEIGHBOURS
        return self._spans.get(first, lambda: self._page(first)).get(step, [])

    def _page(self, first: int) -> dict[int, list[Span]]:
        page: dict[int, list[Span]] = {}
        for span in self.source.spans(first, first + NEIGHBOURS):
            if span.step is not None:
                page.setdefault(span.step, []).append(span)
        return page


class StepFacts:
    """`agentloupe.tracer.filter.Facts` of one step."""

    __slots__ = ("_run", "_step")

    def __init__(self, run: Facts, step: Step) -> None:
        self._run = run
        self._step = step

    @property
    def step(self) -> int:
        return self._step.index

    @property
    def sender(self) -> str:
        return plain_name(self._step.sender)

    @property
    def recipient(self) -> str:
        return plain_name(self._step.recipient)

    @property
    def message_type(self) -> str:
        return self._step.message_type

    @property
    def kind(self) -> str:
        return self._step.kind

    @property
    def topic(self) -> str:
        return self._step.topic

    @property
    def error(self) -> str | None:
        """What the handler raised, else what failed inside: a tool, a model call."""
        if self._step.error is not None:
            return self._step.error
        return next((span.error for span in self._run.spans(self.step) if span.error), None)

    @property
    def took_ns(self) -> int | None:
        end = self._step.end_ns
        return None if end is None else end - self._step.start_ns

    @property
    def since_ns(self) -> int:
        return self._step.start_ns - self._run.source.info.start_ns

    def text(self) -> str:
        body = self._step.body
        if body is None:
            return ""
        try:
            return self._run.source.text(body)
        except LoupeError:
            return ""

    def tokens(self) -> int | None:
        chats = [span for span in self._run.spans(self.step) if span.op == c.CHAT]
        told = any(c.INPUT_TOKENS in chat.attributes for chat in chats)
        return sum(map(spent, chats)) if told or not chats else None

    def tools(self) -> Sequence[str]:
        spans = self._run.spans(self.step)
        tools = (span for span in spans if span.op in (c.TOOL, c.CODE))
        return [str(tool.attributes.get(c.TOOL_NAME) or tool.name) for tool in tools]

    def memory(self) -> int | None:
        return self._run.resident.at(self.step)

    def growth(self) -> int | None:
        before, after = self._run.resident.at(self.step - 1), self._run.resident.at(self.step)
        return None if before is None or after is None else after - before
