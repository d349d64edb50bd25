"""What holds for every test: a clean environment, recordings of its own, no double imports."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

FOLDERS = ("cli", "diagnose", "migrate", "runtime", "tracer", "tui")

# What a terminal or a colleague's shell may set, and what the tests see instead. Set when this file
# is loaded and not in a fixture: Textual and others read their part while they are imported.
ABSENT = (
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "NO_COLOR",
    "PYTHONHASHSEED",
    "PYTHONMALLOC",
    "PYTHONOPTIMIZE",
    "PYTHONTRACEMALLOC",
    "PYTHONWARNINGS",
    "PY_COLORS",
    "TTY_COMPATIBLE",
)
# CI must not pass by skipping what it is there to run; see the `in_ci` fixture.
IN_CI = os.environ.get("CI") == "true"
KEPT = ("AGENTLOUPE_CACHE",)  # where tests/services keeps what it fetches
ABSENT_PREFIXES = ("AGENTLOUPE_", "OPENAI_", "OTEL_", "TEXTUAL")
FIXED = {
    "COLORTERM": "truecolor",
    "COLUMNS": "100",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "LINES": "40",
    "TERM": "xterm-256color",
    "TZ": "UTC",
}
# Written by pytest itself while a test runs.
PYTEST_OWN = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def _clean_environment() -> None:
    for name in [*os.environ]:
        if name in ABSENT or (name.startswith(ABSENT_PREFIXES) and name not in KEPT):
            del os.environ[name]
    os.environ.update(FIXED)
    if hasattr(time, "tzset"):
        time.tzset()


_clean_environment()

hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile(
    "full", max_examples=2000, deadline=None, database=None, print_blob=True
)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="more examples and repetitions")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of what a shell starts with `&`
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--full"):
        hypothesis.settings.load_profile("full")


@pytest.fixture(scope="session")
def repetitions(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """`repetitions(few, many)` is `many` under `--full` (as .ci/full runs it), else `few`."""
    full: bool = request.config.getoption("--full")
    return lambda few, many: many if full else few


@pytest.fixture(scope="session")
def in_ci() -> bool:
    """Whether this is CI, where what cannot be had is a failure and no reason to skip."""
    return IN_CI


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in PYTEST_OWN}


@pytest.fixture(scope="session", autouse=True)
def session_recordings_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where fixtures that outlive a test record to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTLOUPE_DIR", str(tmp_path_factory.mktemp("session") / ".agentloupe"))
        yield


@pytest.fixture(autouse=True)
def private_recordings_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that recordings go to in this test; the environment must be left as it was."""
    folder = tmp_path / ".agentloupe"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTLOUPE_DIR", str(folder))
        inside = _environment()
        yield folder
        monkeypatch.undo()
        after = _environment()
        os.environ.update(inside)
        for name in after.keys() - inside.keys():
            del os.environ[name]
    if after != inside:
        changed = sorted(dict(after.items() ^ inside.items()))
        pytest.fail(f"the test left these environment variables changed: {', '.join(changed)}")


@pytest.fixture(autouse=True)
def no_double_import() -> Iterator[None]:
    """A folder imported by its own name is a second copy of its package."""
    yield
    doubled = [name for name in FOLDERS if name in sys.modules]
    if doubled:
        pytest.fail(f"imported without 'agentloupe.': {', '.join(doubled)}")
