"""Findings about how a team is put together: what the recorder noted on the run before it began."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .course import TEAM, names, quote, told
from .finding import Finding
from .rule import AtEnd, Context, Ending, Outcome, Rule

WIRING: Final = "agentloupe.team.wiring"


class WiringDetector(AtEnd):
    """Tells of the notes that bear a rule's code."""

    def __init__(
        self,
        context: Context,
        rule: Callable[[], Rule],
        borne_out: Callable[[Ending, str], bool] | None = None,
        confidence: float = 0.97,
    ) -> None:
        self._rule = rule
        self._borne_out = borne_out
        self._confidence = confidence

    def end(self, ending: Ending) -> Outcome:
        rule, root = self._rule(), ending.root
        if root is None or TEAM not in root.attributes:
            return Outcome(needs="a team that was looked at before it ran (recorded by loupe run)")
        found: list[Finding] = []
        for text in names(ending, WIRING):
            code, _, rest = text.partition(" ")
            if code != rule.code or (self._borne_out and not self._borne_out(ending, rest)):
                continue
            agent, _, what = rest.partition(": ")
            who = agent.strip()
            found.append(
                told(
                    rule,
                    f"{who!r}: {what}" if who else what,
                    agents=[who] if who else [],
                    quotes=[quote(root, what, "before the run")],
                    confidence=self._confidence,
                    key=what,
                    detected=0,
                    counterfactual="would have shown before the first model call",
                )
            )
        return Outcome(found)
