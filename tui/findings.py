"""The findings of a run as the screens need them: numbered, by first step, found by step.

They come as the JSON that `loupe check --format json` prints for one run, so that the checking
can happen in another process and nothing of it is imported here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

#: A glyph each, so that severity can be told without colour.
GLYPHS: Mapping[str, str] = {"error": "✗", "warning": "▲", "info": "•"}
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Quote:
    """One step as evidence."""

    step: int | None
    agent: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, as far as it is shown. Texts are as reported: not yet safe for a terminal."""

    code: str
    title: str
    severity: str = "warning"
    slug: str = ""
    certainty: str = ""
    agents: tuple[str, ...] = ()
    first_step: int | None = None
    last_step: int | None = None
    fingerprint: str = ""
    advice: str = ""
    counterfactual: str = ""
    doubt: str = ""
    last_healthy_step: int | None = None
    quotes: tuple[Quote, ...] = ()
    retention: tuple[str, ...] = ()  # who holds what was not let go, outermost first
    cost: Mapping[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Found:
        """From one entry of "findings"."""
        evidence: Mapping[str, Any] = report.get("evidence") or {}
        quotes: Sequence[Mapping[str, Any]] = evidence.get("quotes") or ()
        return cls(
            code=str(report["code"]),
            title=str(report["title"]),
            severity=str(report["severity"]),
            slug=str(report.get("slug", "")),
            certainty=str(report.get("certainty", "")),
            agents=tuple(map(str, report.get("agents", ()))),
            first_step=report.get("first_step"),
            last_step=report.get("last_step"),
            fingerprint=str(report.get("fingerprint", "")),
            advice=str(report.get("advice", "")),
            counterfactual=str(evidence.get("counterfactual", "")),
            doubt=str(evidence.get("doubt", "")),
            last_healthy_step=evidence.get("last_healthy_step"),
            quotes=tuple(
                Quote(q.get("step"), q.get("agent", ""), q.get("label", ""), q.get("text", ""))
                for q in quotes
            ),
            retention=_retention(evidence.get("facts") or {}),
            cost=report.get("cost") or {},
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding with its number on the screen, from 1."""

    number: int
    finding: Found
    first: int
    last: int

    @property
    def glyph(self) -> str:
        return GLYPHS.get(self.finding.severity, "•")

    @property
    def digit(self) -> str:
        """One cell that names the finding on the scrubber."""
        return str(self.number) if self.number < 10 else "+"


@dataclass(slots=True)
class Findings:
    """Findings of one run. `state` says how far the checking is; `why` explains "unavailable"."""

    state: Literal["waiting", "checking", "done", "unavailable"] = "waiting"
    why: str = ""
    checked: int = 0
    verdict: str = ""
    unjudged: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    marks: list[Mark] = field(default_factory=list[Mark])

    def take_report(self, report: Mapping[str, Any]) -> None:
        """Take the report on the run: one entry of "runs"."""
        rest: Sequence[Mapping[str, Any]] = report.get("not_applicable") or ()
        self.unjudged = [(str(item["code"]), str(item["needs"])) for item in rest]
        self.checked = len(report.get("checked") or ())
        self.verdict = str(report.get("verdict", ""))
        self.take(Found.of(item) for item in report.get("findings") or ())

    def take(self, found: Iterable[Found]) -> None:
        """Number the findings: in order of their first step, the severest first."""
        placed = sorted(found, key=lambda f: (f.first_step or 0, _ORDER.get(f.severity, 3), f.code))
        self.marks = [
            Mark(number, finding, finding.first_step or 0, _last(finding))
            for number, finding in enumerate(placed, 1)
        ]
        self.state = "done"

    def fail(self, why: str) -> None:
        """The run could not be checked."""
        self.state, self.why = "unavailable", why

    def by_severity(self) -> list[Mark]:
        """The severest first, as a summary lists them."""
        return sorted(self.marks, key=_severest)

    def covering(self, start: int, stop: int) -> list[Mark]:
        """The findings that touch the steps from `start` up to `stop`, the severest first."""
        touching = [mark for mark in self.marks if mark.first < stop and mark.last >= start]
        return sorted(touching, key=_severest) if len(touching) > 1 else touching

    def after(self, step: int) -> int | None:
        """First step of the next finding."""
        firsts = [mark.first for mark in self.marks]
        place = bisect_right(firsts, step)
        return firsts[place] if place < len(firsts) else None

    def before(self, step: int) -> int | None:
        """First step of the finding before."""
        firsts = [mark.first for mark in self.marks]
        place = bisect_left(firsts, step) - 1
        return firsts[place] if place >= 0 else None

    def named(self, text: str) -> Mark | None:
        """The finding of that number, code, slug or start of a fingerprint."""
        wanted = text.casefold().lstrip("#")
        for mark in self.marks:
            finding = mark.finding
            names = (str(mark.number), finding.code.casefold(), finding.slug.casefold())
            if wanted in names:
                return mark
            if len(wanted) >= 4 and finding.fingerprint.casefold().startswith(wanted):
                return mark
        return None


def _retention(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Retention paths: texts, or lists of the names along a path."""
    found: Sequence[Any] = facts.get("retention") or ()
    if isinstance(found, str):
        return (found,)
    return tuple(p if isinstance(p, str) else " → ".join(map(str, p)) for p in found)


def _severest(mark: Mark) -> tuple[int, int]:
    return _ORDER.get(mark.finding.severity, 3), mark.number


def _last(finding: Found) -> int:
    first = finding.first_step or 0
    return first if finding.last_step is None else max(first, finding.last_step)
