"""The README's commands: the set-up is what CI runs, the rest works as it is written."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEADLINE = 60.0


def blocks(root: Path, language: str) -> list[str]:
    text = (root / "README.md").read_text(encoding="utf-8")
    return [body for name, body in BLOCK.findall(text) if name == language]


@pytest.fixture(scope="module")
def workplace(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two programs that the README speaks of."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("app.py", "old_app.py"):
        shutil.copy(root / "fixtures" / "house" / name, folder)
    return folder


@pytest.fixture
def shell(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As after `activate`, in the workplace, with recordings where they go by default."""
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    monkeypatch.setenv("AGENTLOUPE_DIR", str(workplace / ".agentloupe"))
    return workplace


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )


def test_there_are_two_setup_commands_and_ci_runs_them(root: Path) -> None:
    first, second = blocks(root, "sh")[:2]
    assert first.count("\n") == second.count("\n") == 1
    assert first.endswith(" && .venv/bin/loupe demo\n")
    assert second.endswith(" && .venv/bin/pytest\n")
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    for number, command in ((1, first), (2, second)):
        printed = run(f"bash .ci/readme {number}", root).stdout
        assert printed == command
        assert f'"$(readme_command {number})"' in script or f'"$(run_part {number})' in script


def test_no_other_command_sets_anything_up(root: Path) -> None:
    rest = "".join(blocks(root, "sh")[2:])
    assert "pip" not in rest
    assert {line.split()[0] for line in rest.splitlines()} == {"loupe"}


def test_contributors_run_what_ci_runs(root: Path) -> None:
    document = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    stages, parts = [body for name, body in BLOCK.findall(document) if name == "sh"]
    known = run(".ci/run --stages", root).stdout.split()
    for line in stages.splitlines():
        assert os.access(root / line.split()[0], os.X_OK)
        assert set(line.split()[1:]) <= set(known)
    for line in parts.splitlines():
        assert f".venv/bin/{line}" in script, line


def test_the_four_commands_are_those_tested_here(root: Path) -> None:
    assert blocks(root, "sh")[2].splitlines() == [
        "loupe run app.py",
        "loupe view @last",
        "loupe check @last",
        "loupe migrate old_app.py --diff",
    ]


def test_run_then_check(shell: Path) -> None:
    ran = run("loupe run app.py", shell)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "Anna, Berta and Clara.\n"
    checked = run("loupe check @last", shell)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_migrate_shows_a_diff_and_writes_nothing(shell: Path) -> None:
    before = (shell / "old_app.py").read_bytes()
    migrated = run("loupe migrate old_app.py --diff", shell)
    assert migrated.returncode == 0, migrated.stderr
    assert "-from autogen import AssistantAgent, UserProxyAgent" in migrated.stdout
    assert "+from autogen_agentchat.agents import" in migrated.stdout
    assert (shell / "old_app.py").read_bytes() == before


def press(child: subprocess.Popen[bytes], terminal: int, wanted: bytes, key: bytes) -> bytes:
    """Reads the terminal until `wanted` was shown, presses `key`, and reads to the end."""
    shown, pressed, deadline = b"", False, time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
        if not pressed and wanted in shown:
            os.write(terminal, key)
            pressed = True
        if child.poll() is not None:
            break
    return shown


def test_view_shows_the_run_until_q(shell: Path) -> None:
    assert run("loupe run app.py", shell).returncode == 0
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, (40, 140))
    child = subprocess.Popen(
        ["loupe", "view", "@last"], cwd=shell, stdin=inside, stdout=inside, stderr=inside
    )
    os.close(inside)
    try:
        shown = press(child, terminal, b"writer", b"q")
        code = child.wait(DEADLINE)
    finally:
        child.kill()
        child.wait()
        os.close(terminal)
    assert code == 0, shown[-2000:]
    assert b"writer" in shown
    assert b"critic" in shown


def test_the_python_example_records(root: Path, shell: Path) -> None:
    [example] = blocks(root, "python")
    program = f"import asyncio\nasync def main(): pass\n{example}"
    (shell / "example.py").write_text(program, encoding="utf-8")
    done = run("python example.py && loupe runs", shell)
    assert done.returncode == 0, done.stderr
    assert "nightly" in done.stdout


def test_commands_named_in_documents_exist(root: Path, shell: Path) -> None:
    named: set[str] = set()
    for document in [*root.glob("*.md"), *root.glob("docs/*.md")]:
        text = document.read_text(encoding="utf-8")
        named.update(re.findall(r"(?:`|/|^)loupe ([a-z]\w*)", text, re.MULTILINE))
    assert {"run", "view", "check", "migrate", "demo", "explain"} <= named
    for command in sorted(named):
        done = run(f"loupe {command} --help", shell)
        assert done.returncode == 0, f"loupe {command}: {done.stderr}"
