"""Run the agent frameworks' own tests with and without us, and compare what passes.

    python tests/upstream/frameworks.py [agentchat] [v0.2] [--full] [--cache DIR] [--git-dir DIR]

`agentchat` is AutoGen's AgentChat 0.7.5 from its source distribution, `v0.2` is pyautogen 0.2.35
in an environment of its own, its tests from the tag v0.2.35 of microsoft/autogen (a clone, or
`--git-dir`, or AUTOGEN_GIT_DIR; where neither can be had, the few that are in its source
distribution). Nothing of them is kept in this repository. Exits with 1 if a test passes without
us and not with us, or fewer passed without us than expected. `--full` adds the slow files.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from run import default_cache, fetch

from agentloupe.tracer import open_recording

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TAG = "v0.2.35"
UPSTREAM = "https://github.com/microsoft/autogen"
PYAUTOGEN = "pyautogen==0.2.35"
#: Beside the framework: what runs its tests, and what we need while a program is recorded.
TOOLS = ("pytest>=8,<9", "pytest-asyncio<1", "pytest-timeout", "setuptools>=77")
OURS = ("click", "msgspec", "opentelemetry-sdk", "psutil>=7.2", "wrapt")
OUTCOMES = ("failure", "error", "skipped")


@dataclass(frozen=True, slots=True)
class Suite:
    """A framework's tests: where, on which Python, which, and how many pass by themselves."""

    python: Path
    folder: Path
    tests: list[str]
    options: list[str]
    passes: int
    steps: int  # recorded while they run, at least: fewer, and we did not look
    alone: bool = False  # two runs would meet: v0.2 writes code into its own package


def agentchat(cache: Path, *, full: bool, git_dir: str | None) -> Suite:
    fetch(cache)
    folder = cache / "autogen_agentchat-0.7.5"
    # run.py runs these under `loupe run` as well, for their order and results.
    known = {"group_chat", "group_chat_graph", "group_chat_nested", "magentic_one_group_chat"}
    tests = [f"tests/{path.name}" for path in sorted((folder / "tests").glob("test_*.py"))]
    if not full:
        tests = [each for each in tests if each[11:-3] not in known]
    options = ["-c", str(folder / "pyproject.toml"), "-o", "addopts=", "--rootdir", str(folder)]
    return Suite(Path(sys.executable), folder, tests, options, 285 if full else 95, 400)


def classic(cache: Path, *, full: bool, git_dir: str | None) -> Suite:
    python = _environment(cache / "v0.2-venv")
    options = ["--skip-openai", "--skip-docker", "--skip-redis", "-o", "asyncio_mode=strict"]
    folder = _checkout(cache / TAG, git_dir)
    if folder is None:
        folder = _distribution(cache, python)
        # its pyproject.toml asks for coverage, which nobody here needs
        return Suite(python, folder, ["test/test_graph_utils.py"], ["-o", "addopts="], 1, 0)
    tests = ["agentchat", "oai", "cache", "io", "coding", "test_function_utils.py"]
    tests += ["test_graph_utils.py", "test_pydantic.py", "test_logging.py"]
    if full:
        tests.append("test_code_utils.py")
    else:
        options += ["--ignore", "test/coding/test_commandline_code_executor.py"]
    return Suite(python, folder, [f"test/{each}" for each in tests], options, 250, 300, alone=True)


SUITES: dict[str, Callable[..., Suite]] = {"agentchat": agentchat, "v0.2": classic}


def _environment(folder: Path) -> Path:
    """A virtual environment with pyautogen and us, made once; we are installed each time."""
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        _pip(python, PYAUTOGEN, *TOOLS, *OURS)
        (folder / ".complete").touch()
    _pip(python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    return python


def _pip(python: Path, *words: str) -> None:
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *words], check=True)


