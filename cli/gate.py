"""The gate: judge what was just recorded, for `loupe run --fail-on` and for pytest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagnose import check
from ..diagnose.select import parse
from ..tracer.reader import open_recording

if TYPE_CHECKING:
    from ..diagnose.finding import Finding
    from ..diagnose.report import Report

#: What fails where only a family is named: a note is no failure.
LEAST = "severity>=warning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a recording."""

    report: Report
    failing: tuple[Finding, ...]

    @property
    def undecided(self) -> str:
        """Why nothing can be said, "" when something can."""
        if self.failing:
            return ""
        runs = [run for run in self.report.runs if run.verdict == "inconclusive"]
        needs = [entry.needs for run in runs for entry in run.not_applicable]
        return "; ".join(dict.fromkeys(needs))

    def text(self) -> str:
        """The findings, as `loupe check` prints them."""
        from ..diagnose.report import Report

        unwell = tuple(run for run in self.report.runs if run.findings)
        return Report(runs=unwell or self.report.runs[:1]).render("text").strip()

    @property
    def rates(self) -> dict[str, float]:
        """What grew with every message, by counter."""
        facts = [finding.evidence.facts for finding in self.failing]
        return {
            str(fact["counter"]): float(str(fact["rate_per_message"]))
            for fact in facts
            if "rate_per_message" in fact
        }


def judge(path: Path, *, select: Sequence[str], ignore: Sequence[str] = ()) -> Verdict:
    """Apply the rules that `select` names to all runs of a recording.

    Raises:
        UnknownSelector: an expression names nothing.
        RecordingError: the recording cannot be read.
    """
    least = parse((LEAST,))
    with open_recording(path) as recording:
        report = check(recording, select=select, ignore=ignore)
    return Verdict(report, tuple(each for each in report.findings if least.finding(each)))
