"""Run AutoGen's own runtime tests on AutoGen's runtime and on ours.

    python tests/upstream/run.py [SUBJECT...] [--cache DIR]

The tests are taken from the source distributions of autogen-core and autogen-agentchat when they
are run; nothing of them is kept in this repository. Exits with 1 if a count is not the expected
one: 246 tests collected, and all of them passed but those that a subject names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from agentloupe.tracer import open_recording

HERE = Path(__file__).resolve().parent
COLLECTED = 246

# The distributions, and the files of each that name a runtime.
FILES = {
    "autogen_core-0.7.5": (
        "test_cancellation",
        "test_closure_agent",
        "test_intervention",
        "test_routed_agent",
        "test_runtime",
        "test_state",
        "test_subscription",
        "test_tool_agent",
    ),
    "autogen_agentchat-0.7.5": (
        "test_group_chat",
        "test_group_chat_graph",
        "test_group_chat_nested",
        "test_group_chat_pause_resume",
        "test_magentic_one_group_chat",
        "test_sequential_routed_agent",
        "test_society_of_mind_agent",
    ),
}
# Pins the names of upstream's spans, which only `loupe run` reproduces for the program's exporters.
SPAN_NAMES = "tests/test_runtime.py::test_register_receives_publish"
# Expects that an agent that cannot be made is logged and forgotten. By default we raise it.
CONSTRUCTION = "tests/test_runtime.py::test_register_receives_publish_with_construction"


@dataclass(frozen=True, slots=True)
class Subject:
    """A runtime under test; `deselected` are the tests it may not be asked to pass."""

    name: str
    what: str
    runtime: str = ""
    compat: str = ""
    deselected: tuple[str, ...] = ()
    under_loupe: bool = False


OURS = "agentloupe.runtime:TracedRuntime"
SUBJECTS = (
    Subject("upstream", "AutoGen's runtime"),
    Subject("loupe", "the program under `loupe run`", under_loupe=True),
    Subject("compat", "TracedRuntime(compat='autogen')", OURS, "autogen", (SPAN_NAMES,)),
    Subject("default", "TracedRuntime()", OURS, "", (SPAN_NAMES, CONSTRUCTION)),
)


@dataclass(slots=True)
class Tally:
    collected: int = 0
    deselected: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def count(self, outcome: str) -> int:
        return sum(1 for each in self.outcomes.values() if each == outcome)

    def add(self, ledger: dict[str, object]) -> None:
        other = Tally(**ledger)  # type: ignore[arg-type]
        self.collected += other.collected
        self.deselected += other.deselected
        self.outcomes |= other.outcomes


def fetch(cache: Path) -> None:
    """Brings the source distributions into `cache`, unpacked; hashes are checked by pip."""
    if all((cache / name / "tests").is_dir() for name in FILES):
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-binary", "autogen-core,autogen-agentchat", "--dest", str(cache)]
    subprocess.run([*command, "-r", str(HERE / "requirements.txt")], check=True)
    for name in FILES:
        with tarfile.open(cache / f"{name}.tar.gz") as archive:
            archive.extractall(cache, filter="data")


def environment(subject: Subject, ledger: Path) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AGENTLOUPE_", "OTEL_"))}
    # Some of the tests construct a model client, which wants a key; none of them uses it.
    env["OPENAI_API_KEY"] = "none"
    env["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE / "support")])
    env["UPSTREAM_RUNTIME"] = subject.runtime
    env["UPSTREAM_COMPAT"] = subject.compat
    env["UPSTREAM_DESELECT"] = " ".join(subject.deselected)
    env["UPSTREAM_LEDGER"] = str(ledger)
    return env


def run_distribution(subject: Subject, folder: Path, verbose: bool) -> dict[str, object]:
    """The outcomes of one distribution's tests, in a process of their own."""
    with tempfile.TemporaryDirectory(prefix="agentloupe-upstream-") as scratch:
        ledger = Path(scratch) / "ledger.json"
        recording = Path(scratch) / "tests.loupe"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "swap", "-p", "no:cacheprovider"]
        if subject.under_loupe:
            loupe = str(Path(sys.executable).with_name("loupe"))
            command[:1] = [loupe, "run", "--out", str(recording), "--"]
        command += ["--rootdir", str(folder), "--timeout=60", "--tb=short"]
        command += [f"tests/{name}.py" for name in FILES[folder.name]]
        env = environment(subject, ledger)
        env["AGENTLOUPE_DIR"] = scratch
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        if verbose or not ledger.exists():
            print(done.stdout[-20_000:], done.stderr[-5_000:], sep="\n")
        if not ledger.exists():
            raise SystemExit(f"pytest ended with {done.returncode} before it ran {folder.name}")
        if subject.under_loupe and not steps_in(recording):
            raise SystemExit(f"`loupe run` recorded no step of {folder.name}: {done.stderr}")
        return json.loads(ledger.read_text(encoding="utf-8"))


def steps_in(recording: Path) -> int:
    """Tells a program that ran on our runtime from one that ran past it."""
    with open_recording(recording) as opened:
        return sum(run.steps for run in opened.runs)


def run_subject(subject: Subject, cache: Path, verbose: bool) -> Tally:
    tally, started = Tally(), time.monotonic()
    for name in FILES:
        tally.add(run_distribution(subject, cache / name, verbose))
    tally.seconds = time.monotonic() - started
    return tally


def problems(subject: Subject, tally: Tally) -> list[str]:
    """What is wrong with the counts, in words; empty when all is as it must be."""
    found = [f"{each}: {test}" for test, each in tally.outcomes.items() if each != "passed"]
    if tally.collected != COLLECTED:
        found.append(f"collected {tally.collected}, expected {COLLECTED}")
    if sorted(tally.deselected) != sorted(subject.deselected):
        found.append(f"deselected {tally.deselected}, expected {list(subject.deselected)}")
    if len(tally.outcomes) != COLLECTED - len(subject.deselected):
        found.append(f"{len(tally.outcomes)} tests ran")
    return found


def report(subject: Subject, tally: Tally) -> bool:
    counts = f"{tally.collected} collected, {tally.count('passed')} passed"
    counts += f", {tally.count('failed')} failed, {tally.count('skipped')} skipped"
    counts += f", {len(tally.deselected)} deselected, {tally.seconds:.0f} s"
    print(f"{subject.name:8} {subject.what:32} {counts}")
    found = problems(subject, tally)
    for line in found:
        print(f"         {line}")
    return not found


def default_cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "agentloupe" / "upstream"


def main() -> int:
    names = [subject.name for subject in SUBJECTS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("subject", nargs="*", choices=[*names, []], help=", ".join(names))
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--verbose", action="store_true", help="show pytest's own output")
    options = parser.parse_args()
    cache = options.cache.resolve()
    fetch(cache)
    chosen = [each for each in SUBJECTS if not options.subject or each.name in options.subject]
    with ThreadPoolExecutor(2) as pool:
        tallies = pool.map(lambda each: run_subject(each, cache, options.verbose), chosen)
        fine = [report(*each) for each in zip(chosen, tallies, strict=True)]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())
