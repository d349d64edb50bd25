"""The same speaker is chosen again and again, because the choice failed and the fallback took over.

A fact of the trace: three choices in a row were made by the fallback, all of one speaker, who was
not among the candidates. With `allow_repeated_speaker=False` AutoGen's fallback returns just the
speaker that it excluded (microsoft/autogen#7471).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer.model import Span, plain_name
from ..course import (
    SELECT,
    quote,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

IN_A_ROW: Final = 3


class LivelockDetector:
    """Follows the choices of one run."""

    ops = frozenset({SELECT})

    def __init__(self, context: Context) -> None:
        self._speaker = ""
        self._row: list[Span] = []
        self._count = 0
        self._found: list[Finding] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        chosen = [span for span in turn.spans if span.op == SELECT]
        return [self._finding() for span in chosen if self._chosen(span)]

    def _chosen(self, span: Span) -> bool:
        """A choice; whether it makes the row long enough."""
        attributes = span.attributes
        speaker = str(attributes.get("agentloupe.selection.speaker", ""))
        candidates = attributes.get("agentloupe.selection.candidates", ())
        excluded = isinstance(candidates, tuple | list) and speaker not in candidates
        if not (attributes.get("agentloupe.selection.fallback") is True and excluded):
            self._close()
            return False
        if speaker != self._speaker:
            self._close()
            self._speaker = speaker
        self._count += 1
        if len(self._row) < 4:
            self._row.append(span)
        return self._count == IN_A_ROW

    def _close(self) -> None:
        if self._count >= IN_A_ROW and len(self._found) < 16:
            self._found.append(self._finding())
        self._speaker, self._row, self._count = "", [], 0

    def _finding(self) -> Finding:
        who = plain_name(self._speaker)
        return told(
            RULE,
            f"{who!r} was chosen {self._count} times in a row although it was excluded",
            agents=[who],
            quotes=[quote(span, f"chose {who!r} by fallback") for span in self._row],
            confidence=0.99,
            detected=self._row[IN_A_ROW - 1].step,
            counterfactual="each choice asked the model in vain up to three times",
            facts={"times": self._count},
        )

    def end(self, ending: Ending) -> Outcome:
        self._close()
        return Outcome(self._found)


RULE = Rule(
    code="LOOP006",
    slug="loop.selector-livelock",
    title="the same speaker is chosen against the setting",
    severity="error",
    about=__doc__,
    needs="speaker selections (recorded by loupe run)",
    doubt=("the agent may have been the right one to go on"),
    advice=(
        "let code choose where the model cannot, or allow repeats:\n"
        "    SelectorGroupChat(..., candidate_func=lambda messages: [...])\n"
        "    SelectorGroupChat(..., allow_repeated_speaker=True)"
    ),
    start=LivelockDetector,
)
