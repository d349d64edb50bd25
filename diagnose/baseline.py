"""Known findings that are accepted for a while: a file of fingerprints beside the program.

A finding whose fingerprint is in the baseline no longer fails a check, until the day that the entry
ends. A leak is accepted up to a quarter more than it was, and as long as the same agent is to
blame: what gets worse is a regression and told again.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..tracer.errors import LoupeError
from .finding import Finding
from .report import Report, RunReport

WORSE: Final = 1.25  # times the accepted rate of growth, from which on it is a regression


class BadBaseline(LoupeError):  # noqa: N818 reads as a sentence
    """A file that should be a baseline cannot be read as one."""

    code = "LP303"


class Entry(BaseModel):
    """One accepted finding. `until` is the last day on which it is accepted, None for good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    code: str
    agents: tuple[str, ...] = ()
    title: str = ""
    reason: str = ""
    until: date | None = None
    counter: str | None = None  # of a leak: what grows
    rate_per_message: float | None = None
    tool: str = ""
    python: str = ""

    @classmethod
    def of(cls, finding: Finding, *, until: date | None = None, reason: str = "") -> Entry:
        """The entry that accepts a finding as it is."""
        facts = finding.evidence.facts
        counter, rate = facts.get("counter"), facts.get("rate_per_message")
        return cls(
            fingerprint=finding.fingerprint,
            code=finding.code,
            agents=finding.agents,
            title=finding.title,
            reason=reason,
            until=until,
            counter=counter if isinstance(counter, str) else None,
            rate_per_message=float(rate) if isinstance(rate, int | float) else None,
            tool=_version(),
            python=f"{sys.version_info.major}.{sys.version_info.minor}",
        )

    def takes(self, finding: Finding) -> bool:
        """Whether it is this finding, and no worse than it was accepted."""
        if (finding.code, finding.fingerprint) != (self.code, self.fingerprint):
            return False
        rate = finding.evidence.facts.get("rate_per_message")
        if self.rate_per_message is None or not isinstance(rate, int | float):
            return True
        same_culprit = finding.agents[:1] == self.agents[:1]
        return same_culprit and rate <= WORSE * self.rate_per_message


class Split(BaseModel):
    """A report parted by a baseline: what is told, what is accepted, which entries have ended."""

    model_config = ConfigDict(frozen=True)

    report: Report
    accepted: tuple[Finding, ...] = ()
    expired: tuple[Entry, ...] = ()
    unused: tuple[Entry, ...] = ()


class Baseline(BaseModel):
    """A file of accepted findings."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    version: Literal[1] = Field(default=1, alias="schema")
    findings: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> Baseline:
        """The baseline in a file.

        Raises:
            BadBaseline: there is no such file, or it is none.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except OSError as error:
            raise BadBaseline(
                f"the baseline {str(path)!r} cannot be read: {error.strerror}",
                f"make one: loupe check RUN --write-baseline {path}",
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadBaseline(
                f"{str(path)!r} is no baseline: {where or 'its text'}: {first['msg']}"
            ) from error

    @classmethod
    def of(cls, report: Report, *, until: date | None = None, reason: str = "") -> Baseline:
        """A baseline that accepts all findings of a report, each fingerprint once."""
        entries = {
            finding.fingerprint: Entry.of(finding, until=until, reason=reason)
            for finding in report.findings
            if finding.fingerprint
        }
        return cls(findings=tuple(entries.values()))

    def write(self, path: str | Path) -> None:
        """Write it whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        path = Path(path)
        text = json.dumps(self.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False)
        handle, name = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def split(self, report: Report, today: date) -> Split:
        """Part a report: findings of entries that have ended are told again."""
        good = [entry for entry in self.findings if entry.until is None or entry.until >= today]
        expired = tuple(entry for entry in self.findings if entry not in good)
        accepted: list[Finding] = []
        used: set[str] = set()
        runs: list[RunReport] = []
        for run in report.runs:
            told: list[Finding] = []
            for finding in run.findings:
                entry = next((each for each in good if each.takes(finding)), None)
                if entry is None:
                    told.append(finding)
                else:
                    accepted.append(finding)
                    used.add(entry.fingerprint)
            runs.append(run.without([each for each in run.findings if each not in told]))
        unused = tuple(entry for entry in good if entry.fingerprint not in used)
        return Split(
            report=report.model_copy(update={"runs": tuple(runs)}),
            accepted=tuple(accepted),
            expired=expired,
            unused=unused,
        )


def _version() -> str:
    try:
        return version("agentloupe")
    except PackageNotFoundError:
        return ""
