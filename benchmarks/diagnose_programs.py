"""Programs as people post them, stuck and well, under `loupe run` and `loupe check`.

python benchmarks/diagnose_programs.py desk07.py [NAME...]
python benchmarks/diagnose_programs.py desk02.py --python V02/bin/python [NAME...]

Likewise yard_*.py, mill_*.py, quay07.py and pier07.py, and with --python yard02.py, mill02.py and
quay02.py. A program that does not end is stopped after half a minute. Right is a stuck program of
which one of its families is told, and a healthy twin of which nothing is (findings of severity
"info" aside).
"""

from __future__ import annotations

import argparse
import ast
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agentloupe.diagnose import check
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


def told(file: str, name: str, python: str) -> list[str]:
    """The slugs of what is found in one program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.loupe"
        words = [sys.executable, "-m", "agentloupe.cli.main", "run", "--python", python]
        child = subprocess.Popen(
            [*words, "--out", str(path), "--", str(PROGRAMS / file), name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            child.wait(STUCK)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(60)
        with open_recording(path) as recording:
            findings = check(recording).findings
    return sorted({finding.slug for finding in findings if finding.severity != "info"})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    file: str = given.file
    wrong, kept = table(file, "WRONG"), table(file, "KEPT")
    wrong = {f"stuck_{name.removeprefix('stuck_')}": families for name, families in wrong.items()}
    every = [name.replace("stuck", kind, 1) for name in wrong for kind in ("stuck", "well")]
    every += [f"well_{name}" for name in table(file, "FINE")]
    names: list[str] = given.names or every
    right = 0
    print("| program | half | families | told | right |\n| --- | --- | --- | --- | --- |")
    with ThreadPoolExecutor(2) as pool:
        python: str = given.python
        found = pool.map(told, [file] * len(names), names, [python] * len(names))
        for name, slugs in zip(names, found, strict=True):
            families = wrong.get(name, ())
            half = "kept" if name.partition("_")[2] in kept else "tuned"
            shown = {slug.partition(".")[0] for slug in slugs}
            good = bool(shown & set(families)) if families else not slugs
            right += good
            row = (name, half, ", ".join(families) or "none", ", ".join(slugs) or "nothing")
            print(f"| {' | '.join(row)} | {'yes' if good else '**no**'} |", flush=True)
    print(f"\n{right} of {len(names)} right.")


if __name__ == "__main__":
    main()
