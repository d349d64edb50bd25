"""Precision, recall and culprits of the leak rules on the programs of `leak_programs/`.

    python benchmarks/leaks.py [--bank tuned,held,apps,offices] [--iterations 500] [--only KIND]
    python benchmarks/leaks.py --fork --clean 6 --iterations 250 --at-most 1 --json clean.json

Each program runs once under `loupe run --ci` and is judged by `loupe check --select leak`; with
`--fork` in a fork of a process that has imported the frameworks (`leak_server.py`), at a third of
the cost. Clean programs can be run several times (`--clean 6`), for the rate of false alarms. With
`--json FILE` what was judged is kept there, and what stands there already is not run again. Peers,
judged in the same recordings: resident memory that ends over 1 MB above where the last three fifths
began (what naive tests do), and psleak's rule on allocated blocks (growth a message that does not
fade).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import queue
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from agentloupe.tracer import open_recording

PROGRAMS = Path(__file__).parent / "leak_programs"


class Job(NamedTuple):
    bank: str
    kind: str
    culprit: str | None  # None: clean
    round: int = 0


@dataclass
class Judged:
    bank: str
    kind: str
    culprit: str | None
    round: int
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


COMPARABLE = {  # as `loupe run --ci` has it
    "PYTHONHASHSEED": "0",
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}


class Plain:
    """Each program in a process of its own, as a user would run it."""

    def run(self, path: Path, temporary: Path, program: list[str]) -> str:
        loupe = [sys.executable, "-m", "agentloupe.cli.main"]
        ran = subprocess.run(
            [*loupe, "run", "--ci", "--out", str(path), *program],
            env={**os.environ, "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            print(ran.stderr[-2000:], file=sys.stderr)
        check = [*loupe, "check", "--select", "leak", "--format", "json", str(path)]
        return subprocess.run(check, capture_output=True, text=True, check=False).stdout


class Forked:
    """Each program in a fork of a process that has imported what it needs."""

    def __init__(self) -> None:
        server = [sys.executable, str(Path(__file__).parent / "leak_server.py")]
        self._server = subprocess.Popen(
            server,
            env={**os.environ, **COMPARABLE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, path: Path, temporary: Path, program: list[str]) -> str:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        report = path.with_suffix(".json")
        job = {"path": path, "temporary": temporary, "report": report, "argv": program}
        print(json.dumps(job, default=str), file=self._server.stdin, flush=True)
        self._server.stdout.readline()
        return report.read_text() if report.exists() else ""


def run(way: Plain | Forked, job: Job, iterations: int, folder: Path) -> Judged:
    path = folder / "r.loupe"
    temporary = folder / "tmp"
    temporary.mkdir()
    program = [str(PROGRAMS / f"{job.bank}.py"), job.kind, str(iterations)]
    report = json.loads(way.run(path, temporary, program) or "{}")
    runs = report.get("runs", [])
    findings = [finding for each in runs for finding in each["findings"]]
    verdicts = {each["verdict"] for each in runs}
    verdict = next((v for v in ("findings", "error", "inconclusive") if v in verdicts), "ok")
    verdict = verdict if runs else "failed"
    first = next((f for f in findings if f["code"] == "LEAK001"), findings[0] if findings else {})
    facts = first.get("evidence", {}).get("facts", {})
    with open_recording(path) as recording:
        samples = [each for each in recording.samples() if each.collected]
    rss = [each.rss for each in samples]
    tail = rss[len(rss) * 2 // 5 :]
    return Judged(
        bank=job.bank,
        kind=job.kind,
        culprit=job.culprit,
        round=job.round,
        verdict=verdict,
        counter=facts.get("counter", ""),
        named=(first.get("agents") or [""])[0],
        held_by=(facts.get("retention") or [""])[0],
        rss_flags=bool(tail) and tail[-1] - tail[0] > 1 << 20,
        fading_flags=_fading([(each.messages, each.blocks or 0) for each in samples]),
    )


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
    parser.add_argument("--bank", default="tuned,held,apps,offices,trades")
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--only", default="")
    parser.add_argument("--clean", type=int, default=0, help="only clean programs, so many times")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--at-most", type=int, help="false alarms, else the exit code is 1")
    chosen = parser.parse_args()
    work: list[Job] = []
    for name in chosen.bank.split(","):
        bank = bank_of(name)
        if not chosen.clean:
            work += [Job(name, kind, culprit) for kind, (_, culprit) in bank.LEAKING.items()]
        work += [
            Job(name, kind, None, n) for n in range(max(1, chosen.clean)) for kind in bank.CLEAN
        ]
    work.sort(key=lambda job: (job.culprit is None, job.round))
    judged: list[Judged] = []
    if chosen.json and chosen.json.exists():
        judged = [Judged(**each) for each in json.loads(chosen.json.read_text())]
    done = {(each.bank, each.kind, each.round) for each in judged}
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in work:
        if chosen.only in job.kind and (job.bank, job.kind, job.round) not in done:
            todo.put(job)

    def worker() -> None:
        way = Forked() if chosen.fork else Plain()
        with contextlib.suppress(queue.Empty):
            while True:
                job = todo.get_nowait()
                with tempfile.TemporaryDirectory(prefix="leaks-") as folder:
                    result = run(way, job, chosen.iterations, Path(folder))
                judged.append(result)
                print("|".join(map(str, asdict(result).values())), file=sys.stderr, flush=True)
                if chosen.json:
                    kept = json.dumps([asdict(each) for each in judged], indent=1)
                    chosen.json.write_text(kept + "\n")

    with ThreadPoolExecutor(chosen.jobs) as pool:
        for each in [pool.submit(worker) for _ in range(chosen.jobs)]:
            each.result()
    order = {job[:2]: place for place, job in enumerate(work)}
    judged.sort(key=lambda each: order.get((each.bank, each.kind), 0))
    print(table(judged))
    alarms = sum(each.flagged for each in judged if each.culprit is None)
    failed = [each.kind for each in judged if each.verdict in ("failed", "error")]
    if failed or (chosen.at_most is not None and alarms > chosen.at_most):
        sys.exit(f"{alarms} false alarms in {len(judged)} runs; failed: {failed}")


if __name__ == "__main__":
    main()
