"""What each job loads, by `sys.modules` of a fresh interpreter.

An agent under the recorder must not pay for a terminal UI or a code parser, and a machine that only
looks at recordings has no AutoGen.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

AUTOGEN = {"autogen_core", "autogen_agentchat", "autogen_ext", "openai"}
UI = {"textual", "rich"}
PARSER = {"libcst", "nbformat", "tomlkit"}
SDK = {"opentelemetry.sdk", "opentelemetry.exporter"}
EVERYTHING_HEAVY = AUTOGEN | UI | PARSER | {"docker", "opentelemetry", "pydantic", "pytest"}

RECORD = """
from agentloupe.tracer import record
with record("hygiene", path={path!r}):
    pass
"""
RECORD_AUTOGEN = "import autogen_core\n" + RECORD
READ = """
from agentloupe.tracer import open_recording
with open_recording({path!r}) as recording:
    assert recording.runs
    assert list(recording.run(recording.runs[0].number).iter_steps())
"""
CHECK = """
from agentloupe.diagnose import check
from agentloupe.tracer import open_recording
with open_recording({path!r}) as recording:
    check(recording)
"""
VIEW = "import agentloupe.tui.app"
MIGRATE = """
from agentloupe.migrate import migrate_source
migrate_source("import autogen\\n")
"""
COMMAND_LINE = "import agentloupe.cli.main, agentloupe.cli.commands"
SUPERVISE = "import agentloupe.cli.main, agentloupe.cli.running"

REPORT = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))\n"


def modules_after(program: str) -> set[str]:
    """The names of all modules, and of their packages, that are loaded once `program` has run."""
    done = subprocess.run(
        [sys.executable, "-c", program + REPORT], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recorded.loupe"
    program = """
from agentloupe.tracer import record
from agentloupe.tracer.recorder import active
with record("hygiene", path={path!r}):
    with active().record("invoke_agent", "somebody"):
        pass
"""
    modules_after(program.format(path=str(path)))
    return path


def test_the_probe_sees_what_is_loaded() -> None:
    assert "libcst" in modules_after("import libcst")
    assert not EVERYTHING_HEAVY & modules_after("pass")


def test_recording_loads_no_ui_no_parser_no_docker_no_autogen(tmp_path: Path) -> None:
    loaded = modules_after(RECORD.format(path=str(tmp_path / "a.loupe")))
    assert "agentloupe.tracer" in loaded
    assert not loaded & (UI | PARSER | AUTOGEN | {"docker"})


def test_recording_loads_nothing_of_the_reader(tmp_path: Path) -> None:
    loaded = modules_after(RECORD_AUTOGEN.format(path=str(tmp_path / "a.loupe")))
    reader = {"model", "reader", "segment", "unpacking", "wire"}
    assert not loaded & {f"agentloupe.tracer.{name}" for name in reader}


def test_recording_loads_autogen_only_as_far_as_the_program_does(tmp_path: Path) -> None:
    loaded = modules_after(RECORD_AUTOGEN.format(path=str(tmp_path / "a.loupe")))
    assert "autogen_core" in loaded
    assert not loaded & (UI | PARSER | {"docker", "autogen_agentchat", "autogen_ext", "openai"})


def test_recording_loads_of_opentelemetry_what_the_program_does(tmp_path: Path) -> None:
    assert "opentelemetry" not in modules_after(RECORD.format(path=str(tmp_path / "a.loupe")))
    record = RECORD.format(path=str(tmp_path / "b.loupe"))
    loaded = modules_after("import opentelemetry.trace\n" + record)
    assert not loaded & SDK
    assert "agentloupe.tracer.spans.told" not in loaded


def test_migrating_loads_no_opentelemetry() -> None:
    loaded = modules_after(MIGRATE)
    assert "libcst" in loaded
    assert not loaded & (AUTOGEN | UI | {"opentelemetry", "docker", "psutil"})
    assert not {name for name in loaded if name.startswith("agentloupe.")} & {
        "agentloupe.tracer",
        "agentloupe.runtime",
        "agentloupe.diagnose",
        "agentloupe.tui",
        "agentloupe.cli",
    }


@pytest.mark.parametrize("program", [READ, CHECK], ids=["read", "check"])
def test_reading_and_checking_load_no_autogen_and_no_ui(program: str, recording: Path) -> None:
    loaded = modules_after(program.format(path=str(recording)))
    assert not loaded & (AUTOGEN | UI | PARSER | {"docker"} | SDK)


def test_viewing_loads_no_autogen() -> None:
    loaded = modules_after(VIEW)
    assert "textual" in loaded
    assert not loaded & (AUTOGEN | PARSER | {"docker"} | SDK)


def test_the_command_line_starts_light() -> None:
    loaded = modules_after(COMMAND_LINE)
    assert "click" in loaded
    assert not loaded & EVERYTHING_HEAVY
    assert not {name for name in loaded if name.startswith("agentloupe.")} - {
        name for name in loaded if name.startswith(("agentloupe.cli", "agentloupe.tracer"))
    }


def test_what_runs_a_program_loads_little() -> None:
    """Every program that is recorded pays for it."""
    loaded = modules_after(SUPERVISE)
    assert "agentloupe.cli.parent" in loaded
    assert not loaded & (EVERYTHING_HEAVY | {"click", "msgspec", "agentloupe.tracer.reader"})


def test_no_test_imports_the_agents_of_a_project_into_its_own_process(root: Path) -> None:
    """They start a thread with an event loop, and a process with one is never found to be stuck."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in (root / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("agentloupe.migrate.classic.")
    ]
    assert found == []
