"""Agents wait for each other's replies in a circle, and none of them can go on.

Every `send_message` that has no answer is an edge from the agent that awaits to the one that it
asked. When the run was over, the edges closed a circle, and the deepest of the waiting spans was
no model call, tool or person who might still answer. An agent that is re-entered answers in spite
of a circle, and leaves no open edge. Known from agents that hold a lock while they await
(microsoft/agent-framework#1222).
"""

from __future__ import annotations

import hashlib

from ...tracer.model import plain_name
from ..finding import Cost, Evidence, Finding
from ..hangs import Hang
from ..rule import AtEnd, Context, Ending, Outcome, Rule
from ..words import age, listed
from .hang_unfinished import NOT_OVER, quotes


class AwaitCycleDetector(AtEnd):
    """Tells of a circle of waiting agents at the end."""

    def __init__(self, context: Context) -> None:
        self._account = context.unfinished()

    def end(self, ending: Ending) -> Outcome:
        hang = self._account.hang(ending)
        if hang is None and not ending.over:
            return Outcome(needs=NOT_OVER)
        if hang is None or hang.kind != "cycle":
            return Outcome()
        return Outcome([_finding(hang)])


def _finding(hang: Hang) -> Finding:
    names = [plain_name(agent) for agent in hang.cycle]
    circling = [wait.span for wait in hang.waits if wait.span.agent in hang.cycle]
    steps = [span.step for span in circling if span.step is not None]
    words = "\0".join(["HANG002", *sorted(names)])
    waited = max(wait.age_ns for wait in hang.waits)
    circle = " -> ".join([*names, names[0]])
    return RULE.finding(
        f"{listed(names)} wait for each other's replies: {circle}, for {age(waited)}",
        agents=names,
        confidence=0.97,
        first_step=min(steps, default=None),
        last_step=max(steps, default=None),
        detected_at_step=max(steps, default=None),
        spans=[wait.span.hex_id for wait in hang.waits[:16]],
        fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
        cost=Cost(seconds=round(waited / 1e9, 3)),
        evidence=Evidence(
            quotes=quotes(hang.waits),
            counterfactual="would have fired the moment the last of these requests was sent",
            facts={"circle": circle, "silence_seconds": round(hang.silence_ns / 1e9, 3)},
        ),
    )


RULE = Rule(
    code="HANG002",
    slug="hang.await-cycle",
    title="agents wait for each other in a circle",
    severity="error",
    about=__doc__,
    needs="send spans that stay open until the reply (recorded on TracedRuntime)",
    doubt="an agent in the circle may have been waiting for something that left no span",
    advice=(
        "break one edge: publish instead of awaiting, or answer before asking:\n"
        "    await self.publish_message(Question(...), DefaultTopicId())\n"
        "and take the reply in a handler of its own"
    ),
    start=AwaitCycleDetector,
)
