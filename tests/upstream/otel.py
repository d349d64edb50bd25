"""Run the OpenTelemetry SDK's own trace tests on its provider, on ours, and while recorded.

    python tests/upstream/otel.py [SUBJECT...] [--cache DIR]

The tests and the sources they belong to are taken from the source distributions when they are run;
nothing of them is kept in this repository. Exits with 1 if a count is not the expected one: all
tests collected, and passed but those that a subject names with a reason.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from agentloupe.tracer import open_recording

HERE = Path(__file__).resolve().parent
COLLECTED = 276
SPANS = 180  # started by the tests, at least: fewer, and they ran past what is tested
SDK = "opentelemetry_sdk-1.45.2"
SOURCES = (
    SDK,
    "opentelemetry_api-1.45.2",
    "opentelemetry_semantic_conventions-0.66b2",
    "opentelemetry_test_utils-0.66b2",
)
PACKAGES = "opentelemetry-sdk,opentelemetry-api,opentelemetry-semantic-conventions"


@dataclass(frozen=True, slots=True)
class Subject:
    """What makes the spans; `deselected` are tests it may not be asked to pass, and why."""

    name: str
    what: str
    light: bool = False
    under_loupe: bool = False
    deselected: Mapping[str, str] = field(default_factory=dict)


DISABLED = {
    "tests/trace/test_trace.py::TestTracer::test_start_span_returns_invalid_span_if_not_enabled": (
        "a disabled tracer's span takes what it is told while it is recorded; no exporter gets it"
    )
}
SUBJECTS = (
    Subject("sdk", "the SDK's provider"),
    Subject("light", "our provider", light=True),
    Subject(
        "recorded",
        "our provider under `loupe run`",
        light=True,
        under_loupe=True,
        deselected=DISABLED,
    ),
    Subject(
        "joined", "the SDK's provider under `loupe run`", under_loupe=True, deselected=DISABLED
    ),
)


def fetch(cache: Path) -> None:
    """Brings the source distributions into `cache`, unpacked; hashes are checked by pip."""
    if all((cache / name / "src").is_dir() for name in SOURCES):
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-binary", f"{PACKAGES},opentelemetry-test-utils", "--dest", str(cache)]
    subprocess.run([*command, "-r", str(HERE / "requirements-otel.txt")], check=True)
    for name in SOURCES:
        with tarfile.open(cache / f"{name}.tar.gz") as archive:
            archive.extractall(cache, filter="data")


def environment(cache: Path, scratch: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AGENTLOUPE_", "OTEL_"))}
    paths = [str(cache / name / "src") for name in SOURCES]
    env["PYTHONPATH"] = os.pathsep.join([*paths, str(HERE)])
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    env["AGENTLOUPE_DIR"] = scratch
    return env


def run_subject(subject: Subject, cache: Path, verbose: bool) -> tuple[str, list[str]]:
    """The counts in words, and what is wrong with them."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="agentloupe-otel-") as scratch:
        results, spans = Path(scratch) / "results.xml", Path(scratch) / "spans"
        recording = Path(scratch) / "tests.loupe"
        command = [sys.executable]
        if subject.under_loupe:
            command = [str(Path(sys.executable).with_name("loupe")), "run"]
            command += ["--out", str(recording), "--"]
        command += ["-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider"]
        command += ["--rootdir", str(cache / SDK), f"--junitxml={results}", "tests/trace"]
        command += [f"--deselect={test}" for test in subject.deselected]
        command += ["-p", "light", f"--started={spans}"] + ["--light"] * subject.light
        done = subprocess.run(
            command,
            cwd=cache / SDK,
            env=environment(cache, scratch),
            capture_output=True,
            text=True,
        )
        if verbose or not results.exists():
            print(done.stdout[-20_000:], done.stderr[-5_000:], sep="\n")
        if not results.exists():
            raise SystemExit(f"pytest ended with {done.returncode} before it ran the tests")
        outcomes, found = outcomes_in(results)
        found += problems(subject, outcomes, spans, recording)
    passed = sum(1 for each in outcomes.values() if each == "passed")
    counts = f"{len(outcomes)} ran, {passed} passed, {len(subject.deselected)} deselected"
    return f"{counts}, {time.monotonic() - started:.0f} s", found


def outcomes_in(results: Path) -> tuple[dict[str, str], list[str]]:
    """By test; subtests are told as cases of their own in some versions of pytest, by one name."""
    outcomes: dict[str, str] = {}
    found: list[str] = []
    for case in ET.parse(results).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        bad = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        outcomes[name] = bad[0] if bad else outcomes.get(name, "passed")
        found += [f"{each}: {name}" for each in bad]
    return outcomes, found


def problems(subject: Subject, outcomes: dict[str, str], spans: Path, recording: Path) -> list[str]:
    found: list[str] = []
    if len(outcomes) != COLLECTED - len(subject.deselected):
        found.append(f"{len(outcomes)} tests ran, of {COLLECTED} - {len(subject.deselected)}")
    started = int(spans.read_text(encoding="utf-8"))
    if started < SPANS:
        found.append(f"{started} spans were started by the provider under test")
    if subject.under_loupe:
        with open_recording(recording) as opened:
            recorded = sum(run.spans for run in opened.runs)
        if recorded < SPANS:
            found.append(f"{recorded} spans recorded")
    return found


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
    cache: Path = options.cache.resolve()
    fetch(cache)
    chosen = [each for each in SUBJECTS if not options.subject or each.name in options.subject]
    fine = True
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda each: run_subject(each, cache, options.verbose), chosen)
        for subject, (counts, found) in zip(chosen, results, strict=True):
            print(f"{subject.name:9} {subject.what:38} {counts}")
            for test, reason in subject.deselected.items():
                print(f"          without {test}: {reason}")
            for line in found:
                print(f"          {line}")
            fine = fine and not found
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
