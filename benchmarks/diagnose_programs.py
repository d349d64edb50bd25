"""Programs as people post them, stuck and well, under `loupe run` and `loupe check`.

python benchmarks/diagnose_programs.py desk07.py [NAME...]
python benchmarks/diagnose_programs.py desk02.py --python V02/bin/python [NAME...]

A program that does not end is stopped after twelve seconds. Right is a stuck program of which one
of its families is told, and a healthy twin of which nothing is (findings of severity "info" aside).
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

from agentloupe.diagnose import check
from agentloupe.tracer import open_recording

PROGRAMS = Path(__file__).parents[1] / "fixtures" / "diagnose" / "programs"
STUCK = 12


def table(file: str, name: str) -> dict[str, tuple[str, ...]]:
    """A table that a file of programs begins with."""
    for node in ast.parse((PROGRAMS / file).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


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
    wrong, kept = table(given.file, "WRONG"), table(given.file, "KEPT")
    every = [f"{kind}_{name.partition('_')[2]}" for name in wrong for kind in ("stuck", "well")]
    names = given.names or every
    right = 0
    print("| program | half | families | told | right |\n| --- | --- | --- | --- | --- |")
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda name: told(given.file, name, given.python), names)
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
