"""Programs as people post them, stuck and well, under `loupe run` and `loupe check`.

python benchmarks/diagnose_programs.py desk07.py [NAME...]
python benchmarks/diagnose_programs.py desk02.py --python V02/bin/python [NAME...]

Likewise yard_*.py, mill_*.py, quay07.py, pier07.py and barn_*.py, and with --python yard02.py,
mill02.py, quay02.py and barn02.py. A program that does not end is stopped after half a minute.
Right is a stuck program of which one of its families is told, and a healthy twin of which nothing
is (findings of severity "info" aside). With --keep the recordings are left in a folder, and what is
there already is judged again and not run. At the end: how often findings were right, by the word
that they bear, "info" included; those of another family than the ones that are named are left out.
"""

from __future__ import annotations

import argparse
import ast
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agentloupe.diagnose import Finding, check
from agentloupe.tracer import open_recording

PROGRAMS = Path(__file__).parents[1] / "fixtures" / "diagnose" / "programs"
STUCK = 30


def table(file: str, name: str) -> Any:
    """A table that a file of programs begins with; empty when it has none."""
    for node in ast.parse((PROGRAMS / file).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            try:
                return ast.literal_eval(node.value)
            except ValueError:  # made of the others: all of them
                return {*table(file, "WRONG"), *table(file, "FINE")}
    return ()


def told(file: str, name: str, python: str, keep: Path | None) -> Sequence[Finding]:
    """What is found in one program."""
    with tempfile.TemporaryDirectory() as folder:
        path = (keep or Path(folder)) / f"{Path(file).stem}.{name}.loupe"
        if not path.exists():
            run(path, [str(PROGRAMS / file), name], python)
        with open_recording(path) as recording:
            return check(recording).findings


def run(path: Path, program: list[str], python: str, stuck: float = STUCK) -> None:
    """Record a program, which is stopped when it does not end in so many seconds."""
    words = [sys.executable, "-m", "agentloupe.cli.main", "run", "--python", python]
    child = subprocess.Popen(
        [*words, "--out", str(path), "--", *program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(stuck)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--keep", type=Path, help="a folder where the recordings are left")
    given = parser.parse_args()
    file: str = given.file
    wrong, kept = table(file, "WRONG"), table(file, "KEPT")
    wrong = {f"stuck_{name.removeprefix('stuck_')}": families for name, families in wrong.items()}
    every = [name.replace("stuck", kind, 1) for name in wrong for kind in ("stuck", "well")]
    every += [f"well_{name}" for name in table(file, "FINE")]
    names: list[str] = given.names or every
    right = 0
    words: Counter[tuple[str, bool]] = Counter()
    print("| program | half | families | told | right |\n| --- | --- | --- | --- | --- |")
    with ThreadPoolExecutor(2) as pool:
        python: str = given.python
        found = pool.map(lambda name: told(file, name, python, given.keep), names)
        for name, findings in zip(names, found, strict=True):
            families = wrong.get(name, ())
            half = "kept" if name.partition("_")[2] in kept else "tuned"
            slugs = sorted({each.slug for each in findings if each.severity != "info"})
            shown = {slug.partition(".")[0] for slug in slugs}
            good = bool(shown & set(families)) if families else not slugs
            right += good
            words += Counter(judged(findings, families))
            row = (name, half, ", ".join(families) or "none", ", ".join(slugs) or "nothing")
            print(f"| {' | '.join(row)} | {'yes' if good else '**no**'} |", flush=True)
    print(f"\n{right} of {len(names)} right.\n")
    for word in ("certain", "likely", "possible"):
        both = words[word, True] + words[word, False]
        print(f"{word}: {words[word, True]} of {both} findings right")


def judged(findings: Sequence[Finding], families: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The word of each finding, and whether it is right."""
    for finding in findings:
        if not families or finding.slug.partition(".")[0] in families:
            yield finding.certainty, bool(families)


if __name__ == "__main__":
    main()
