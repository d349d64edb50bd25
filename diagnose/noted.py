"""Findings that the runtime made itself while the program ran: what it noted is passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Event, Span, plain_name
from .course import quote, told
from .finding import Finding, Severity
from .rule import Context, Ending, Outcome, Rule
from .turn import Turn

KEPT: Final = 64  # agents that are told of
_LEVELS: Final[dict[object, Severity]] = {"error": "error", "warning": "warning", "info": "info"}


class NotedDetector:
    """Tells the last note of each agent that bears a rule's code: they are made again as a number
    grows."""

    ops = frozenset({c.FINDING, c.PROCESS})

    def __init__(self, context: Context, rule: Callable[[], Rule]) -> None:
        self._rule = rule
        self._noted: dict[str, Span] = {}
        self._delivered = False  # a runtime was at work, which could have noted something

    def turn(self, turn: Turn) -> Sequence[Finding]:
        self._delivered = self._delivered or turn.step.kind != "call"
        for span in turn.spans:
            self._take(span)
        return ()

    def end(self, ending: Ending) -> Outcome:
        for span in ending.loose_spans:
            self._take(span)
        if not self._noted and not (self._delivered and ending.recording.pid):
            return Outcome(needs=self._rule().needs)
        return Outcome([self._finding(span) for span in self._noted.values()])

    def _take(self, span: Span) -> None:
        if span.op != c.FINDING or span.attributes.get(c.FINDING_CODE) != self._rule().code:
            return
        who = plain_name(span.agent) if span.agent else ""
        if who in self._noted or len(self._noted) < KEPT:
            self._noted[who] = span

    def _finding(self, span: Span) -> Finding:
        title = str(span.attributes.get(c.FINDING_TITLE, span.name))
        event = next(iter(span.events), Event("", 0, {}))
        who = plain_name(span.agent) if span.agent else ""
        story = str(event.attributes.get(c.FINDING_STORY) or title)
        return told(
            self._rule(),
            title,
            agents=[who] if who else [],
            quotes=[quote(span, story, "noted then")],
            confidence=0.97,
            key=who,
            severity=_LEVELS.get(event.attributes.get(c.FINDING_LABEL)),
            counterfactual="was told when it came to pass",
        )
