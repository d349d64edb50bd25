"""An agent varies its calls and nothing comes of it: the same error, the same empty answer.

Outcomes are compared, not calls: an error that comes back four times while the arguments drift, or
a search that is put in other words five times and finds the same nothing. An error that does not
pass by itself is told at the third try, when the agent does nothing else in between. Another path,
id or number with an empty or short good result is other work (a map over files), and not counted;
so is a list of failures that gets shorter. Backing-off and spaced-out calls get patience. Grounds:
langchain-ai/langgraph#4231, and the repeated-error rule of OpenHands, which looks at fixed error
texts only.
"""

from __future__ import annotations

from ..loop import Loop
from ..loops import LoopDetector, LoopKind, drifting, one_call, polling
from ..rule import Rule
from ..words import listed


def _takes(loop: Loop) -> bool:
    return one_call(loop) and drifting(loop) and not polling(loop)


def _title(loop: Loop, names: list[str]) -> str:
    calls = [mark for mark in loop.own if mark.kind == "call"]
    what = "the same nothing" if calls[-1].empty else "the same outcome"
    if calls[-1].fruitless and not calls[-1].empty:
        what = "the same error"
    return f"{listed(names[:1])} varied {calls[0].target!r} {loop.calls} times and got {what}"


KIND = LoopKind(_takes, _title)

RULE = Rule(
    code="LOOP003",
    slug="loop.no-new-outcome",
    title="calls are varied without a new outcome",
    severity="error",
    about=__doc__,
    bodies=True,
    needs="tool calls with arguments and results",
    doubt="an error that is transient and clears up by itself looks the same until it does",
    advice=(
        "do not retry what is permanent: have the tool raise an error that says what would work, "
        "hand the failure to the agent that can fix it, and cap the rounds "
        "(AssistantAgent(..., max_tool_iterations=5))"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
