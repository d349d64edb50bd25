"""Findings about a run that waited with nothing under way: what was last, and for how long."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from ..tracer.model import Span, plain_name
from .course import before
from .finding import Cost, Evidence, Finding, Quote
from .hangs import Cause, Hang
from .rule import AtEnd, Context, Ending, Outcome, Rule
from .words import age

NOT_OVER = "the end of the run: it is still going on"


class StandstillDetector(AtEnd):
    """Tells of a run that stood still by one cause."""

    def __init__(
        self,
        context: Context,
        rule: Callable[[], Rule],
        cause: Cause,
        title: Callable[[str, str], str],
    ) -> None:
        self._account = context.unfinished()
        self._rule = rule
        self._cause = cause
        self._title = title

    def end(self, ending: Ending) -> Outcome:
        hang = self._account.hang(ending)
        if hang is None and not ending.over:
            return Outcome(needs=NOT_OVER)
        if hang is None or hang.cause != self._cause:
            return Outcome()
        return Outcome([self._finding(hang, ending)])

    def _finding(self, hang: Hang, ending: Ending) -> Finding:
        rule = self._rule()
        at = hang.failed or (hang.waits[0].span if hang.waits else hang.last)
        who = plain_name(at.agent) if at is not None and at.agent else ""
        agents = [plain_name(wait.span.agent) for wait in hang.waits if wait.span.agent]
        waited = max([hang.silence_ns, *(wait.age_ns for wait in hang.waits)])
        words = "\0".join([rule.code, ending.info.name, who])
        return rule.finding(
            self._title(who, age(waited)),
            agents=list(dict.fromkeys([who, *agents] if who else agents)),
            confidence=0.95 if hang.kind == "told" else 0.9,
            first_step=at.step if at is not None else ending.last_step,
            last_step=ending.last_step,
            detected_at_step=ending.last_step,
            spans=[at.hex_id] if at is not None else [],
            fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
            cost=Cost(seconds=round(waited / 1e9, 3)),
            evidence=Evidence(
                quotes=(_quote(at, who, hang),) if at is not None else (),
                last_healthy_step=_healthy(hang, ending),
                counterfactual=_when(hang),
                facts={
                    "kind": hang.kind,
                    "status": ending.info.status,
                    "silence_seconds": round(hang.silence_ns / 1e9, 3),
                    "dead_letters": ending.info.dead_letters,
                },
            ),
        )


def _when(hang: Hang) -> str:
    if hang.kind == "told":
        return "was told while the program ran"
    return f"would have fired {age(max(10**9, 2 * hang.usual_ns))} after that"


def _healthy(hang: Hang, ending: Ending) -> int | None:
    """The step before the failure that nobody was told of; else the last one of all."""
    if hang.failed is None or hang.failed.step is None:
        return ending.last_step
    return before(hang.failed.step)


def _quote(span: Span, who: str, hang: Hang) -> Quote:
    said = hang.told or f"{span.op} {span.name.removeprefix(f'{span.op} ')}"
    error = f" ended with {span.error}" if span.error and not hang.told else ""
    return Quote(
        step=span.step,
        span=span.hex_id,
        agent=who,
        label="last sign of life",
        text=f"{said}{error}"[:400],
    )
