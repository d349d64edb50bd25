"""An agent calls the same tool with the same arguments and gets the same result, again and again.

Arguments compare with their keys sorted and request ids and time stamps masked, results likewise;
a result in which a number has changed is progress. Four identical calls are a loop, three where a
whole page comes back and the agent comments on it and does nothing else; when they are spaced out,
back off or report that something is pending three to twelve times as many; where different calls
take turns, three rounds of them. An agent's words around the call do not matter: a
new comment on the same failure is still the same failure. OpenHands, Gemini CLI and opencode stop
their single agents on a like sign, but compare the calls only.
"""

from __future__ import annotations

from ..loop import Loop
from ..loops import LoopDetector, LoopKind, drifting, one_call, polling
from ..rule import Rule
from ..words import listed


def _takes(loop: Loop) -> bool:
    return one_call(loop) and not drifting(loop) and not polling(loop)


def _title(loop: Loop, names: list[str]) -> str:
    calls = [mark for mark in loop.own if mark.kind == "call"]
    what = "the same failure" if calls[-1].failed else "the same result"
    who, tool = listed(names[:1]), repr(calls[0].target)
    if loop.different > 1:
        return f"{who} made the same {loop.different} calls of {tool} in turn, {loop.calls} in all"
    return f"{who} called {tool} {loop.calls} times alike, with {what}"


KIND = LoopKind(_takes, _title)

RULE = Rule(
    code="LOOP002",
    slug="loop.same-call",
    title="the same tool call with the same result, again and again",
    severity="error",
    about=__doc__,
    bodies=True,
    needs="tool calls with arguments and results",
    doubt="a tool polled on purpose, or with its effect outside its result, repeats by design",
    advice=(
        "let the tool say so, that the model can act on it, and cap the rounds:\n"
        "    AssistantAgent(..., max_tool_iterations=5)\n"
        "or return a text such as 'same call, same result as before: change the arguments or stop' "
        "from the tool when it is called again with equal arguments"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
