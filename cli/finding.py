"""RUN#FINDING: one finding of a run by its code, slug, or the beginning of its fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tracer.errors import LoupeError

if TYPE_CHECKING:
    from ..diagnose.finding import Finding
    from ..diagnose.report import Report

PREFIX = 4  # characters of a fingerprint that name it


class NoSuchFinding(LoupeError):  # noqa: N818 reads as a sentence
    """The run has no such finding."""

    code = "LP402"


def only(report: Report, name: str) -> Report:
    """The report with no other finding than the one named; LOOP001-2 is the second of its code.

    Raises:
        NoSuchFinding: there is none of that name; the message lists those there are.
    """
    code, _, place = name.partition("-") if name.rpartition("-")[2].isdigit() else (name, "", "1")
    fits = [each for each in report.findings if _is(each, code)]
    if not 1 <= int(place) <= len(fits):
        there = ", ".join(dict.fromkeys(each.code for each in report.findings)) or "none"
        raise NoSuchFinding(
            f"the run has no finding {name!r}; there is {there}",
            "what a code means: loupe explain CODE",
        )
    wanted = fits[int(place) - 1]
    runs = [
        run.model_copy(update={"findings": (wanted,)})
        for run in report.runs
        if any(each is wanted for each in run.findings)
    ]
    return report.model_copy(update={"runs": tuple(runs)})


def _is(finding: Finding, name: str) -> bool:
    wanted = name.lower()
    if wanted in (finding.code.lower(), finding.slug):
        return True
    return len(wanted) >= PREFIX and finding.fingerprint.startswith(wanted)
