"""Driving a handler slice by slice, so that what each slice allocates is the agent's own.

Between two slices other tasks run; a reading before and after the whole handler would count theirs.
The driver sits between the task and the handler's coroutine as `await` itself would: what the task
sends or throws in goes through, what comes out goes through, and the handler's task stays the
current one. So cancellation, `wait_for`, task groups, context variables and async generators do
not notice it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from typing import Any, Protocol

from ..tracer.sampler import Sampler
from ..tracer.tallies import Attribution

Measured = tuple[Sampler, Attribution] | None

#: What the delivery or turn under way is measured for; tasks and threads that it starts inherit it.
measured: ContextVar[Measured] = ContextVar("agentloupe_measured", default=None)


class Sliced(Protocol):
    """A coroutine, or an asynchronous generator on its way to the next item."""

    def send(self, value: Any, /) -> Any: ...

    @property
    def throw(self) -> Callable[..., Any]: ...

    def close(self) -> Any: ...


class Slices:
    """Awaits `coroutine`, measuring each of its synchronous slices for `tally`."""

    __slots__ = ("_sampler", "_tally", "coroutine")

    def __init__(self, coroutine: Sliced, sampler: Sampler, tally: Attribution) -> None:
        self.coroutine = coroutine
        self._sampler = sampler
        self._tally = tally

    def __await__(self) -> Slices:
        return self

    def __iter__(self) -> Generator[Any, Any, Any]:
        return self  # pyright: ignore[reportReturnType]  has what `await` uses of a generator

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        slice_ = self._sampler.begin(self._tally)
        try:
            return self.coroutine.send(value)
        finally:
            self._sampler.end(slice_)

    def throw(self, *error: Any) -> Any:
        slice_ = self._sampler.begin(self._tally)
        try:
            return self.coroutine.throw(*error)
        finally:
            self._sampler.end(slice_)

    def close(self) -> None:
        self.coroutine.close()


class Started(Slices):
    """A task's coroutine, measured for the agent that started it, for so many slices at most.

    To whoever asks the task for it, it looks like the coroutine.
    """

    __slots__ = ("_left",)

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], sampler: Sampler, tally: Attribution
    ) -> None:
        super().__init__(coroutine, sampler, tally)
        self._left = sampler.slices_of_a_task

    def __getattr__(self, name: str) -> Any:
        return getattr(self.coroutine, name)

    def send(self, value: Any) -> Any:
        if self._left <= 0:
            return self.coroutine.send(value)
        self._left -= 1
        return super().send(value)
