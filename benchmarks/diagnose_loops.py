"""Precision and recall of the loop rules, by bank and family, with what others do beside them.

python benchmarks/diagnose_loops.py [SEEDS] > benchmarks/diagnose_loops.md
python benchmarks/diagnose_loops.py --left-out [SEEDS]

The second one tells what the rules come to on families and banks that had no part in choosing their
settings: for each, these are chosen anew by all the others.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnose_loops_text import HEAD

from agentloupe.diagnose import heeding, rows, talk
from tests.diagnose import (
    bank_held_out,
    bank_held_out_fine,
    bank_tuning_fine,
    bank_tuning_hard,
    bank_tuning_loops,
    otlp_judge,
)
from tests.diagnose.bank import Bank, Case
from tests.diagnose.baselines import BASELINES
from tests.diagnose.judge import Score, judge, loops_of

BANKS: dict[str, tuple[Bank, ...]] = {
    "tuning bank": (
        bank_tuning_loops.LOOPS,
        bank_tuning_hard.LOOPS,
        bank_tuning_fine.FINE,
        bank_tuning_hard.FINE,
    ),
    "held-out bank": (bank_held_out.LOOPS, bank_held_out_fine.FINE),
    "third bank, tuning half": otlp_judge.TUNING,
    "third bank, kept half": otlp_judge.KEPT,
    "fourth bank, tuning half": otlp_judge.FOURTH_TUNING,
    "fourth bank, kept half": otlp_judge.FOURTH_KEPT,
    "fifth bank, tuning half": otlp_judge.FIFTH_TUNING,
    "fifth bank, kept half": otlp_judge.FIFTH_KEPT,
    "sixth bank, tuning half": otlp_judge.SIXTH_TUNING,
    "sixth bank, kept half": otlp_judge.SIXTH_KEPT,
    "seventh bank": otlp_judge.SEVENTH,
    "eighth bank": otlp_judge.EIGHTH,
    "ninth bank, for tuning": otlp_judge.NINTH,
    "eleventh bank": otlp_judge.ELEVENTH,
    "thirteenth bank": otlp_judge.THIRTEENTH,
    "eighteenth bank, half in view": otlp_judge.EIGHTEENTH_VIEW,
    "eighteenth bank, kept half": otlp_judge.EIGHTEENTH_KEPT,
}
# judged as OTLP files
FILES = {name for name in BANKS if not name.startswith(("tuning", "held-out"))}


def main(seeds: int, folder: Path) -> None:
    print(HEAD)
    print("| bank | detector | P | R | F1 | false alarms | agents | onset | cycles |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    tables: list[str] = []
    for name, banks in BANKS.items():
        cases = [case for bank in banks for case in bank.cases(seeds)]
        families: dict[str, Score] = {}
        total = Score()
        rows = (
            otlp_judge.findings_of(cases, folder)
            if name in FILES
            else [loops_of(case) for case in cases]
        )
        for case, found in zip(cases, rows, strict=True):
            judge(total, case, found)
            judge(families.setdefault(case.family, Score()), case, found)
        print(_row(name, "**agentloupe**", total))
        for title, fires in BASELINES.items():
            print(_baseline(name, title, cases, fires))
        tables.append(_families(name, families))
    print("\n".join(tables))


def _row(bank: str, name: str, score: Score) -> str:
    found = max(1, score.hits)
    cycles = sorted(score.cycles or [0])[len(score.cycles) // 2]
    return (
        f"| {bank} ({score.hits + score.misses} loops, {score.alarms + score.clean} fine) | {name} "
        f"| {score.precision:.2f} | {score.recall:.2f} | {score.f1:.2f} "
        f"| {score.false_alarm_rate:.1%} | {score.agents / found:.2f} "
        f"| {score.onsets / found:.2f} | {cycles:.1f} |"
    )


def _baseline(bank: str, title: str, cases: Iterable[Case], fires) -> str:
    score = Score()
    for case in cases:
        at = fires(case.script)
        truth = case.truth
        if truth is None:
            score.alarms += at is not None
            score.clean += at is None
        elif at is None:
            score.misses += 1
        elif at < truth["onset"]:
            score.alarms += 1
            score.misses += 1
        else:
            score.hits += 1
    return (
        f"| {bank} | {title} | {score.precision:.2f} | {score.recall:.2f} | {score.f1:.2f} "
        f"| {score.false_alarm_rate:.1%} | | | |"
    )


def _families(name: str, families: dict[str, Score]) -> str:
    lines = [f"\n## {name}, by family\n", "| family | right | of |", "| --- | --- | --- |"]
    for family, score in families.items():
        right = score.hits + score.clean
        lines.append(f"| {family} | {right} | {right + score.misses + score.alarms} |")
    return "\n".join(lines)


#: The settings that decide when a cycle is called, each with its neighbours.
SETTINGS = [
    (talk, "FIRE", (3.0, 4.2)),
    (talk, "ROUNDS", (2.0, 3.0)),
    (rows, "DENSE", (0.6, 0.8)),
    (heeding, "VALUES", (1, 3)),
]
ALLOWED = 0.01  # false alarms of a setting on the families that choose it, if one keeps to that


def left_out(seeds: int, folder: Path) -> None:
    """Judge each family, and each bank, with the settings that all others would choose."""
    cases = {
        name: [case for b in banks for case in b.cases(seeds)] for name, banks in BANKS.items()
    }
    scores: dict[str, dict[tuple[str, str], Score]] = {}
    for title, set_ in _settings():
        with set_():
            scores[title] = {}
            for name, mine in cases.items():
                found = (
                    otlp_judge.findings_of(mine, folder)
                    if name in FILES
                    else [loops_of(case) for case in mine]
                )
                for case, findings in zip(mine, found, strict=True):
                    judge(scores[title].setdefault((name, case.family), Score()), case, findings)
    print("| left out | P | R | F1 | false alarms | chosen |")
    print("| --- | --- | --- | --- | --- | --- |")
    families = list(next(iter(scores.values())))
    _judged("each family", scores, [[family] for family in families])
    _judged("each bank", scores, [[f for f in families if f[0] == name] for name in BANKS])


def _judged(
    title: str,
    scores: dict[str, dict[tuple[str, str], Score]],
    groups: list[list[tuple[str, str]]],
) -> None:
    total = Score()
    chosen: dict[str, int] = {}
    for group in groups:
        best = max(scores, key=lambda name: _worth(scores[name], set(group)))
        chosen[best] = chosen.get(best, 0) + 1
        for family in group:
            _add(total, scores[best][family])
    picked = ", ".join(f"{name}: {count}" for name, count in chosen.items())
    print(
        f"| {title} | {total.precision:.3f} | {total.recall:.3f} | {total.f1:.3f} "
        f"| {total.false_alarm_rate:.1%} | {picked} |"
    )


def _worth(families: dict[tuple[str, str], Score], without: set[tuple[str, str]]) -> float:
    total = Score()
    for family, score in families.items():
        if family not in without:
            _add(total, score)
    return total.f1 - max(0.0, total.false_alarm_rate - ALLOWED) * 10


def _add(total: Score, score: Score) -> None:
    total.hits += score.hits
    total.misses += score.misses
    total.alarms += score.alarms
    total.clean += score.clean


def _settings() -> Iterator[tuple[str, Callable[[], AbstractContextManager[None]]]]:
    """What is set now, and each setting moved to a neighbour."""
    yield "as they are", lambda: _with(talk, "FIRE", talk.FIRE)
    for module, name, values in SETTINGS:
        for value in values:
            yield f"{name} {value}", lambda m=module, n=name, v=value: _with(m, n, v)


@contextmanager
def _with(module: ModuleType, name: str, value: float) -> Generator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    run = left_out if "--left-out" in sys.argv else main
    with tempfile.TemporaryDirectory() as temporary:
        run(numbers[0] if numbers else 10, Path(temporary))
