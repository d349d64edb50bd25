"""Code execution: `execute_code` spans with the code, its output and its exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...tracer import conventions as c
from ...tracer.bodies import snapshot
from ...tracer.recorder import Recorder
from .watching import Args, Call, Kwargs, Watch

EXECUTOR: Final = "agentloupe.executor.class"


class Execution(Call):
    """Code blocks are run."""

    def result(self, value: Any) -> None:
        output = getattr(value, "output", None)
        if isinstance(output, str):
            self.span.body(c.TOOL_RESULT, output)
        code = getattr(value, "exit_code", None)
        if isinstance(code, int):
            self.span.set(c.EXIT_CODE, code)
            if code != 0:
                self.span.error = f"ExitCode: {code}"


class CodeInstrumentor:
    """Watches the code executors of AutoGen 0.4 and later, and the program's own."""

    name = "autogen-code"
    targets = ("autogen_core.code_executor",)

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch `CodeExecutor` and what derives from it."""
        watch = Watch(recorder)

        def executed(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            blocks: Any = kwargs.get("code_blocks", args[0] if args else ())
            kind = type(owner).__name__
            span = recorder.span(c.CODE, f"{c.CODE} {kind}", attributes={EXECUTOR: kind})
            shown = [
                {"language": getattr(block, "language", ""), "code": getattr(block, "code", "")}
                for block in blocks
            ]
            span.body(c.TOOL_ARGUMENTS, snapshot(shown))
            return Execution(owner, span)

        watch.family(module.CodeExecutor, {"execute_code_blocks": executed})
        return watch.undo


instrumentor = CodeInstrumentor()
