"""What tests/conftest.py watches over, tried on small suites that do what it forbids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def run_suite(root: Path, folder: Path, body: str, **env: str) -> str:
    """The output of a suite of one file under this repository's conftest."""
    shutil.copy(root / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(body, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_a_leaked_variable_fails_the_test(root: Path, tmp_path: Path) -> None:
    body = "import os\ndef test_leak():\n    os.environ['LEFT'] = '1'\n"
    body += "def test_next():\n    assert 'LEFT' not in os.environ\n"
    output = run_suite(root, tmp_path, body)
    assert "left these environment variables changed: LEFT" in output
    assert "2 passed, 1 error" in output


def test_a_patched_variable_is_no_leak(root: Path, tmp_path: Path) -> None:
    body = "def test_patch(monkeypatch):\n    monkeypatch.setenv('AGENTLOUPE_DIR', 'x')\n"
    assert "1 passed" in run_suite(root, tmp_path, body)


def test_a_double_import_fails_the_test(
    root: Path, folders: tuple[str, ...], tmp_path: Path
) -> None:
    body = f"""
import sys, types
import pytest
@pytest.mark.parametrize("name", {folders!r})
def test_double(name):
    sys.modules[name] = types
"""
    output = run_suite(root, tmp_path, body)
    assert f"{len(folders)} passed, {len(folders)} errors" in output
    assert f"imported without 'agentloupe.': {', '.join(folders)}" in output


def test_the_callers_terminal_does_not_show_through(root: Path, tmp_path: Path) -> None:
    body = """
import os, pathlib, shutil, time
def test_environment(tmp_path):
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "OTEL_TRACES_EXPORTER", "AGENTLOUPE_GUARD"):
        assert name not in os.environ
    assert shutil.get_terminal_size() == (100, 40)
    assert os.environ["TERM"] == "xterm-256color"
    assert time.localtime(0).tm_hour == 0
    assert pathlib.Path(os.environ["AGENTLOUPE_DIR"]).parent == tmp_path
"""
    caller = {"NO_COLOR": "1", "FORCE_COLOR": "1", "CI": "true", "TERM": "dumb", "COLUMNS": "33"}
    caller |= {"TZ": "Asia/Tokyo", "OTEL_TRACES_EXPORTER": "otlp", "AGENTLOUPE_GUARD": "1"}
    assert "1 passed" in run_suite(root, tmp_path, body, **caller)


def test_full_raises_the_repetitions(root: Path, tmp_path: Path) -> None:
    body = "def test_few(repetitions):\n    assert repetitions(2, 9) == 9\n"
    assert "1 failed" in run_suite(root, tmp_path, body)
    assert "1 passed" in run_suite(root, tmp_path, body, PYTEST_ADDOPTS="--full")
