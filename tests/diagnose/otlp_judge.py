"""The third bank, judged as users' traces are: written as OTLP files and read back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agentloupe.diagnose import check
from agentloupe.tracer.wire.files import open_any

from . import (
    third_kept_fine,
    third_kept_loops,
    third_kept_rounds,
    third_tuning_calls,
    third_tuning_fine,
    third_tuning_games,
    third_tuning_loops,
    third_tuning_more,
)
from .bank import Bank, Case
from .judge import Score, judge
from .spin import write_otlp

# the modules beside these three add families to the same banks
assert third_tuning_calls.LOOPS is third_tuning_loops.LOOPS
assert third_tuning_games.FINE is third_tuning_fine.FINE
assert third_kept_rounds.FINE is third_kept_fine.FINE

TUNING: tuple[Bank, ...] = (
    third_tuning_loops.LOOPS,
    third_tuning_fine.FINE,
    third_tuning_more.LOOPS,
    third_tuning_more.FINE,
)
KEPT: tuple[Bank, ...] = (third_kept_loops.LOOPS, third_kept_fine.FINE)


def findings_of(case: Case, folder: Path) -> list:
    """What the loop rules say about the case's file."""
    path = write_otlp(folder / "case.json", case.script, f"{case.family} {case.seed}")
    with open_any(path) as recording:
        report = check(recording)
    return [finding for finding in report.findings if finding.slug.startswith("loop.")]


def score_files(cases: Iterable[Case], folder: Path) -> Score:
    total = Score()
    for case in cases:
        judge(total, case, findings_of(case, folder))
    return total
