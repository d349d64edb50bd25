"""The outcome of a check: one verdict a run, with what was looked at and what could not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from ..tracer.locate import DIGITS
from .finding import Finding

Verdict = Literal["ok", "findings", "inconclusive", "error"]
Format = Literal["text", "json", "junit", "sarif", "github"]

WORST_FIRST: tuple[Verdict, ...] = ("error", "findings", "inconclusive", "ok")
FORMATS: tuple[Format, ...] = ("text", "json", "junit", "sarif", "github")


class NotApplicable(BaseModel):
    """A rule that could not judge, and what it would have needed.

    `undecided`: it applies, and the run was too short or its rule failed: the run's verdict hangs
    on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    needs: str
    undecided: bool = False


class RunReport(BaseModel):
    """The verdict on one run. `run` is its trace id ("" for a file that could not be read)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    source: str
    verdict: Verdict
    checked: tuple[str, ...] = ()
    not_applicable: tuple[NotApplicable, ...] = ()
    findings: tuple[Finding, ...] = ()
    _name: str = PrivateAttr(default="")  # where other runs of the recording begin alike

    def without(self, dropped: Sequence[Finding]) -> RunReport:
        """The same with some findings left out; what is then left without any is well."""
        if not dropped:
            return self
        kept = tuple(each for each in self.findings if each not in dropped)
        verdict = "ok" if not kept and self.verdict == "findings" else self.verdict
        return self.model_copy(update={"findings": kept, "verdict": verdict})

    def undecided(self, asked: Callable[[str], bool] = lambda code: True) -> str:
        """What a verdict would have needed, of the rules that are asked for; "" for nothing."""
        needs = [each.needs for each in self.not_applicable if each.undecided and asked(each.code)]
        return "; ".join(dict.fromkeys(needs))

    @property
    def place(self) -> str:
        """The run as the command line takes it: FILE#RUN."""
        name = PurePath(self.source).name
        return f"{name}#{self.name}" if self.run else name

    @property
    def name(self) -> str:
        """As much of the trace id as no other run of the recording begins with."""
        return self._name or self.run[:DIGITS]

    def called(self, name: str) -> RunReport:
        """The same by a longer name than usual, as others of its recording begin alike."""
        if len(name) <= DIGITS:
            return self
        other = self.model_copy()
        other._name = name
        return other


class Report(BaseModel):
    """Verdicts on any number of runs, printable in several formats."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    version: Literal[1] = Field(default=1, alias="schema")
    runs: tuple[RunReport, ...] = ()

    def __add__(self, other: Report) -> Report:
        """Both reports as one."""
        return Report(runs=self.runs + other.runs)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all runs."""
        for verdict in WORST_FIRST:
            if any(run.verdict == verdict for run in self.runs):
                return verdict
        return "ok"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all runs."""
        return tuple(finding for run in self.runs for finding in run.findings)

    def render(self, form: Format, *, color: bool = False, verbose: bool = False) -> str:
        """The report as text in `form`; `color` and `verbose` matter for "text" only."""
        from .render import render

        return render(self, form, color=color, verbose=verbose)


def unreadable(source: str, why: str) -> Report:
    """The report on a file that could not be read."""
    entry = NotApplicable(code="*", needs=f"a readable recording: {why}", undecided=True)
    return Report(
        runs=(RunReport(run="", source=source, verdict="error", not_applicable=(entry,)),)
    )
