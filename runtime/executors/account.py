"""The account of one execution: what its span says, and its memory over time.

Memory is read often and recorded seldom: each `sample_memory` span holds the most that was read
since the one before, and the time between two doubles with every thirty, so that a second is told
finely and a day in a few hundred spans. The greatest reading of all is kept besides.
"""

from __future__ import annotations

from typing import Final

from ...tracer import conventions as c
from ...tracer.names import Value
from ...tracer.recorder import LiveSpan, current_span, now_ns

FIRST_NS: Final = 10_000_000
PER_DOUBLING: Final = 30


class Account:
    """Tells a span: by default the `execute_code` span that is current, if there is one."""

    def __init__(self, key: str = c.CONTAINER_MEMORY, span: LiveSpan | None = None) -> None:
        span = span or current_span()
        self._span = span if span is not None and span.op == c.CODE else None
        self._key = key
        self._wait = FIRST_NS
        self._due = 0
        self._count = 0
        self._highest = 0  # since the last sample that was recorded
        self.most: int | None = None

    def note(self, key: str, value: Value | None) -> None:
        """Set an attribute of the execution; None: it is not known."""
        if self._span is not None and value is not None:
            self._span.set(key, value)

    def sample(self, usage: int) -> None:
        """Memory in use now, in bytes."""
        self.most = usage if self.most is None else max(self.most, usage)
        self._highest = max(self._highest, usage)
        now = now_ns()
        if now >= self._due:
            self._record(now)

    def _record(self, now: int) -> None:
        around, usage = self._span, self._highest
        self._count += 1
        if self._count % PER_DOUBLING == 0:
            self._wait *= 2
        self._due = now + self._wait
        self._highest = 0
        if around is None:
            return
        attributes: dict[str, Value] = {self._key: usage}
        container = (around.attributes or {}).get(c.CONTAINER_ID)
        if container is not None:
            attributes[c.CONTAINER_ID] = container
        around.recorder.span(c.SAMPLE, c.SAMPLE, parent=around, attributes=attributes).end()

    def close(self) -> None:
        """The execution is over: what was read last is recorded."""
        if self._highest:
            self._record(now_ns())

    def peak(self, counter: int | None, before: int | None) -> tuple[int | None, str]:
        """The execution's peak, and how it is known.

        The kernel's high-water mark is the container's since it began: it is this execution's if
        it rose during it, else the greatest reading is what is known.
        """
        if counter is not None and (before is None or counter > before):
            return counter, "counter"
        return self.most, "samples"
