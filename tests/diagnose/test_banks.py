"""The loop rules keep what they reach on both banks; benchmarks/diagnose_loops.md has tables."""

from __future__ import annotations

from pathlib import Path

from . import (
    bank_held_out,
    bank_held_out_fine,
    bank_tuning_fine,
    bank_tuning_hard,
    bank_tuning_loops,
)
from .bank import Bank
from .judge import Score, score
from .otlp_judge import (
    EIGHTEENTH_KEPT,
    EIGHTEENTH_VIEW,
    EIGHTH,
    ELEVENTH,
    FIFTH_KEPT,
    FIFTH_TUNING,
    FOURTH_KEPT,
    FOURTH_TUNING,
    KEPT,
    SEVENTH,
    SIXTH_KEPT,
    SIXTH_TUNING,
    THIRTEENTH,
    TUNING,
    score_files,
)

SEEDS = 2


def of(*banks: Bank) -> Score:
    return score(case for bank in banks for case in bank.cases(SEEDS))


def test_the_tuning_bank() -> None:
    total = of(
        bank_tuning_loops.LOOPS,
        bank_tuning_hard.LOOPS,
        bank_tuning_fine.FINE,
        bank_tuning_hard.FINE,
    )
    assert total.precision >= 0.98, total.wrong
    assert total.false_alarm_rate <= 0.01, total.wrong
    assert total.f1 >= 0.93, total.wrong
    assert total.agents >= 0.92 * total.hits, total.wrong
    assert total.onsets >= 0.95 * total.hits, total.wrong


def test_the_held_out_bank() -> None:
    total = of(bank_held_out.LOOPS, bank_held_out_fine.FINE)
    assert total.false_alarm_rate <= 0.05, total.wrong
    assert total.f1 >= 0.80, total.wrong


def test_the_third_bank_as_files(tmp_path: Path) -> None:
    tuning = score_files((case for bank in TUNING for case in bank.cases(1)), tmp_path)
    assert tuning.precision >= 0.98, tuning.wrong
    assert tuning.false_alarm_rate <= 0.01, tuning.wrong
    assert tuning.f1 >= 0.90, tuning.wrong
    assert tuning.agents >= 0.92 * tuning.hits, tuning.wrong
    kept = score_files((case for bank in KEPT for case in bank.cases(1)), tmp_path)
    assert kept.false_alarm_rate <= 0.05, kept.wrong
    assert kept.f1 >= 0.80, kept.wrong
    assert kept.onsets >= 0.95 * kept.hits, kept.wrong


def test_the_fourth_bank_as_files(tmp_path: Path) -> None:
    tuning = score_files((case for bank in FOURTH_TUNING for case in bank.cases(1)), tmp_path)
    assert tuning.precision >= 0.98, tuning.wrong
    assert tuning.f1 >= 0.90, tuning.wrong
    assert tuning.agents >= 0.92 * tuning.hits, tuning.wrong
    kept = score_files((case for bank in FOURTH_KEPT for case in bank.cases(1)), tmp_path)
    assert kept.false_alarm_rate <= 0.05, kept.wrong
    assert kept.f1 >= 0.80, kept.wrong
    assert kept.onsets >= 0.95 * kept.hits, kept.wrong


def test_the_fifth_bank_as_files(tmp_path: Path) -> None:
    tuning = score_files((case for bank in FIFTH_TUNING for case in bank.cases(1)), tmp_path)
    assert tuning.f1 >= 0.90, tuning.wrong
    assert tuning.onsets >= 0.95 * tuning.hits, tuning.wrong
    kept = score_files((case for bank in FIFTH_KEPT for case in bank.cases(1)), tmp_path)
    assert kept.false_alarm_rate <= 0.05, kept.wrong
    assert kept.agents >= 0.92 * kept.hits, kept.wrong


def test_the_sixth_bank_as_files(tmp_path: Path) -> None:
    tuning = score_files((case for bank in SIXTH_TUNING for case in bank.cases(1)), tmp_path)
    assert tuning.precision >= 0.98, tuning.wrong
    assert tuning.f1 >= 0.90, tuning.wrong
    assert tuning.onsets >= 0.95 * tuning.hits, tuning.wrong
    kept = score_files((case for bank in SIXTH_KEPT for case in bank.cases(1)), tmp_path)
    assert kept.false_alarm_rate <= 0.05, kept.wrong
    assert kept.f1 >= 0.80, kept.wrong
    assert kept.agents >= 0.92 * kept.hits, kept.wrong


def test_the_seventh_bank_as_files(tmp_path: Path) -> None:
    total = score_files((case for bank in SEVENTH for case in bank.cases(2)), tmp_path)
    assert total.false_alarm_rate <= 0.05, total.wrong
    assert total.f1 >= 0.80, total.wrong
    assert total.agents >= 0.92 * total.hits, total.wrong


def test_the_eighth_bank_as_files(tmp_path: Path) -> None:
    total = score_files((case for bank in EIGHTH for case in bank.cases(1)), tmp_path)
    assert total.false_alarm_rate <= 0.03, total.wrong
    assert total.f1 >= 0.85, total.wrong
    assert total.agents >= 0.92 * total.hits, total.wrong


def test_the_eleventh_bank_as_files(tmp_path: Path) -> None:
    total = score_files((case for bank in ELEVENTH for case in bank.cases(2)), tmp_path)
    assert total.false_alarm_rate <= 0.05, total.wrong
    assert total.f1 >= 0.80, total.wrong
    assert total.agents >= 0.92 * total.hits, total.wrong


def test_the_thirteenth_bank_as_files(tmp_path: Path) -> None:
    total = score_files((case for bank in THIRTEENTH for case in bank.cases(2)), tmp_path)
    assert total.false_alarm_rate <= 0.02, total.wrong
    assert total.f1 >= 0.88, total.wrong
    assert total.agents >= 0.92 * total.hits, total.wrong


def test_the_eighteenth_bank_as_files(tmp_path: Path) -> None:
    view = score_files((case for bank in EIGHTEENTH_VIEW for case in bank.cases(2)), tmp_path)
    assert view.false_alarm_rate <= 0.01, view.wrong
    assert view.f1 >= 0.90, view.wrong
    kept = score_files((case for bank in EIGHTEENTH_KEPT for case in bank.cases(2)), tmp_path)
    assert kept.false_alarm_rate <= 0.05, kept.wrong
    assert kept.f1 >= 0.80, kept.wrong
    assert kept.agents >= 0.92 * kept.hits, kept.wrong


def test_the_banks_are_broad() -> None:
    loops = {**bank_tuning_loops.LOOPS.families, **bank_tuning_hard.LOOPS.families}
    fine = {**bank_tuning_fine.FINE.families, **bank_tuning_hard.FINE.families}
    assert len(loops) >= 30
    assert len(fine) >= 30
    held = {**bank_held_out.LOOPS.families, **bank_held_out_fine.FINE.families}
    assert not held.keys() & (loops.keys() | fine.keys())


def test_a_case_is_the_same_every_time() -> None:
    first = [case.script for case in bank_tuning_loops.LOOPS.cases(1)]
    assert first == [case.script for case in bank_tuning_loops.LOOPS.cases(1)]
