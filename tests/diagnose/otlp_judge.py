"""The later banks, judged as users' traces are: written as OTLP files and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from agentloupe.diagnose import check
from agentloupe.diagnose.finding import Finding
from agentloupe.tracer.wire.files import open_any

from . import (
    eighteenth_fine,
    eighteenth_loops,
    eighteenth_more,
    eighteenth_stuck,
    eighth_calls,
    eighth_fine,
    eighth_loops,
    eighth_worlds,
    eleventh_calls,
    eleventh_fine,
    eleventh_loops,
    eleventh_work,
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
    ninth_still,
    ninth_worlds,
    seventh_fine,
    seventh_loops,
    sixth_kept_fine,
    sixth_kept_loops,
    sixth_tuning_fine,
    sixth_tuning_loops,
    sixth_tuning_talk,
    third_kept_fine,
    third_kept_loops,
    third_kept_rounds,
    third_tuning_calls,
    third_tuning_fine,
    third_tuning_games,
    third_tuning_loops,
    third_tuning_more,
    thirteenth_fine,
    thirteenth_loops,
    thirteenth_work,
)
from .bank import Bank, Case
from .judge import Score, judge
from .spin import write_all

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
assert sixth_tuning_talk.LOOPS is sixth_tuning_loops.LOOPS
assert eighth_calls.LOOPS is eighth_loops.LOOPS
assert eighth_worlds.FINE is eighth_fine.FINE
assert eighteenth_stuck.VIEW is eighteenth_loops.VIEW
assert eighteenth_more.VIEW is eighteenth_fine.VIEW
assert eleventh_calls.LOOPS is eleventh_loops.LOOPS
assert eleventh_work.FINE is eleventh_fine.FINE
assert thirteenth_work.FINE is thirteenth_fine.FINE

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
SIXTH_TUNING: tuple[Bank, ...] = (sixth_tuning_loops.LOOPS, sixth_tuning_fine.FINE)
SIXTH_KEPT: tuple[Bank, ...] = (sixth_kept_loops.LOOPS, sixth_kept_fine.FINE)
SEVENTH: tuple[Bank, ...] = (seventh_loops.LOOPS, seventh_fine.FINE)
EIGHTH: tuple[Bank, ...] = (eighth_loops.LOOPS, eighth_fine.FINE)
NINTH: tuple[Bank, ...] = (ninth_still.LOOPS, ninth_worlds.FINE)
ELEVENTH: tuple[Bank, ...] = (eleventh_loops.LOOPS, eleventh_fine.FINE)
THIRTEENTH: tuple[Bank, ...] = (thirteenth_loops.LOOPS, thirteenth_fine.FINE)
EIGHTEENTH_VIEW: tuple[Bank, ...] = (eighteenth_loops.VIEW, eighteenth_fine.VIEW)
EIGHTEENTH_KEPT: tuple[Bank, ...] = (eighteenth_loops.KEPT, eighteenth_fine.KEPT)


def findings_of(cases: Sequence[Case], folder: Path) -> list[list[Finding]]:
    """What the loop rules say about each case. All are written to one file and read back: a
    recording for each would cost several times what judging it does.
    """
    path = folder / "cases.json"
    traces = write_all(path, [(case.script, f"{case.family} {case.seed}") for case in cases])
    with open_any(path) as recording:
        report = check(recording, select=["loop"])
    found = {run.run: list(run.findings) for run in report.runs}
    return [found[trace] for trace in traces]


def score_files(cases: Iterable[Case], folder: Path) -> Score:
    total = Score()
    rows = list(cases)
    for case, found in zip(rows, findings_of(rows, folder), strict=True):
        judge(total, case, found)
    return total
