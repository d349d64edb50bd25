"""Work that a handler hands to a thread is recorded and measured as the handler's own.

Synchronous tools and v0.2's model calls run in the event loop's executor (`run_in_executor`,
`asyncio.to_thread`), where the first of the two has no context of its own. What they do would
belong to nobody, and so would what they allocate. The thread's reading is the process's, so what
other agents do meanwhile is counted in: in teams where one agent speaks at a time that is nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Context
from typing import Any

import wrapt

from ...tracer.recorder import LiveSpan, Recorder, current_span, set_current
from ...tracer.sampler import Attribution, Sampler
from ..driver import measured


def _carried(function: Callable[..., Any], span: LiveSpan) -> Callable[..., Any]:
    """A function for the executor: what it does is part of `span`.

    A context of its own has no more in it than the thread's would have, and no frame in tracebacks.
    """
    context = Context()
    context.run(set_current, span)
    return functools.partial(context.run, function)


class _Measured:
    """A function for the executor, measured for an agent."""

    __slots__ = ("_function", "_sampler", "_tally")

    def __init__(self, function: Callable[..., Any], sampler: Sampler, tally: Attribution) -> None:
        self._function = function
        self._sampler = sampler
        self._tally = tally

    def __call__(self, *args: Any) -> Any:
        before = self._sampler.begin()
        try:
            return self._function(*args)
        finally:
            self._sampler.end(self._tally, before)


def _run_in_executor(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
    span, of = current_span(), measured.get()
    if (span is None and of is None) or len(args) < 2:
        return wrapped(*args, **kwargs)
    executor, function, *rest = args
    if executor is not None and "Process" in type(executor).__name__:  # pickles what it is given
        return wrapped(*args, **kwargs)
    if span is not None:
        function = _carried(function, span)
    if of is not None:
        function = _Measured(function, *of)
    return wrapped(executor, function, *rest, **kwargs)


class ThreadInstrumentor:
    """Watches what asyncio's own event loop hands to threads."""

    name = "asyncio-threads"
    targets = ("asyncio.base_events",)
    wakes = False  # a child process that uses asyncio is no agent program yet

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Wrap `run_in_executor`."""
        loop = module.BaseEventLoop
        original = loop.run_in_executor
        wrapt.wrap_function_wrapper(loop, "run_in_executor", _run_in_executor)

        def undo() -> None:
            loop.run_in_executor = original

        return undo


instrumentor = ThreadInstrumentor()
