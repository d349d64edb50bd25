"""What each agent did and cost: messages, time, CPU, tokens, what it was told.

Counted where somebody asks for it (`accounting=True`, or a run that is controlled): a handler is
then driven slice by slice, which costs about a microsecond a slice. Time in which a handler is
under way and others run is time it waited.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..tracer import conventions as c

if TYPE_CHECKING:
    from ..tracer.model import Span
    from ..tracer.observer import LiveStep
    from ..tracer.recorder import LiveSpan


class Account(Struct):
    """One agent's. Times are nanoseconds."""

    handled: int = 0
    failed: int = 0
    sent: int = 0
    busy_ns: int = 0  # from begin to end of its handlers
    own_ns: int = 0  # of that, in which it ran itself
    cpu_ns: int = 0
    bytes_in: int = 0  # of the bodies of the messages that it handled
    context: int = 0  # bytes of its last model request
    context_tokens: int = 0  # the same as its provider counted it; 0: it did not
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def waited_ns(self) -> int:
        """In which its handlers were under way and others ran."""
        return max(0, self.busy_ns - self.own_ns)


class Accounts:
    """Those of one runtime's agents, by identity. Implements `StepObserver`."""

    def __init__(self) -> None:
        self.by_agent: dict[str, Account] = {}

    def of(self, identity: str) -> Account:
        """An agent's account, opened if need be."""
        found = self.by_agent.get(identity)
        if found is None:
            found = self.by_agent[identity] = Account()
        return found

    def on_step(self, step: LiveStep) -> None:
        """Count a step of an agent that has an account; the timer opens them."""
        account = self.by_agent.get(step.step.recipient)
        if account is None or step.step.kind == "call":
            return
        account.handled += 1
        account.failed += step.step.error is not None
        account.busy_ns += (step.step.end_ns or step.step.start_ns) - step.step.start_ns
        if step.step.body is not None:
            account.bytes_in += len(step.text(step.step.body).encode())
        for span in step.spans:
            self._span(account, span, step)

    def _span(self, account: Account, span: Span, step: LiveStep) -> None:
        if span.op in (c.SEND, c.PUBLISH):
            account.sent += 1
        if span.op != c.CHAT:
            return
        account.input_tokens += _count(span, c.INPUT_TOKENS)
        account.output_tokens += _count(span, c.OUTPUT_TOKENS)
        request = span.bodies.get(c.INPUT_MESSAGES)
        if request is not None:
            account.context = len(step.text(request).encode())
            account.context_tokens = _count(span, c.INPUT_TOKENS)


def _count(span: Span, key: str) -> int:
    value = span.attributes.get(key)
    return value if isinstance(value, int) else 0


class Timed:
    """Awaits `coroutine`, timing each of its synchronous slices; transparent as `Slices` is.

    When it is over, its times go to the agent's account and on the delivery's span.
    """

    __slots__ = ("_account", "_cpu", "_ran", "_span", "coroutine")

    def __init__(self, coroutine: Any, account: Account, span: LiveSpan | None = None) -> None:
        self.coroutine: Coroutine[Any, Any, Any] = coroutine
        self._account = account
        self._span = span
        self._cpu = self._ran = 0

    def __await__(self) -> Timed:
        return self

    def __iter__(self) -> Generator[Any, Any, Any]:
        return self  # pyright: ignore[reportReturnType]  has what `await` uses of a generator

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        over = True
        try:
            given = self.coroutine.send(value)
            over = False
            return given
        finally:
            self._book(wall, cpu, over=over)

    def throw(self, *error: Any) -> Any:
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        over = True
        try:
            given = self.coroutine.throw(*error)
            over = False
            return given
        finally:
            self._book(wall, cpu, over=over)

    def close(self) -> None:
        self.coroutine.close()

    def _book(self, wall: int, cpu: int, *, over: bool) -> None:
        cpu = time.thread_time_ns() - cpu
        wall = time.perf_counter_ns() - wall
        self._cpu += cpu
        self._ran += wall
        self._account.cpu_ns += cpu
        self._account.own_ns += wall
        if over and self._span is not None:
            self._span.set(c.HANDLER_CPU, self._cpu)
            self._span.set(c.HANDLER_RAN, self._ran)
