"""One pass of rules over one run: fed online, so that it serves a live run as well.

watch = Watch(read_body, rules())
for step, spans in ...:
    for finding in watch.step(step, spans): ...   # what shows at this moment
verdicts = watch.end(ending)                      # what holds of the whole
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..tracer.model import BodyRef, Span, Step
from .finding import SEVERITIES, Finding
from .hangs import Unfinished
from .recurrence import Recurrence
from .rule import Detector, Ending, Rule
from .turn import Turn, TurnReader


@dataclass(slots=True)
class Verdicts:
    """What all rules said; the rows of those that gave no verdict are by code.

    `quiet` are undecided in a run that nobody made to decide them.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    needs: dict[str, str] = field(default_factory=dict[str, str])
    undecided: dict[str, str] = field(default_factory=dict[str, str])
    quiet: dict[str, str] = field(default_factory=dict[str, str])
    failed: dict[str, str] = field(default_factory=dict[str, str])


class Watch:
    """Rules at work on one run. A rule that raises is put aside and reported as failed."""

    def __init__(self, text: Callable[[BodyRef], str], rules: Iterable[Rule]) -> None:
        self._read = text
        self._reader = TurnReader(text)
        self._recurrence: Recurrence | None = None
        self._unfinished: Unfinished | None = None
        self._failed: dict[str, str] = {}
        self._detectors: list[tuple[Rule, Detector]] = [(rule, rule.start(self)) for rule in rules]

    # -- Context -----------------------------------------------------------------------------
    def text(self, ref: BodyRef) -> str:
        """A recorded body."""
        return self._read(ref)

    def recurrence(self) -> Recurrence:
        """The loop analysis that the loop rules share."""
        if self._recurrence is None:
            self._recurrence = Recurrence()
        return self._recurrence

    def unfinished(self) -> Unfinished:
        """The account of open work that the hang rules share."""
        if self._unfinished is None:
            self._unfinished = Unfinished()
        return self._unfinished

    # -- feeding -----------------------------------------------------------------------------
    def step(self, step: Step, spans: Sequence[Span]) -> list[Finding]:
        """Feed the next step; returns what shows now."""
        turn = self._reader.turn(step, spans)
        if self._recurrence is not None:
            self._recurrence.turn(turn)
        if self._unfinished is not None:
            self._unfinished.turn(turn)
        found: list[Finding] = []
        for rule, detector in self._detectors:
            if rule.code not in self._failed:
                found.extend(self._guarded(rule, detector, turn))
        return found

    def _guarded(self, rule: Rule, detector: Detector, turn: Turn) -> Sequence[Finding]:
        try:
            return detector.turn(turn)
        except Exception as error:
            self._fail(rule, error, f" at step {turn.step.index}")
            return ()

    def _fail(self, rule: Rule, error: Exception, where: str) -> None:
        self._failed[rule.code] = (
            f"a working rule: {rule.slug} failed{where}: {type(error).__name__}: {error}"
        )

    def end(self, ending: Ending) -> Verdicts:
        """The run is over, or is looked at as it stands."""
        verdicts = Verdicts(failed=self._failed)
        for rule, detector in self._detectors:
            if rule.code in self._failed:
                continue
            try:
                outcome = detector.end(ending)
            except Exception as error:
                self._fail(rule, error, " at the end of the run")
                continue
            verdicts.findings.extend(outcome.findings)
            if outcome.undecided:
                row = verdicts.quiet if outcome.quiet else verdicts.undecided
                row[rule.code] = outcome.undecided
            elif outcome.needs:
                verdicts.needs[rule.code] = outcome.needs
        verdicts.findings.sort(key=_rank)
        return verdicts


def _rank(finding: Finding) -> tuple[int, int, str]:
    worst_first = -SEVERITIES.index(finding.severity)
    return worst_first, -1 if finding.first_step is None else finding.first_step, finding.code
