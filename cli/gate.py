"""The gate: judge what was just recorded, for `loupe run --fail-on` and for pytest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagnose import check
from ..diagnose.baseline import Baseline
from ..diagnose.report import Report, RunReport
from ..diagnose.select import Selection, parse
from ..tracer.reader import open_recording
from ..tracer.text import visible

if TYPE_CHECKING:
    from ..diagnose.finding import Finding

#: What fails where only a family is named: a note is no failure.
LEAST = "severity>=warning"
INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a recording."""

    report: Report
    failing: tuple[Finding, ...]
    asked: Selection | None = None  # the rules that may fail; all, when not given

    @property
    def undecided(self) -> str:
        """Why nothing can be said by the rules that are asked for, "" when something can."""
        if self.failing:
            return ""
        runs = [run for run in self.report.runs if run.verdict == "inconclusive"]
        return "; ".join(dict.fromkeys(filter(None, (run.undecided(self._asks) for run in runs))))

    def _asks(self, code: str) -> bool:
        chosen = self.asked.selectors if self.asked is not None else ()
        return not chosen or code == "*" or any(code in each.codes for each in chosen)

    def text(self) -> str:
        """The findings, as `loupe check` prints them."""
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


def judge(
    path: Path, *, select: Sequence[str], ignore: Sequence[str] = (), baseline: str | None = None
) -> Verdict:
    """Apply the rules that `select` names to all runs of a recording.

    Raises:
        UnknownSelector: an expression names nothing.
        RecordingError: the recording cannot be read.
        BadBaseline: the file of accepted findings cannot be.
    """
    least = parse((LEAST,))
    with open_recording(path) as recording:
        report = check(recording, select=select, ignore=ignore)
    if baseline is not None:
        report = Baseline.read(baseline).split(report, date.today()).report
    return Verdict(report, tuple(each for each in report.findings if least.finding(each)))


def parse_fail_on(texts: Sequence[str]) -> tuple[Selection, bool]:
    """The findings that fail, and whether an inconclusive run does.

    Raises:
        UnknownSelector: an expression names nothing.
    """
    words = [word.strip() for text in texts for word in text.split(",")]
    rest = [word for word in words if word.lower() != INCONCLUSIVE]
    return parse(rest), len(rest) < len(words)


def accepting(report: Report, path: str) -> Report:
    """The report without what a baseline accepts; what it says of itself goes to stderr.

    Raises:
        BadBaseline: the file cannot be read.
    """
    from .notices import notice

    split = Baseline.read(path).split(report, date.today())
    if split.accepted:
        notice(f"loupe: {len(split.accepted)} accepted by {path}")
    for entry in split.expired:
        until = f"{entry.code} was accepted until {entry.until}"
        notice(visible(f"loupe: {path}: {until}: {entry.title}", newlines=False))
    checked = {code for run in report.runs for code in run.checked}
    unused = [entry for entry in split.unused if entry.code in checked]
    if unused:
        codes = ", ".join(dict.fromkeys(entry.code for entry in unused))
        many = f"{len(unused)} entries were" if len(unused) > 1 else "an entry was"
        notice(visible(f"loupe: {path}: {many} not found again: {codes}", newlines=False))
    return split.report


def failed(path: Path, fail_on: Sequence[str], baseline: str | None = None) -> int:
    """Judge a recording that just ended, tell on stderr what fails; the exit code: 0 or 1.

    Raises:
        BadBaseline: the file of accepted findings cannot be read.
    """
    from .notices import notice

    fails, inconclusive_fails = parse_fail_on(fail_on)
    if not path.exists():
        notice("loupe: nothing was recorded that could be judged")
        return int(inconclusive_fails)
    with open_recording(path) as recording:
        report = check(recording)
    if baseline is not None:
        report = accepting(report, baseline)
    failing = tuple(each for each in report.findings if fails.finding(each))
    verdict = Verdict(report, failing, fails)
    if failing:
        kept = tuple(_only(run, failing) for run in report.runs if run.findings)
        shown = Verdict(Report(runs=tuple(run for run in kept if run.findings)), failing)
        notice(shown.text())
        return 1
    if verdict.undecided:
        notice(visible(f"loupe: inconclusive, needs {verdict.undecided}", newlines=False))
        return int(inconclusive_fails)
    return 0


def _only(run: RunReport, findings: Sequence[Finding]) -> RunReport:
    return run.model_copy(update={"findings": tuple(f for f in run.findings if f in findings)})
