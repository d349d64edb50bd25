"""Tool calls: `execute_tool` spans, one a call, however many layers it passes through.

An agent's tool call goes through the agent, a workbench and the tool itself. The outermost layer
that is seen makes the span (the agent's sees calls with broken arguments and unknown names too,
which never reach a tool); the inner ones add the exception that the workbench turns into text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from ...tracer import conventions as c
from ...tracer.bodies import snapshot, text
from ...tracer.recorder import LiveSpan, Recorder, current_span
from .messages import arguments
from .watching import Args, Call, Kwargs, Watch, call_of

TOOL_CLASS: Final = "agentloupe.tool.class"
HANDOFF: Final = "handoff"


class ToolCall(Call):
    """One call of a tool."""

    __slots__ = ("_answered", "call_id", "name", "token")

    def __init__(self, owner: object, span: LiveSpan, name: str, call_id: str | None) -> None:
        super().__init__(owner, span)
        self.token: object = None  # by which it can be called off
        self.name = name
        self.call_id = call_id
        self._answered = False

    def item(self, value: Any) -> None:
        if type(value).__name__ == "ToolResult":
            self.result(value)

    def result(self, value: Any) -> None:
        if self._answered or value is None:
            return
        self._answered = True
        told = _result_of(value)
        kind = type(told).__name__
        if kind == "FunctionExecutionResult":
            self._tell(told.content, failed=bool(told.is_error))
        elif kind == "ToolResult":
            self._tell(told.to_text(), failed=bool(told.is_error))
        else:
            self.span.body(c.TOOL_RESULT, told)

    def _tell(self, content: str, *, failed: bool) -> None:
        self.span.body(c.TOOL_RESULT, text(content))
        if failed and self.span.error is None:
            self.span.error = f"ToolError: {content}"[:500]

    def left(self) -> None:
        if not self._answered:
            super().left()


class InnerCall(Call):
    """The same call further inside."""

    def __init__(self, outer: ToolCall, owner: object) -> None:
        self.owner = owner
        self.span = outer.span

    def left(self) -> None:
        pass

    def end(self) -> None:
        pass


def _result_of(value: Any) -> Any:
    """An agent gives a pair of the call and its result."""
    told: Any = value
    for part in cast("tuple[Any, ...]", value) if type(value) is tuple else ():
        if type(part).__name__ == "FunctionExecutionResult":
            told = part
    return told


def _outer(name: str, call_id: str | None) -> ToolCall | None:
    call = call_of(current_span())
    if isinstance(call, ToolCall) and call.call_id == call_id and call.name == name:
        return call
    return None


def _handoff_target(name: str) -> str | None:
    """The agent that a tool call hands over to, as the calling agent has it."""
    call = call_of(current_span())
    known: Any = getattr(getattr(call, "owner", None), "_handoffs", None)
    handoff = known.get(name) if isinstance(known, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  AutoGen's own dict
    target = getattr(handoff, "target", None)  # pyright: ignore[reportUnknownArgumentType]
    return target if isinstance(target, str) else None


class ToolInstrumentor:
    """Watches tools, workbenches and agents' tool calls of AutoGen 0.4 and later."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch what one of the targets holds."""
        watch = Watch(recorder)

        def opened(owner: object, name: str, given: object, call_id: str | None) -> Call:
            outer = _outer(name, call_id)
            if outer is not None:
                return InnerCall(outer, owner)
            span = recorder.span(c.TOOL, f"{c.TOOL} {name}", attributes={c.TOOL_NAME: name})
            span.body(c.TOOL_ARGUMENTS, snapshot({} if given is None else given))
            if call_id:
                span.set(c.TOOL_CALL_ID, call_id)
            if owner is not None:
                span.set(TOOL_CLASS, type(owner).__name__)
            return ToolCall(owner, span, name, call_id)

        def tool(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            given = kwargs.get("args", args[0] if args else None)
            call_id = kwargs.get("call_id", args[2] if len(args) > 2 else None)
            return opened(owner, str(owner.name), given, call_id)

        def workbench(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            name = kwargs.get("name", args[0] if args else "")
            given = kwargs.get("arguments", args[1] if len(args) > 1 else None)
            call_id = kwargs.get("call_id", args[3] if len(args) > 3 else None)
            call = opened(owner, str(name), given, call_id)
            outermost = call_of(call.span)
            if isinstance(outermost, ToolCall):
                outermost.token = kwargs.get(
                    "cancellation_token", args[2] if len(args) > 2 else None
                )
            return call

        def agents_call(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            request: Any = kwargs.get("tool_call", args[0] if args else None)
            target = _handoff_target(request.name)
            call = opened(None, request.name, arguments(request.arguments), request.id)
            if target is not None:
                call.span.set(c.TRANSFER_TARGET, target)
                call.span.set(c.TOOL_TYPE, HANDOFF)
            return call

        if module.__name__ == "autogen_core.tools":
            watch.family(module.BaseTool, {"run_json": tool, "run_json_stream": tool})
            watch.family(module.Workbench, {"call_tool": workbench, "call_tool_stream": workbench})
        else:
            watch.family(module.AssistantAgent, {"_execute_tool_call": agents_call})
        return watch.undo


instrumentor = ToolInstrumentor()