def _checkout(folder: Path, git_dir: str | None) -> Path | None:
    """The tests of the tag, None where they cannot be had."""
    if (folder / "test").is_dir():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if git_dir is None:
        git_dir = str(folder / "clone")
        clone = ["git", "clone", "--quiet", "--bare", "--depth", "1", "--branch", TAG]
        done = subprocess.run([*clone, UPSTREAM, git_dir], capture_output=True, check=False)
        if done.returncode:
            return None
    archive = folder / "test.tar"
    command = ["git", f"--git-dir={git_dir}", "archive", f"--output={archive}", TAG, "test"]
    subprocess.run(command, check=True)
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    return folder


def _distribution(cache: Path, python: Path) -> Path:
    folder = cache / "pyautogen-0.2.35"
    if not folder.is_dir():
        command = [str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
        command += [":all:", "--no-build-isolation", PYAUTOGEN, "--dest", str(cache)]
        subprocess.run(command, check=True)
        with tarfile.open(cache / "pyautogen-0.2.35.tar.gz") as members:
            members.extractall(cache, filter="data")
    return folder


def outcomes(suite: Suite, scratch: Path, recording: Path | None) -> dict[str, str]:
    """What became of each test, by name."""
    report = scratch / f"{'plain' if recording is None else 'recorded'}.xml"
    command = [str(suite.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    command += ["--timeout=60", "--continue-on-collection-errors", f"--junitxml={report}"]
    if recording is not None:
        loupe = [str(suite.python), "-m", "agentloupe.cli.main", "run", "--out", str(recording)]
        command[:1] = [*loupe, "--"]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AGENTLOUPE_", "OTEL_"))}
    env |= {"OPENAI_API_KEY": "none", "AGENTLOUPE_DIR": str(scratch)}
    env["PYTHONPATH"] = str(HERE / "support")
    # Each run has a copy: some tests write beside themselves.
    place = scratch / report.stem
    shutil.copytree(suite.folder, place, ignore=shutil.ignore_patterns("clone", "*.tar"))
    options = [each.replace(str(suite.folder), str(place)) for each in suite.options]
    done = subprocess.run(
        [*command, *suite.tests, *options], cwd=place, env=env, capture_output=True, text=True
    )
    if not report.exists():
        raise SystemExit(f"pytest ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr}")
    found: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        found[name] = next((each.tag for each in case if each.tag in OUTCOMES), "passed")
    return found


def compare(name: str, suite: Suite) -> bool:
    """Run a suite without and with us, side by side where that can be."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="agentloupe-frameworks-") as folder:
        scratch = Path(folder)
        path = scratch / "tests.loupe"
        with ThreadPoolExecutor(1 if suite.alone else 2) as pool:
            waiting = [pool.submit(outcomes, suite, scratch, each) for each in (None, path)]
            plain, recorded = (each.result() for each in waiting)
        steps = 0
        if path.exists():
            with open_recording(path) as opened:
                steps = sum(run.steps for run in opened.runs)
    passed = sum(each == "passed" for each in plain.values())
    differ = {
        test: (plain.get(test), recorded.get(test))
        for test in {*plain, *recorded}
        if plain.get(test) != recorded.get(test)
    }
    seconds = time.monotonic() - started
    print(
        f"{name:10} {len(plain)} tests, {passed} pass without us, {len(differ)} otherwise with us,"
    )
    print(f"{'':10} {steps} steps recorded, {seconds:.0f} s")
    for test, (without, with_us) in sorted(differ.items()):
        print(f"{'':10} {test}: {without} without us, {with_us} with us")
    if passed < suite.passes or steps < suite.steps:
        print(f"{'':10} expected {suite.passes} to pass and {suite.steps} steps at least")
        return False
    return not differ


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("suite", nargs="*", choices=[*SUITES, []], help=", ".join(SUITES))
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--git-dir", default=os.environ.get("AUTOGEN_GIT_DIR"))
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    fine = True
    for name, make in SUITES.items():
        if not options.suite or name in options.suite:
            suite = make(options.cache.resolve(), full=options.full, git_dir=options.git_dir)
            fine = compare(name, suite) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
