"""One pass of rules over one run: fed online, so that it serves a live run as well.

watch = Watch(read_body, rules())
for step, spans in ...:
    for finding in watch.step(step, spans): ...   # what shows at this moment
verdicts = watch.end(ending)                      # what holds of the whole
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from ..tracer.model import BodyRef, Span, Step
from .boxes import Boxes
from .config import Config
from .finding import SEVERITIES, Finding
from .hangs import Unfinished
from .letters import Letters
from .recurrence import Recurrence
from .rule import AtEnd, Detector, Ending, Rule
from .turn import TurnReader

OPS: Final = 256  # sets of operations whose rules are known; foreign spans may have any


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

    def __init__(
        self,
        text: Callable[[BodyRef], str],
        rules: Iterable[Rule],
        last: Callable[[BodyRef], str] | None = None,
        config: Config | None = None,
        shared_boxes: Boxes | None = None,
    ) -> None:
        self._config = config
        self._read = text
        self._reader = TurnReader(text, last)
        self._recurrence: Recurrence | None = None
        self._unfinished: Unfinished | None = None
        self._letters: Letters | None = None
        self._boxes = Boxes() if shared_boxes is None else shared_boxes
        self._counts = False  # a rule asked for the mailboxes
        self._failed: dict[str, str] = {}
        self._detectors: list[tuple[Rule, Detector]] = [(rule, rule.start(self)) for rule in rules]
        self._online = [
            (rule, detector, _ops(detector))
            for rule, detector in self._detectors
            if not isinstance(detector, AtEnd)
        ]
        self._by_ops: dict[tuple[frozenset[str], bool, bool], Sequence[tuple[Rule, Detector]]] = {}
        boxes = self._boxes if self._counts else None
        shared = (self._recurrence, self._unfinished, self._letters, boxes)
        self._shared = [analysis for analysis in shared if analysis is not None]

    # -- Context -----------------------------------------------------------------------------
    def text(self, ref: BodyRef) -> str:
        """A recorded body."""
        return self._read(ref)

    def recurrence(self) -> Recurrence:
        """The loop analysis that the loop rules share."""
        self._recurrence = self._recurrence or Recurrence(self._config)
        return self._recurrence

    def unfinished(self) -> Unfinished:
        """The account of open work that the hang rules share."""
        self._unfinished = self._unfinished or Unfinished()
        return self._unfinished

    def letters(self) -> Letters:
        """The dead letters that the rules about lost messages share."""
        self._letters = self._letters or Letters(self._read)
        return self._letters

    def boxes(self) -> Boxes:
        """The account of mailboxes, of this run or of all that are judged together."""
        self._counts = True
        return self._boxes

    @property
    def live(self) -> frozenset[str]:
        """The codes of the rules that have something to say before the end."""
        return frozenset(rule.code for rule, _, _ in self._online)

    # -- feeding -----------------------------------------------------------------------------
    def step(self, step: Step, spans: Sequence[Span]) -> list[Finding]:
        """Feed the next step; returns what shows now."""
        turn = self._reader.turn(step, spans)
        for analysis in self._shared:
            analysis.turn(turn)
        found: list[Finding] = []
        fired = self._recurrence is not None and bool(self._recurrence.fired)
        lost = self._letters is not None and bool(self._letters.fresh)
        for rule, detector in self._concerned(turn.ops, fired, lost):
            try:
                told = detector.turn(turn)
            except Exception as error:
                self._fail(rule, error, f" at step {step.index}")
                continue
            if told:
                found.extend(told)
        return found

    def _concerned(
        self, ops: frozenset[str], fired: bool, lost: bool
    ) -> Sequence[tuple[Rule, Detector]]:
        """The rules to which a step of these operations may say something; `fired`: it brought a
        loop to light, `lost`: a dead letter of a new kind.
        """
        found = self._by_ops.get((ops, fired, lost))
        if found is None:
            if len(self._by_ops) >= OPS:
                self._by_ops.clear()
            found = self._by_ops[ops, fired, lost] = [
                (rule, detector)
                for rule, detector, wanted in self._online
                if (wanted is None or not ops.isdisjoint(wanted))
                and (fired or not getattr(detector, "when_fired", False))
                and (lost or not getattr(detector, "when_lost", False))
            ]
        return found

    def _fail(self, rule: Rule, error: Exception, where: str) -> None:
        self._online = [each for each in self._online if each[0] is not rule]
        self._by_ops.clear()
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


def _ops(detector: Detector) -> frozenset[str] | None:
    """The operations without which a step says nothing to a detector; None when any step may."""
    return cast("frozenset[str] | None", getattr(detector, "ops", None))


def _rank(finding: Finding) -> tuple[int, int, str]:
    worst_first = -SEVERITIES.index(finding.severity)
    return worst_first, -1 if finding.first_step is None else finding.first_step, finding.code
