"""Precision, recall and culprits of the leak rules on the programs of `leak_programs/`.

    python benchmarks/leaks.py [--bank tuned,held,apps] [--iterations 500] [--only KIND]

Each program runs once under `loupe run --ci` and is judged by `loupe check --select leak`. Clean
programs can be run several times (`--clean 7`), for the rate of false alarms. Peers, judged in the
same recordings: resident memory that ends over 1 MB above where the last three fifths began (what
naive tests do), and psleak's rule on allocated blocks (growth a message that does not fade).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from agentloupe.tracer import open_recording

PROGRAMS = Path(__file__).parent / "leak_programs"


@dataclass
class Judged:
    bank: str
    kind: str
    culprit: str | None  # None: clean
    verdict: str
    counter: str
    named: str
    held_by: str
    rss_flags: bool
    fading_flags: bool

    @property
    def flagged(self) -> bool:
        return self.verdict == "findings"

    @property
    def right(self) -> bool:
        return self.culprit == "" or self.named in (self.culprit or "").split()


def bank_of(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROGRAMS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(bank: str, kind: str, culprit: str | None, iterations: int, folder: Path) -> Judged:
    path = folder / "r.loupe"
    temporary = folder / "tmp"
    temporary.mkdir()
    loupe = [sys.executable, "-m", "agentloupe.cli.main"]
    program = [str(PROGRAMS / f"{bank}.py"), kind, str(iterations)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    ran = subprocess.run(
        [*loupe, "run", "--ci", "--out", str(path), *program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        print(ran.stderr[-2000:], file=sys.stderr)
    check = [*loupe, "check", "--select", "leak", "--format", "json", str(path)]
    report = json.loads(
        subprocess.run(check, capture_output=True, text=True, check=False).stdout or "{}"
    )
    runs = report.get("runs", [])
    findings = [finding for each in runs for finding in each["findings"]]
    verdicts = {each["verdict"] for each in runs}
    verdict = next((v for v in ("findings", "error", "inconclusive") if v in verdicts), "ok")
    first = next((f for f in findings if f["code"] == "LEAK001"), findings[0] if findings else {})
    facts = first.get("evidence", {}).get("facts", {})
    with open_recording(path) as recording:
        samples = [each for each in recording.samples() if each.collected]
    rss = [each.rss for each in samples]
    tail = rss[len(rss) * 2 // 5 :]
    judged = Judged(
        bank=bank,
        kind=kind,
        culprit=culprit,
        verdict=verdict,
        counter=facts.get("counter", ""),
        named=(first.get("agents") or [""])[0],
        held_by=(facts.get("retention") or [""])[0],
        rss_flags=bool(tail) and tail[-1] - tail[0] > 1 << 20,
        fading_flags=_fading([(each.messages, each.blocks or 0) for each in samples]),
    )
    shutil.rmtree(folder, ignore_errors=True)
    return judged


def _fading(points: list[tuple[int, int]]) -> bool:
    """psleak's manner: growth a message, in quarters of the tail, that does not fade."""
    tail = points[len(points) * 2 // 5 :]
    if len(tail) < 8:
        return False
    cuts = [tail[len(tail) * part // 4] for part in range(4)] + [tail[-1]]
    rates = [(b[1] - a[1]) / max(1, b[0] - a[0]) for a, b in pairwise(cuts)]
    fades = sum(after < 0.8 * before for before, after in pairwise(rates))
    return min(rates) > 0.3 and fades < 2


def table(judged: list[Judged]) -> str:
    lines = [
        "| bank | detector | recall | precision | false alarms | culprit first |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for bank in dict.fromkeys(each.bank for each in judged):
        of = [each for each in judged if each.bank == bank]
        for name, flags in (
            ("agentloupe", lambda each: each.flagged),
            ("resident memory + 1 MB", lambda each: each.rss_flags),
            ("blocks, growth that does not fade", lambda each: each.fading_flags),
        ):
            leaking = [each for each in of if each.culprit is not None]
            clean = [each for each in of if each.culprit is None]
            found = [each for each in leaking if flags(each)]
            alarms = [each for each in clean if flags(each)]
            right = sum(each.right for each in found)
            precision = len(found) / max(1, len(found) + len(alarms))
            culprit = f"{right} of {len(found)}" if name == "agentloupe" else "-"
            lines.append(
                f"| {bank} | {name} | {len(found) / max(1, len(leaking)):.2f} ({len(found)} of "
                f"{len(leaking)}) | {precision:.2f} | {len(alarms)} of {len(clean)} | {culprit} |"
            )
    lines += ["", "| bank | kind | verdict | counter | named | held by |", "|" + " --- |" * 6]
    for each in judged:
        mark = "" if each.culprit is None else ("" if each.right else " (wrong)")
        lines.append(
            f"| {each.bank} | {each.kind}{' (clean)' if each.culprit is None else ''} | "
            f"{each.verdict} | {each.counter} | {each.named}{mark} | {each.held_by} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bank", default="tuned,held,apps")
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--only", default="")
    parser.add_argument("--clean", type=int, default=0, help="only clean programs, so many times")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    work: list[tuple[str, str, str | None]] = []
    for name in chosen.bank.split(","):
        bank = bank_of(name)
        if not chosen.clean:
            work += [(name, kind, culprit) for kind, (_, culprit) in bank.LEAKING.items()]
        work += [(name, kind, None) for kind in bank.CLEAN] * max(1, chosen.clean)
    work = [each for each in work if chosen.only in each[1]]

    def one(each: tuple[str, str, str | None]) -> Judged:
        result = run(*each, chosen.iterations, Path(tempfile.mkdtemp(prefix="leaks-")))
        print("|".join(map(str, asdict(result).values())), file=sys.stderr, flush=True)
        return result

    with ThreadPoolExecutor(chosen.jobs) as pool:
        judged = list(pool.map(one, work))
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(each) for each in judged], indent=1))
    print(table(judged))


if __name__ == "__main__":
    main()
