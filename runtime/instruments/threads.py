"""Work that a handler hands to a thread or task is recorded and measured as the handler's own.

Synchronous tools and v0.2's model calls run in the event loop's executor (`run_in_executor`,
`asyncio.to_thread`), where the first of the two has no context of its own. What they do would
belong to nobody, and so would what they allocate. The thread's reading is the process's, so what
other agents do meanwhile is counted in: in teams where one agent speaks at a time that is nothing.

A task has its creator's context anyway. AgentChat runs tools in tasks; what they leave allocated is
measured slice by slice for the agent of the delivery, if that is measured. The tasks of runtimes,
which deliver to other agents, are left alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Context
from types import CoroutineType
from typing import Any, Final

import wrapt

from ...tracer.recorder import LiveSpan, Recorder, current_span, set_current
from ...tracer.sampler import Sampler
from ...tracer.tallies import Attribution
from ..driver import Started, measured
from . import patience

_RUNTIMES: Final = ("agentloupe.", "autogen_core.")


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
        slice_ = self._sampler.begin(self._tally)
        try:
            return self._function(*args)
        finally:
            self._sampler.end(slice_)


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


def _is_theirs(coroutine: Any) -> bool:
    """Whether it is an agent's, or a library's, and not a runtime's."""
    frame: Any = coroutine.cr_frame if isinstance(coroutine, CoroutineType) else None
    return frame is not None and not str(frame.f_globals.get("__name__")).startswith(_RUNTIMES)


class ThreadInstrumentor:
    """Watches what asyncio's own event loop hands to threads, and the tasks that it makes."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Wrap `run_in_executor` and `create_task`, and watch waits that run out of time."""
        loop = module.BaseEventLoop
        original, make = loop.run_in_executor, loop.create_task
        wrapt.wrap_function_wrapper(loop, "run_in_executor", _run_in_executor)

        @functools.wraps(make)
        def create_task(self: Any, coro: Any, **kwargs: Any) -> Any:
            of = measured.get()
            if of is not None and _is_theirs(coro):
                coro = Started(coro, *of)
            return make(self, coro, **kwargs)

        loop.create_task = create_task

        let_go = patience.watch(recorder)

        def undo() -> None:
            loop.run_in_executor, loop.create_task = original, make
            let_go()

        return undo


instrumentor = ThreadInstrumentor()
