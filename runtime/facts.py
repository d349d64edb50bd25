"""A delivery that has not begun, as the filter language and breakpoints ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..tracer import conventions as c
from ..tracer.bodies import Body, snapshot
from ..tracer.control import Breakpoint
from ..tracer.filter import Filter
from ..tracer.names import plain_name
from ..tracer.recorder import now_ns
from .budgets import resident
from .letters import Delivery


class DeliveryFacts:
    """Implements `filter.Facts`. What is only known afterwards is not known."""

    error: str | None = None
    took_ns: int | None = None

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    @property
    def step(self) -> int:
        span = self._delivery.letter.span
        return 0 if span is None else span.run.next_step

    @property
    def sender(self) -> str:
        sender = self._delivery.letter.sender
        return "" if sender is None else plain_name(f"{sender.type}/{sender.key}")

    @property
    def recipient(self) -> str:
        to = self._delivery.recipient
        return plain_name(f"{to.type}/{to.key}")

    @property
    def message_type(self) -> str:
        return type(self._delivery.letter.message).__name__

    @property
    def kind(self) -> str:
        return "publish" if self._delivery.letter.future is None else "send"

    @property
    def topic(self) -> str:
        topic = self._delivery.letter.topic
        return "" if topic is None else f"{topic.type}/{topic.source}"

    @property
    def since_ns(self) -> int:
        span = self._delivery.letter.span
        return 0 if span is None else now_ns() - span.run.start_ns

    def text(self) -> str:
        return body_of(self._delivery).decode("utf-8", "replace")

    def tokens(self) -> int | None:
        return None

    def tools(self) -> Sequence[str]:
        return ()

    def memory(self) -> int | None:
        return resident()

    def growth(self) -> int | None:
        return None


def body_of(delivery: Delivery) -> bytes:
    """The message as JSON, as it is now."""
    body = (delivery.letter.bodies or {}).get(c.MESSAGE_BODY)
    if isinstance(body, Body) and body.data:
        return body.data
    return snapshot(delivery.letter.message).data


def hits(point: Breakpoint, where: Filter | None, facts: DeliveryFacts) -> bool:
    """Whether a breakpoint means this delivery."""
    for pattern, name in (
        (point.sender, facts.sender or "program"),
        (point.recipient, facts.recipient),
        (point.type, facts.message_type),
    ):
        if pattern and not fnmatchcase(name.casefold(), pattern.casefold()):
            return False
    return where is None or where.matches(facts)
