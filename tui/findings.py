"""The findings of a run as the screens need them: numbered, by first step, found by step."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # pydantic stays out of the first paint
    from ..diagnose.finding import Finding

#: A glyph each, so that severity can be told without colour.
GLYPHS: Mapping[str, str] = {"error": "✗", "warning": "▲", "info": "•"}
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding with its number on the screen, from 1."""

    number: int
    finding: Finding
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

    def take(self, found: Sequence[Finding], checked: int, verdict: str = "") -> None:
        """Number the findings: in order of their first step, the severest first."""
        placed = sorted(found, key=lambda f: (f.first_step or 0, _ORDER.get(f.severity, 3), f.code))
        self.marks = [
            Mark(number, finding, finding.first_step or 0, _last(finding))
            for number, finding in enumerate(placed, 1)
        ]
        self.checked = checked
        self.verdict = verdict
        self.state = "done"

    def by_severity(self) -> list[Mark]:
        """The severest first, as a summary lists them."""
        return sorted(self.marks, key=lambda m: (_ORDER.get(m.finding.severity, 3), m.number))

    def covering(self, start: int, stop: int) -> list[Mark]:
        """The findings that touch the steps from `start` up to `stop`, the severest first."""
        touching = [m for m in self.marks if m.first < stop and m.last >= start]
        return sorted(touching, key=lambda m: (_ORDER.get(m.finding.severity, 3), m.number))

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
            names = (str(mark.number), finding.code, finding.slug)
            fingerprint = finding.fingerprint
            if wanted in [name.casefold() for name in names] or (
                len(wanted) >= 4 and fingerprint.casefold().startswith(wanted)
            ):
                return mark
        return None


def _last(finding: Finding) -> int:
    first = finding.first_step or 0
    return first if finding.last_step is None else max(first, finding.last_step)
