"""Agents go round in circles: the same messages, in the same words or nearly so, again and again.

Each message is compared with its agent's own last twelve, time stamps, ids and counters masked; a
tool call repeats when its outcome does. Repetition raises a score, anything new lowers it: a new
tool outcome most, then new wording, a value that moves, a list that grows, word from outside. It
is called when the score is high and three full cycles stand side by side; a somewhat lower score
will do when a whole round has not one word or number that nobody used lately. Acts that are spaced
out or back off get three to twelve times that patience. Ten messages or fewer that cost no model
call, between agents that then came to rest by themselves, are information. Known in the literature
as step repetition (MAST FM-1.3, arXiv 2503.13657); in AutoGen as the courtesy loop of
microsoft/autogen#254 and #391.
"""

from __future__ import annotations

from ..likeness import Likeness
from ..loop import Loop
from ..loops import LoopDetector, LoopKind, empty, handoffs, one_call
from ..rule import Rule
from ..words import listed


def _takes(loop: Loop) -> bool:
    if loop.sign != "cycle" or empty(loop):
        return False
    return not one_call(loop) and not handoffs(loop)


def _title(loop: Loop, names: list[str]) -> str:
    again = [mark.likeness == Likeness.SAME for mark in loop.own if mark.recurs]
    how = "the same" if loop.exact or (again and all(again)) else "nearly the same"
    who = listed(names)
    if len(names) == 1:
        return f"{who} repeats {how} {_acts(loop)} {loop.cycles:.0f} times"
    return f"{who} repeat {how} {_acts(loop)} in turn, {loop.cycles:.0f} times over"


def _acts(loop: Loop) -> str:
    kinds = {mark.kind for mark in loop.cycle}
    return "messages and calls" if len(kinds) > 1 else "calls" if "call" in kinds else "messages"


KIND = LoopKind(_takes, _title)

RULE = Rule(
    code="LOOP001",
    slug="loop.repetition",
    title="agents repeat a cycle",
    severity="error",
    about=__doc__,
    bodies=True,
    needs="messages or agents' turns with their text",
    doubt=(
        "a game, a drill or a scheduled report may repeat by design; if every round does change "
        "something outside the texts, exempt these agents"
    ),
    advice=(
        "end the talk on the repeated state and cap it:\n"
        "    from autogen_agentchat.conditions import (\n"
        "        MaxMessageTermination, TextMentionTermination\n"
        "    )\n"
        "    team = RoundRobinGroupChat(\n"
        '        [...], termination_condition=TextMentionTermination("DONE") | '
        "MaxMessageTermination(20)\n"
        "    )\n"
        "and tell the agents named above in their system messages what to say when nothing is left "
        "to do"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
