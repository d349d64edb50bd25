"""Findings about how a team is put together: what the recorder noted when it was made, and on the
run before it began."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Span, plain_name
from .course import TEAM, names, quote, told
from .finding import Finding
from .rule import Context, Ending, Outcome, Rule
from .turn import Turn

WIRING: Final = "agentloupe.team.wiring"
KEPT: Final = 64  # findings of the recorder's own that are looked at


class WiringDetector:
    """Tells of the notes that bear a rule's code."""

    ops = frozenset({c.FINDING})

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
        self._told: list[Span] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        self._told += [span for span in turn.spans if self._is_ours(span)][: KEPT - len(self._told)]
        return ()

    def end(self, ending: Ending) -> Outcome:
        root = ending.root
        self._told += [span for span in ending.loose_spans if self._is_ours(span)]
        of_team = root is not None and TEAM in root.attributes
        if not of_team and not self._told:
            return Outcome(needs=self._rule().needs)
        found: dict[str, Finding] = {}
        for who, what, span in (*self._noted(ending), *self._said()):
            finding = self._finding(who, what, span)
            found.setdefault(finding.fingerprint, finding)
        return Outcome(list(found.values()))

    def _is_ours(self, span: Span) -> bool:
        return span.op == c.FINDING and span.attributes.get(c.FINDING_CODE) == self._rule().code

    def _noted(self, ending: Ending) -> Iterator[tuple[str, str, Span]]:
        """What stands on the run itself."""
        for text in names(ending, WIRING) if ending.root is not None else ():
            code, _, rest = text.partition(" ")
            if code != self._rule().code or (self._borne_out and not self._borne_out(ending, rest)):
                continue
            agent, _, what = rest.partition(": ")
            assert ending.root is not None
            yield agent.strip(), what, ending.root

    def _said(self) -> Iterator[tuple[str, str, Span]]:
        """What was told when it was made."""
        for span in self._told:
            title = str(span.attributes.get(c.FINDING_TITLE, span.name))
            what = next(
                (str(e.attributes[FACT]) for e in span.events if FACT in e.attributes), title
            )
            yield plain_name(span.agent) if span.agent else "", what, span

    def _finding(self, who: str, what: str, span: Span) -> Finding:
        return told(
            self._rule(),
            f"{who!r} {what}" if who else what,
            agents=[who] if who else [],
            quotes=[quote(span, what, "before the run")],
            confidence=self._confidence,
            key=what,
            detected=0,
            counterfactual="would have shown before the first model call",
        )


FACT: Final = "agentloupe.what"
