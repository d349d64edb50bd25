"""Functions, tools, code, and waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ....tracer import conventions as c
from ....tracer.bodies import snapshot
from ....tracer.recorder import LiveSpan, Recorder, current_span
from ..code import Execution
from ..messages import arguments
from ..person import Wait
from ..watching import Args, Call, Kwargs, Watch, blocking, call_of
from .lanes import current_lane
from .naming import argument, class_of, is_mapping, is_tuple, name_of
from .turns import Turn

FAILED: Final = "Error: "  # how the framework's answer to a failed call begins
HANDED: Final = "Swarm agent --> "  # and that of AG2's swarms to a call that hands over


class FunctionCall(Call):
    """A function is executed for a call by a model."""

    def result(self, value: Any) -> None:
        if not is_tuple(value, 2):
            return
        done, told = value
        content: Any = told.get("content") if is_mapping(told) else told
        text = content if isinstance(content, str) else str(content)  # as the model is told it
        self.span.body(c.TOOL_RESULT, text)
        if text.startswith(HANDED):
            self.span.set(c.TRANSFER_TARGET, text.removeprefix(HANDED))
        if not done:
            self.span.error = f"ToolError: {text.removeprefix(FAILED)}"[:500]


class CodeRun(Execution):
    """Code is executed: by an executor's method, or by one that gives (exit code, output, …)."""

    live: ClassVar[set[CodeRun]] = set()

    def __init__(self, owner: object, span: LiveSpan) -> None:
        super().__init__(owner, span)
        self.live.add(self)

    def end(self) -> None:
        self.live.discard(self)
        super().end()

    def result(self, value: Any) -> None:
        if not is_tuple(value, 2) and not is_tuple(value, 3):
            super().result(value)
            return
        code, output = value[0], value[1]
        if isinstance(output, bytes):
            output = output.decode("utf-8", "replace")
        if isinstance(output, str):
            self.span.body(c.TOOL_RESULT, output)
        if isinstance(code, int):
            self.span.set(c.EXIT_CODE, code)
            if code != 0:
                self.span.error = f"ExitCode: {code}"


class Answer(Wait):
    """A person is asked by an agent."""

    def __init__(self, span: Any, turn: Call | None) -> None:
        super().__init__(None, span)
        self._turn = turn if isinstance(turn, Turn) else None

    def result(self, value: Any) -> None:
        super().result(value)
        if self._turn is not None and isinstance(value, str):
            self._turn.answered = value


class Tools:
    """Opens calls of functions, runs of code, questions to a person."""

    def __init__(self, recorder: Recorder, watch: Watch) -> None:
        self._recorder = recorder
        self._watch = watch
        self._watched: set[type] = set()

    def function(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`execute_function` or `a_execute_function` is called."""
        around = call_of(current_span())
        if isinstance(around, FunctionCall) and around.owner is owner:
            return None
        asked: Any = argument("func_call", 0, args, kwargs)
        told: Mapping[str, Any] = asked if is_mapping(asked) else {}
        name = str(told.get("name", ""))
        span = self._recorder.span(c.TOOL, f"{c.TOOL} {name}", attributes={c.TOOL_NAME: name})
        call_id = kwargs.get("call_id") or _call_id(asked)
        if call_id:
            span.set(c.TOOL_CALL_ID, str(call_id))
        span.body(c.TOOL_ARGUMENTS, snapshot(arguments(told.get("arguments"))))
        return FunctionCall(owner, span)

    # -- code ------------------------------------------------------------------------------------
    def blocks(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """An executor's `execute_code_blocks` is called."""
        found: Any = argument("code_blocks", 0, args, kwargs) or ()
        shown = [
            {"language": getattr(block, "language", ""), "code": getattr(block, "code", "")}
            for block in found
        ]
        return self._code(owner, type(owner).__name__, shown)

    def block(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """An agent's `run_code`, or the function `execute_code`, is called."""
        shown = {
            "language": kwargs.get("lang", ""),
            "code": argument("code", 0, args, kwargs),
            "filename": kwargs.get("filename"),
        }
        return self._code(owner, "execute_code", [shown])

    def _code(self, owner: Any, kind: str, shown: list[dict[str, Any]]) -> Call | None:
        around = current_span()
        if around is not None and around.op == c.CODE:
            return None  # the same further inside
        span = self._recorder.span(c.CODE, f"{c.CODE} {kind}", attributes={c.EXECUTOR_CLASS: kind})
        span.body(c.TOOL_ARGUMENTS, snapshot(shown))
        return CodeRun(owner, span)

    def meet_executor(self, owner: Any, args: Args, kwargs: Kwargs) -> None:
        """Executors are of any class that has `execute_code_blocks`: watched when first met."""
        cls = class_of(getattr(owner, "_code_executor", None))
        if cls in self._watched:
            return
        self._watched.add(cls)
        for each in cls.__mro__:
            if "execute_code_blocks" in each.__dict__:
                watched = {"execute_code_blocks": self.blocks}
                self._watch.methods(each, watched, inside=True, wrap=blocking)
                return

    # -- people ----------------------------------------------------------------------------------
    def asked(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`get_human_input` is called."""
        return self._wait(name_of(owner), str(argument("prompt", 0, args, kwargs) or ""))

    def asked_to_select(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`manual_select_speaker` is called."""
        agents: Any = argument("agents", 0, args, kwargs) or owner.agents
        return self._wait("", f"Who speaks next? {', '.join(name_of(each) for each in agents)}")

    def _wait(self, who: str, question: str) -> Call | None:
        around = current_span()
        if around is not None and around.op == c.HUMAN:
            return None
        span = self._recorder.span(c.HUMAN, f"{c.HUMAN} {who}".strip(), agent=who)
        span.body(c.MESSAGE_BODY, question)
        return Answer(span, call_of(around))


def started(owner: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
    """A process was started, maybe by code that is executed, maybe in a thread made for that."""
    call = call_of(current_span())
    if call is None and len(CodeRun.live) == 1:
        (call,) = CodeRun.live
    if isinstance(call, CodeRun):
        call.began(owner.pid)


def _call_id(asked: Any) -> Any:
    """The id of the call in the message that is being answered: the function is not told it."""
    lane = current_lane()
    message: Any = None if lane is None else lane.message
    calls: Any = message.get("tool_calls") if is_mapping(message) else None
    for call in calls or ():
        if is_mapping(call) and call.get("function") is asked:
            return call.get("id")
    return None
