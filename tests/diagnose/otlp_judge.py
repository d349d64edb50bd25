"""The later banks, judged as users' traces are: written as OTLP files and read back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agentloupe.diagnose import check
from agentloupe.tracer.wire.files import open_any

from . import (
    fifth_kept_fine,
    fifth_kept_loops,
    fifth_kept_tools,
    fifth_kept_work,
    fifth_tuning_fine,
    fifth_tuning_loops,
    fifth_tuning_tools,
    fifth_tuning_work,
    fourth_kept_fine,
    fourth_kept_loops,
    fourth_kept_tools,
    fourth_kept_work,
    fourth_tuning_fine,
    fourth_tuning_loops,
    fourth_tuning_tools,
    fourth_tuning_work,
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

# the modules beside these add families to the same banks
assert third_tuning_calls.LOOPS is third_tuning_loops.LOOPS
assert third_tuning_games.FINE is third_tuning_fine.FINE
assert third_kept_rounds.FINE is third_kept_fine.FINE
assert fourth_tuning_tools.LOOPS is fourth_tuning_loops.LOOPS
assert fourth_tuning_work.FINE is fourth_tuning_fine.FINE
assert fourth_kept_tools.LOOPS is fourth_kept_loops.LOOPS
assert fourth_kept_work.FINE is fourth_kept_fine.FINE
assert fifth_tuning_tools.LOOPS is fifth_tuning_loops.LOOPS
assert fifth_tuning_work.FINE is fifth_tuning_fine.FINE
assert fifth_kept_tools.LOOPS is fifth_kept_loops.LOOPS
assert fifth_kept_work.FINE is fifth_kept_fine.FINE

TUNING: tuple[Bank, ...] = (
    third_tuning_loops.LOOPS,
    third_tuning_fine.FINE,
    third_tuning_more.LOOPS,
    third_tuning_more.FINE,
)
KEPT: tuple[Bank, ...] = (third_kept_loops.LOOPS, third_kept_fine.FINE)
FOURTH_TUNING: tuple[Bank, ...] = (fourth_tuning_loops.LOOPS, fourth_tuning_fine.FINE)
FOURTH_KEPT: tuple[Bank, ...] = (fourth_kept_loops.LOOPS, fourth_kept_fine.FINE)
FIFTH_TUNING: tuple[Bank, ...] = (fifth_tuning_loops.LOOPS, fifth_tuning_fine.FINE)
FIFTH_KEPT: tuple[Bank, ...] = (fifth_kept_loops.LOOPS, fifth_kept_fine.FINE)


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
