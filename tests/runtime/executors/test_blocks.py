"""Code blocks as files and commands, sizes as people write them, marks of owners."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from autogen_core.code_executor import CodeBlock

from agentloupe.runtime.executors import owner
from agentloupe.runtime.executors.blocks import COMMANDS, Refused, plan
from agentloupe.runtime.executors.sizes import in_bytes, sized


@pytest.mark.parametrize(
    ("language", "suffix", "command"),
    [
        ("python", "py", ("python",)),
        ("Python", "py", ("python",)),
        ("py", "py", ("python",)),
        ("sh", "sh", ("sh",)),
        ("shell", "sh", ("sh",)),
        ("bash", "bash", ("bash",)),
        ("js", "js", ("node",)),
    ],
)
def test_languages(language: str, suffix: str, command: tuple[str, ...]) -> None:
    planned = plan(CodeBlock("x", language), COMMANDS)
    assert planned.command == (*command, planned.name)
    assert planned.name.endswith(f".{suffix}")


def test_the_same_code_is_the_same_file() -> None:
    first, second = (plan(CodeBlock("x = 1", "python"), COMMANDS) for _ in range(2))
    assert first == second


def test_commands_of_ones_own() -> None:
    planned = plan(CodeBlock("1 + 1", "r"), {**COMMANDS, "r": ["Rscript", "--vanilla"]})
    assert planned.command[:2] == ("Rscript", "--vanilla")


def test_a_file_may_be_named() -> None:
    assert plan(CodeBlock("# filename: pkg/a.py\nx", "python"), COMMANDS).name == "pkg/a.py"


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.py", "pkg/../../a.py", ".."])
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="leads out of the work area"):
        plan(CodeBlock(f"# filename: {name}\nx", "python"), COMMANDS)


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="'cobol'; known: bash, javascript, pwsh, python, sh"):
        plan(CodeBlock("x", "cobol"), COMMANDS)


@pytest.mark.parametrize(
    ("text", "count"), [("512m", 512 << 20), ("1.5 GiB", 3 << 29), (7, 7), ("64kb", 65536)]
)
def test_sizes(text: str | int, count: int) -> None:
    assert in_bytes(text) == count


def test_what_is_no_size() -> None:
    with pytest.raises(ValueError, match="'a lot' is no size"):
        in_bytes("a lot")
    assert [sized(n) for n in (12, 64 << 20, 3 << 29)] == ["12 B", "64 MiB", "1.5 GiB"]


def test_marks_tell_the_living_from_the_gone() -> None:
    mine = owner.mark()
    assert not owner.gone(mine)
    program = "from agentloupe.runtime.executors import owner; print(owner.mark())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    place, pid = mine.rsplit(".", 2)[:2]
    assert owner.gone(done.stdout.strip())
    assert owner.gone(f"{place}.{pid}.12345")  # the number is another process's now
    assert not owner.gone(f"elsewhere.1.{pid}.12345")  # nothing is known of other machines
    assert not owner.gone("")
    assert not owner.gone("nonsense")


def test_only_the_folders_of_the_gone_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = owner.folder()
    place = owner.mark().rsplit(".", 2)[0]
    (tmp_path / f"agentloupe-exec-{place}.{os.getpid()}.1-abc").mkdir()
    (tmp_path / "agentloupe-exec-nonsense").mkdir()
    assert owner.sweep_folders() == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        [mine.name, "agentloupe-exec-nonsense"]
    )


def test_processes_that_end_while_they_are_looked_for_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    execution = owner.execution()
    environment = f"{owner.VARIABLE}={execution}\0".encode()
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    monkeypatch.setattr(
        owner, "_marked", lambda: [(done.pid, environment), (os.getpid(), environment)]
    )
    assert [each.pid for each in owner.processes(execution)] == [os.getpid()]
