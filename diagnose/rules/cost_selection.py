"""Choosing who speaks next takes more tokens than what the speakers do.

The tokens of model calls inside of selections, against those of all other calls of the run; told
from 2,000 tokens on. With several agents and a long history the whole talk is sent for every
choice, up to three times when the model answers badly.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import SELECT, quote, told, whole
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

LEAST = 2_000
DEAR = 2  # times the talk: to choose is to read all of it once, so as much as that is usual


class SelectionCostDetector:
    """Adds up tokens by what they were for."""

    ops = frozenset({SELECT, c.CHAT})

    def __init__(self, context: Context) -> None:
        self._chosen = 0
        self._talked = 0
        self._selections = 0
        self._last: Span | None = None

    def turn(self, turn: Turn) -> Sequence[Finding]:
        inside = {span.id for span in turn.spans if span.op == SELECT}
        self._selections += len(inside)
        for span in turn.spans:
            if span.op != c.CHAT:
                continue
            tokens = whole(span.attributes.get(c.INPUT_TOKENS)) or 0
            tokens += whole(span.attributes.get(c.OUTPUT_TOKENS)) or 0
            if span.parent in inside:
                self._chosen += tokens
                self._last = span
            else:
                self._talked += tokens
        return ()

    def end(self, ending: Ending) -> Outcome:
        if not self._selections:
            return Outcome(needs="speaker selections")
        if self._last is None or self._chosen < max(LEAST, self._talked):
            return Outcome()
        dear = self._chosen >= DEAR * self._talked
        text = f"{self._chosen:,} tokens for {self._selections} choices"
        found = told(
            RULE,
            f"choosing speakers took {self._chosen:,} tokens, the talk itself {self._talked:,}",
            agents=[plain_name(self._last.agent)] if self._last.agent else [],
            quotes=[quote(self._last, text)],
            confidence=0.95,
            severity=None if dear else "info",
            cost=Cost(tokens=self._chosen),
            facts={"selection_tokens": self._chosen, "talk_tokens": self._talked},
        )
        return Outcome([found])


RULE = Rule(
    code="COST003",
    slug="cost.selection",
    title="choosing speakers costs more than the talk",
    severity="warning",
    about=__doc__,
    needs="speaker selections with their model calls (recorded by loupe run)",
    doubt="a large model may choose for small ones on purpose",
    advice=(
        "choose by code where the order is known, or with a small model:\n"
        "    SelectorGroupChat(..., selector_func=lambda messages: ...)"
    ),
    start=SelectionCostDetector,
)
