"""What a rule is: data about itself and a detector that is fed one run, step by step.

The same detector runs live in a breaker, offline in `check`, in the terminal UI and in pytest:
`turn` is called once for every step in order and returns what it finds at that moment; `end` is
called once and returns everything that holds of the run as a whole, superseding the earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Protocol

from .finding import Certainty, Cost, Evidence, Finding, Severity, certainty_of

if TYPE_CHECKING:
    from ..tracer.model import BodyRef, RecordingInfo, RunInfo, Sample, Span
    from .boxes import Boxes
    from .hangs import Unfinished
    from .letters import Letters
    from .recurrence import Recurrence
    from .turn import Turn


@dataclass(frozen=True, slots=True)
class Outcome:
    """A detector's last word: findings, or what it would have needed to judge.

    `needs` says what the trace lacks (the rule is not applicable); `undecided` what would have
    to be longer or otherwise for a verdict (the rule is inconclusive; when `quiet`, only for those
    who asked for this rule).
    """

    findings: Sequence[Finding] = ()
    needs: str = ""
    undecided: str = ""
    quiet: bool = False


class Detector(Protocol):
    """Judges one run. Memory must not grow with the number of steps."""

    def turn(self, turn: Turn) -> Sequence[Finding]: ...

    def end(self, ending: Ending) -> Outcome: ...


class AtEnd:
    """A detector with nothing to say before the end; it is not called for every step."""

    def turn(self, turn: Turn) -> Sequence[Finding]:
        return ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when a run is over, or as over as it will get.

    `over` is False while the program still works on the run: open spans are then no news.
    `agents` are the identities of all agents that the recording knows. `samples` are the
    process's, over all its runs, and None unless this is the run to which findings about the
    process are attached; `judged_at` names that run, `runs` counts those that have steps. `root` is
    the run's own span, `now_ns` the time of a program that still runs.
    """

    info: RunInfo
    recording: RecordingInfo
    over: bool
    last_step: int | None
    loose_spans: Iterable[Span] = ()
    agents: Sequence[str] = ()
    samples: Sequence[Sample] | None = None
    judged_at: int = 0
    runs: int = 1
    root: Span | None = None
    now_ns: int | None = None


class Context(Protocol):
    """What the detectors of one run share."""

    def text(self, ref: BodyRef) -> str:
        """A recorded body."""
        ...

    def recurrence(self) -> Recurrence:
        """The shared loop analysis; it has seen a turn before any detector sees it."""
        ...

    def unfinished(self) -> Unfinished:
        """The shared account of work that never ended."""
        ...

    def letters(self) -> Letters:
        """The shared collection of dead letters."""
        ...

    def boxes(self) -> Boxes:
        """The account of mailboxes, shared by all runs that are judged together."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's data. `about` is the docstring of its module: what it finds, how it decides,
    where it comes from. `needs` is what a trace must hold for the rule to apply.
    """

    code: str
    slug: str
    title: str
    severity: Severity
    about: str | None  # None under python -OO
    needs: str
    doubt: str  # why a finding of this rule might be wrong
    advice: str  # what to do, as something to paste where possible
    start: Callable[[Context], Detector]
    bodies: bool = False  # it judges what was said: without bodies it cannot

    @property
    def docs(self) -> str:
        """What it finds, how it decides, where it comes from."""
        return cleandoc(self.about or self.title)

    @property
    def family(self) -> str:
        return self.slug.partition(".")[0]

    def finding(
        self,
        title: str,
        *,
        agents: Sequence[str],
        confidence: float,
        evidence: Evidence,
        first_step: int | None = None,
        last_step: int | None = None,
        detected_at_step: int | None = None,
        spans: Sequence[str] = (),
        fingerprint: str = "",
        conversation: str | None = None,
        severity: Severity | None = None,
        certainty: Certainty | None = None,
        advice: str = "",
        cost: Cost | None = None,
    ) -> Finding:
        """A finding of this rule; what is not given comes from the rule."""
        if not evidence.doubt:
            evidence = evidence.model_copy(update={"doubt": self.doubt})
        return Finding(
            code=self.code,
            slug=self.slug,
            severity=severity or self.severity,
            confidence=round(confidence, 3),
            certainty=certainty or certainty_of(confidence),
            agents=tuple(agents),
            conversation=conversation,
            first_step=first_step,
            last_step=last_step,
            detected_at_step=detected_at_step,
            first_span=spans[0] if spans else "",
            spans=tuple(spans),
            fingerprint=fingerprint,
            title=title,
            evidence=evidence,
            advice=advice or self.advice,
            cost=cost or Cost(),
        )
