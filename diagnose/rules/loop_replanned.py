"""The orchestrator of a Magentic-One team plans again and again, and the team gets no further.

A fact of the trace: each new plan resets the members, and three plans followed the first one. A
plan is given up after `max_stalls` turns that the model's ledger calls a loop or no progress, and
nothing but `max_turns` bounds the number of plans. A run that ended by an answer in spite of that
is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import quote, stop_reason, told, whole
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

ORCHESTRATOR: Final = "MagenticOneOrchestrator"
RESET: Final = "GroupChatReset"
PLANS: Final = 3  # after the first
KEPT: Final = 4
MEMBERS: Final = 512
CUT_SHORT: Final = ("max rounds", "maximum", "timeout")


class ReplannedDetector:
    """Counts how often an orchestrator resets its members."""

    ops = frozenset({c.CHAT, c.SEND})

    def __init__(self, context: Context) -> None:
        self._plans = 0
        self._reset: dict[str, int] = {}  # how often, by member
        self._again: list[Span] = []
        self._fired: int | None = None
        self._tokens = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            if span.op == c.CHAT and self._plans > 1:
                for key in (c.INPUT_TOKENS, c.OUTPUT_TOKENS):
                    self._tokens += whole(span.attributes.get(key)) or 0
            elif span.attributes.get(c.MESSAGE_TYPE) == RESET and (
                span.op == c.SEND and plain_name(turn.step.recipient) == ORCHESTRATOR
            ):
                self._planned(span)
        return ()  # the next plan may be the one that works

    def _planned(self, span: Span) -> None:
        member = str(span.attributes.get(c.RECIPIENT, ""))
        count = self._reset.get(member, 0) + 1
        if member in self._reset or len(self._reset) < MEMBERS:
            self._reset[member] = count
        if count <= self._plans:
            return
        self._plans = count
        if self._plans > 1 and len(self._again) < KEPT:
            self._again.append(span)
        if self._plans == 1 + PLANS:
            self._fired = span.step

    def end(self, ending: Ending) -> Outcome:
        if not self._plans:
            return Outcome(needs=RULE.needs)
        reason = stop_reason(ending).lower()
        answered = ending.info.status == "ok" and not any(word in reason for word in CUT_SHORT)
        if self._plans <= PLANS or answered:
            return Outcome()
        return Outcome([self._finding()])

    def _finding(self) -> Finding:
        again = self._plans - 1
        return told(
            RULE,
            f"{ORCHESTRATOR!r} made {again} new plans after its first, and got no further",
            agents=[ORCHESTRATOR],
            quotes=[
                quote(span, "the team was reset for a new plan", f"plan {place}")
                for place, span in enumerate(self._again, start=2)
            ],
            confidence=0.9,
            detected=self._fired,
            cost=Cost(tokens=self._tokens),
            facts={"plans": self._plans},
        )


RULE = Rule(
    code="LOOP009",
    slug="loop.replanned",
    title="a team is planned again and again",
    severity="error",
    about=__doc__,
    needs="a Magentic-One team (recorded by loupe run)",
    doubt="a later plan may have been the better one, and the run cut short before it showed",
    advice=(
        "bound the turns, and say in the task what to answer when it cannot be found:\n"
        "    MagenticOneGroupChat(..., max_turns=20, max_stalls=2)\n"
        "and see what the agent reports each time: it may lack the tool for it"
    ),
    start=ReplannedDetector,
)
