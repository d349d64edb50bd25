"""Executed code: `execute_code` spans with the code, its output and what it did to the machine.

Our own executors tell their spans themselves (see `executors/account.py`). What AutoGen's and the
program's own executors do not tell is seen from outside, by `observing.py`. Starting and stopping
an executor are spans too: a container whose start has no stop is still there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tracer import conventions as c
from ...tracer.bodies import snapshot
from ...tracer.recorder import LiveSpan, Recorder, current_span
from ..executors.sizes import sized
from .observing import Observed, container_of, observed
from .watching import Args, Call, Kwargs, Watch, call_of


class Execution(Call):
    """Code blocks are run."""

    __slots__ = ("_seen",)

    def __init__(self, owner: object, span: LiveSpan) -> None:
        super().__init__(owner, span)
        self._seen: Observed | None = observed(owner, span)

    def began(self, pid: int) -> None:
        """The executor started a process."""
        if self._seen is not None:
            self._seen.process(pid)

    def result(self, value: Any) -> None:
        seen = self._seen
        self._over()
        output = getattr(value, "output", None)
        if isinstance(output, str):
            self.span.body(c.TOOL_RESULT, output)
            if seen is not None:
                self.span.set(c.OUTPUT_SIZE, len(output.encode("utf-8", "replace")))
        code = getattr(value, "exit_code", None)
        if isinstance(code, int):
            self.span.set(c.EXIT_CODE, code)
            self.span.error = _what_went_wrong(self.span, code)

    def end(self) -> None:
        self._over()
        super().end()

    def _over(self) -> None:
        """What was seen is told, once."""
        seen, self._seen = self._seen, None
        if seen is not None:
            seen.close()


def _what_went_wrong(span: LiveSpan, code: int) -> str | None:
    told = span.attributes or {}
    if told.get(c.OOM_KILLED):
        limit = told.get(c.MEMORY_LIMIT)
        at = sized(limit) if isinstance(limit, int) and limit else "the machine"
        return f"OutOfMemory: killed at the limit of {at}"
    if told.get(c.TIMED_OUT):
        return f"TimedOut: after {told.get(c.TIMEOUT)} s"
    return f"ExitCode: {code}" if code else None


class Process(Call):
    """A process starts while code is executed: it is part of the execution."""

    def __init__(self, execution: Execution) -> None:
        self.owner = None
        self.span = execution.span
        self._execution = execution

    def result(self, value: Any) -> None:
        self._execution.began(value[0].get_pid())

    def failed(self, error: BaseException) -> None:
        pass

    def left(self) -> None:
        pass

    def end(self) -> None:
        pass


class Change(Call):
    """An executor starts, stops or starts again."""

    def result(self, value: Any) -> None:
        found = container_of(self.owner)
        if found is not None:
            self.span.set(c.CONTAINER_ID, found.id)
            self.span.set(c.LEASED, found.leased)


class CodeInstrumentor:
    """Watches the code executors of AutoGen 0.4 and later, and the program's own."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch `CodeExecutor` and what derives from it."""
        import asyncio.base_events

        watch = Watch(recorder)

        def executed(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            blocks: Any = kwargs.get("code_blocks", args[0] if args else ())
            kind = type(owner).__name__
            span = recorder.span(c.CODE, f"{c.CODE} {kind}", attributes={c.EXECUTOR_CLASS: kind})
            shown = [
                {"language": getattr(block, "language", ""), "code": getattr(block, "code", "")}
                for block in blocks
            ]
            span.body(c.TOOL_ARGUMENTS, snapshot(shown))
            return Execution(owner, span)

        def changed(what: str) -> Callable[[Any, Args, Kwargs], Call]:
            def opener(owner: Any, args: Args, kwargs: Kwargs) -> Call:
                kind = type(owner).__name__
                span = recorder.span(c.EXECUTOR, f"{c.EXECUTOR} {what}")
                span.set(c.EXECUTOR_CLASS, kind)
                found = container_of(owner)
                if found is not None:  # it is gone when a stop returns
                    span.set(c.CONTAINER_ID, found.id)
                return Change(owner, span)

            return opener

        def process(loop: Any, args: Args, kwargs: Kwargs) -> Call | None:
            execution = call_of(current_span())
            return Process(execution) if isinstance(execution, Execution) else None

        changes = {what: changed(what) for what in ("start", "stop", "restart")}
        watch.family(module.CodeExecutor, {"execute_code_blocks": executed, **changes})
        watch.methods(asyncio.base_events.BaseEventLoop, {"subprocess_exec": process})
        return watch.undo


instrumentor = CodeInstrumentor()
