"""How often findings are right, by the word that they bear: certain, likely, possible.

python benchmarks/calibration.py [SEEDS [--scripted]] > benchmarks/calibration.md

`--scripted` leaves out what has to run programs.

On a scripted loop a loop's finding is right when it does not come before the loop begins; on a
scripted run that is fine, any loop's finding is wrong. On a program or a rule's fixture that is
stuck, findings of the family that is named are right; on a healthy twin every finding is wrong.
What is not labelled there (another family beside the one that is named) is left out.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnose_programs import run

from agentloupe.diagnose import Finding, check
from agentloupe.tracer import open_recording
from tests.diagnose import (
    bank_held_out,
    bank_held_out_fine,
    bank_tuning_fine,
    bank_tuning_hard,
    bank_tuning_loops,
    otlp_judge,
)
from tests.diagnose.bank import Bank, Case
from tests.diagnose.judge import loops_of
from tests.diagnose.scripts import FIXTURES, START_NS, ScriptedRecording, load

PROGRAMS = FIXTURES / "programs"
STUCK = 12  # seconds after which a program that does not end is stopped
WORDS = ("certain", "likely", "possible")
SCRIPTED: dict[str, tuple[Bank, ...]] = {
    "scripted loops, tuned": (
        bank_tuning_loops.LOOPS,
        bank_tuning_hard.LOOPS,
        bank_tuning_fine.FINE,
        bank_tuning_hard.FINE,
        *otlp_judge.TUNING,
        *otlp_judge.FOURTH_TUNING,
        *otlp_judge.FIFTH_TUNING,
        *otlp_judge.SIXTH_TUNING,
    ),
    "scripted loops, kept": (
        bank_held_out.LOOPS,
        bank_held_out_fine.FINE,
        *otlp_judge.KEPT,
        *otlp_judge.FOURTH_KEPT,
        *otlp_judge.FIFTH_KEPT,
        *otlp_judge.SIXTH_KEPT,
        *otlp_judge.SEVENTH,
    ),
}
HEAD = """# Calibration

Made by `python benchmarks/calibration.py`. Of the findings that bear a word, how many are right.
What is meant: "certain" is a fact of the trace (99 % and more), "likely" a statistic (75 % and
more), "possible" a suggestion. Which banks were in view while the rules were made stands in
[diagnose_loops.md](diagnose_loops.md) and [diagnose_programs.md](diagnose_programs.md); fixtures
always were. Findings are counted, not runs; severity "info" counts like the others.

| bank | word | findings | right | share |
| --- | --- | --- | --- | --- |"""

Judged = Iterator[tuple[Finding, bool]]


def scripted(banks: Iterable[Bank], seeds: int, folder: Path) -> Judged:
    """Those of the third bank and of later ones are written and read as files."""
    for bank in banks:
        cases = list(bank.cases(seeds))
        as_files = not bank.name.startswith(("tuning", "held-out"))
        rows = otlp_judge.findings_of(cases, folder) if as_files else map(loops_of, cases)
        for case, found in zip(cases, rows, strict=True):
            yield from ((finding, _right(case, finding)) for finding in found)


def _right(case: Case, finding: Finding) -> bool:
    truth = case.truth
    return truth is not None and (finding.detected_at_step or 0) >= truth["onset"]


def fixtures() -> Judged:
    """What the rules' own examples show: of the rule that is named, and of look-alikes.

    Runs that are still going on are looked at soon after their last step.
    """
    sys.modules["agentloupe.diagnose.check"].now = lambda: START_NS + 3_000_000_000  # pyright: ignore[reportAttributeAccessIssue]  as in the tests
    for path in sorted(FIXTURES.glob("*.*/*.json")):
        script = load(path)
        report = check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]
        for finding in report.findings:
            if finding.slug == path.parent.name:
                yield finding, "expect" in script


def programs(kept: bool) -> Judged:
    """Programs of AutoGen 0.7 as people post them, run here."""
    wrong, names = _table("WRONG"), _table("KEPT")
    chosen = [
        (f"{kind}_{name.partition('_')[2]}", families)
        for name, families in wrong.items()
        if (name.partition("_")[2] in names) == kept
        for kind in ("stuck", "well")
    ]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda each: _run("desk07.py", each[0]), chosen)
        for (name, families), findings in zip(chosen, found, strict=True):
            yield from _labelled(name, families, findings)


def each_rule() -> Judged:
    """The programs of each rule, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, str(PROGRAMS / "each.py"), folder, "each07"]
        subprocess.run(words, capture_output=True, check=True, timeout=600)
        for path in sorted(Path(folder).glob("*_*.loupe")):
            kind, family, _ = path.stem.split("_", 2)
            name = "stuck" if kind == "wrong" else "well"
            yield from _labelled(f"{name}_", (family,), _findings(path))


def _labelled(name: str, families: Iterable[str], findings: Iterable[Finding]) -> Judged:
    for finding in findings:
        if name.startswith("well"):
            yield finding, False
        elif finding.slug.partition(".")[0] in families:
            yield finding, True


def _table(name: str) -> dict[str, tuple[str, ...]]:
    tree = ast.parse((PROGRAMS / "desk07.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


def _run(file: str, name: str) -> list[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.loupe"
        run(path, [str(PROGRAMS / file), name], sys.executable, STUCK)
        return _findings(path)


def _findings(path: Path) -> list[Finding]:
    with open_recording(path) as recording:
        return list(check(recording).findings)


def main(seeds: int, *, scripts_only: bool = False) -> None:
    total: Counter[tuple[str, bool]] = Counter()
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        sources: dict[str, Judged] = {
            name: scripted(banks, seeds, Path(folder)) for name, banks in SCRIPTED.items()
        }
        if not scripts_only:
            sources["a program for each rule"] = each_rule()
            sources["programs as posted, tuned"] = programs(kept=False)
            sources["programs as posted, kept"] = programs(kept=True)
        sources["rules' fixtures"] = fixtures()
        wrong: list[str] = []
        for name, judged in sources.items():
            counts: Counter[tuple[str, bool]] = Counter()
            for finding, right in judged:
                counts[finding.certainty, right] += 1
                if not right:
                    wrong.append(f"| {name} | {finding.code} | {finding.certainty} |")
            _rows(name, counts)
            total += counts
    _rows("**all**", total)
    print("\nWrong ones, by rule:\n\n| bank | rule | word | times |\n| --- | --- | --- | --- |")
    for row, times in sorted(Counter(wrong).items()):
        print(f"{row} {times} |")


def _rows(name: str, counts: Counter[tuple[str, bool]]) -> None:
    for word in WORDS:
        right, wrong = counts[word, True], counts[word, False]
        if right + wrong:
            share = right / (right + wrong)
            print(f"| {name} | {word} | {right + wrong} | {right} | {share:.1%} |", flush=True)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(*(given or [3]), scripts_only="--scripted" in sys.argv)
