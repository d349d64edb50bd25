"""`loupe migrate`: a dry run by default, atomic and careful when it writes."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from io import StringIO
from pathlib import Path

import pytest

OLD = Path(__file__).resolve().parents[2] / "fixtures" / "cli" / "migrate" / "old.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside of any repository, with one v0.2 program and one without AutoGen."""
    place = tmp_path / "src"
    place.mkdir()
    shutil.copy(OLD, place / "old.py")
    (place / "other.py").write_text("print('hello')\n")
    monkeypatch.chdir(place)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    return place


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(folder: Path) -> Path:
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "all")
    return folder


def test_a_dry_run_writes_nothing(loupe, folder: Path) -> None:
    before = OLD.read_bytes()
    done = loupe("migrate", ".")
    assert done.code == 0
    assert (folder / "old.py").read_bytes() == before
    assert "old.py: " in done.out
    assert "2 files: 1 would change, 1 without AutoGen" in done.out
    assert "make them with --write" in done.err


def test_the_diff_can_be_applied(loupe, folder: Path) -> None:
    done = loupe("migrate", "old.py", "--diff")
    assert done.code == 0
    assert done.out.startswith("--- a/old.py\n+++ b/old.py\n")
    assert "1 file: 1 would change" in done.err
    subprocess.run(["patch", "-p1"], input=done.out, text=True, check=True, capture_output=True)
    patched = (folder / "old.py").read_text()
    shutil.copy(OLD, folder / "old.py")
    loupe("migrate", "old.py", "--write")
    assert (folder / "old.py").read_text() == patched
    assert "autogen_agentchat" in patched


def test_check_is_1_when_a_file_would_change(loupe, folder: Path) -> None:
    assert loupe("migrate", ".", "--check").code == 1
    assert loupe("migrate", "other.py", "--check").code == 0
    assert (folder / "old.py").read_bytes() == OLD.read_bytes()


def test_written_twice_changes_once(loupe, folder: Path) -> None:
    first = loupe("migrate", ".", "--write")
    assert first.code in (0, 3)
    assert "1 changed" in first.out
    written = (folder / "old.py").read_bytes()
    assert written != OLD.read_bytes()
    compile(written, "old.py", "exec")
    second = loupe("migrate", ".", "--write")
    assert "0 changed" in second.out
    assert (folder / "old.py").read_bytes() == written


def test_the_mode_and_the_link_are_kept(loupe, folder: Path) -> None:
    (folder / "old.py").chmod(0o750)
    (folder / "link.py").symlink_to("old.py")
    loupe("migrate", "link.py", "--write")
    assert (folder / "link.py").is_symlink()
    assert stat.S_IMODE((folder / "old.py").stat().st_mode) == 0o750
    assert sorted(each.name for each in folder.iterdir()) == ["link.py", "old.py", "other.py"]


def test_the_report(loupe, folder: Path, valid) -> None:
    (folder / "bad.py").write_text("import autogen\ndef (:\n")
    done = loupe("migrate", ".", "--report", "json")
    assert done.code == 2
    told = done.json
    valid("migrate", told)
    assert (told["files"], told["passed"], told["changed"], told["errors"]) == (3, 1, 1, 1)
    assert (told["chat_sites_total"], told["chat_sites_migrated"]) == (1, 1)
    by_name = {result["path"]: result for result in told["results"]}
    assert by_name["bad.py"]["error"]["line"] == 2


def test_a_file_that_does_not_parse_is_2_and_does_not_hold_up_others(loupe, folder: Path) -> None:
    (folder / "bad.py").write_text("import autogen\ndef (:\n")
    done = loupe("migrate", ".", "--write")
    assert done.code == 2
    assert "bad.py:2: error: does not parse" in done.out
    assert (folder / "old.py").read_bytes() != OLD.read_bytes()


def test_a_file_that_cannot_be_written(
    loupe, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("agentloupe.migrate.files.write_result", refuse)
    done = loupe("migrate", ".", "--write")
    assert done.code == 2
    assert "old.py: not written: Permission denied" in done.err
    assert "0 changed" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "there is no file or folder 'nowhere'"),
        (("old.py", "--write", "--check"), "--write changes files"),
        (("old.py", "--diff", "--report", "json"), "both print to stdout"),
        (("old.py", "--select", "MIG03O"), "no rule is called 'MIG03O'"),
        (("old.py", "--ignore", "LOOP001"), "no rule is called 'LOOP001'"),
    ],
)
def test_wrong_usage(loupe, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = loupe("migrate", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_clean_tree_is_written(loupe, repository: Path) -> None:
    assert loupe("migrate", ".", "--write").code in (0, 3)
    assert (repository / "old.py").read_bytes() != OLD.read_bytes()


@pytest.mark.parametrize("change", ["changed", "staged", "untracked", "ignored"])
def test_a_dirty_tree_is_refused(loupe, repository: Path, change: str) -> None:
    if change == "changed":
        (repository / "other.py").write_text("print('changed')\n")
        named = "other.py"
    elif change == "staged":
        (repository / "other.py").write_text("print('changed')\n")
        _git(repository, "add", "other.py")
        named = "other.py"
    else:
        _git(repository, "rm", "-q", "--cached", "old.py")
        if change == "ignored":
            (repository / ".gitignore").write_text("old.py\n")
            _git(repository, "add", ".gitignore")
        _git(repository, "commit", "-qm", "forget")
        named = "old.py"
    done = loupe("migrate", ".", "--write")
    assert (done.code, done.out) == (2, "")
    assert "LP501 nothing was written" in done.err
    assert f"'{named}'" in done.err
    assert (repository / "old.py").read_bytes() == OLD.read_bytes()
    assert loupe("migrate", ".", "--write", "--force").code in (0, 3)
    assert (repository / "old.py").read_bytes() != OLD.read_bytes()


def test_untracked_files_that_stay_do_not_matter(loupe, repository: Path) -> None:
    (repository / "notes.txt").write_text("x")
    assert loupe("migrate", ".", "--write").code in (0, 3)


def test_a_dirty_tree_does_not_matter_to_a_dry_run(loupe, repository: Path) -> None:
    (repository / "other.py").write_text("print('changed')\n")
    assert loupe("migrate", ".", "--diff").code == 0


def test_progress_is_for_terminals(terminal, loupe, folder: Path) -> None:
    assert "migrating" not in loupe("migrate", ".").err
    code, shown = terminal("migrate", "old.py", "--diff")
    assert code == 0
    assert "\x1b[32m+" in shown


def test_each_change_is_asked_for(loupe, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(OLD, folder / "second.py")

    monkeypatch.setattr("sys.stdin", StringIO("y\nn\n"))

    done = loupe("migrate", ".", "--interactive")

    assert "old.py: make this change?" in done.err
    assert "1 changed" in done.out
    assert (folder / "old.py").read_bytes() != OLD.read_bytes()
    assert (folder / "second.py").read_bytes() == OLD.read_bytes()


TWO_CHATS = """\
import autogen

config = {"config_list": [{"model": "gpt-4o", "api_key": "k"}]}
poet = autogen.ConversableAgent("poet", llm_config=config, human_input_mode="NEVER")
reader = autogen.UserProxyAgent("reader", human_input_mode="NEVER", code_execution_config=False)
reader.initiate_chat(poet, message="a poem", max_turns=1)
cook = autogen.ConversableAgent("cook", llm_config=config, human_input_mode="NEVER")
guest = autogen.UserProxyAgent("guest", human_input_mode="NEVER", code_execution_config=False)
guest.initiate_chat(cook, message="a soup", max_turns=1)
"""


@pytest.mark.parametrize(
    ("typed", "moved"),
    [
        ("y\nn\n", {"poet"}),
        ("?\nn\ny\n", {"cook"}),
        ("a\n", {"poet", "cook"}),
        ("y\nq\n", {"poet"}),
        ("d\n", set[str]()),
    ],
)
def test_conversations_of_a_file_are_asked_for_one_by_one(
    loupe, folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, moved: set[str]
) -> None:
    (folder / "old.py").write_text(TWO_CHATS)
    (folder / "requirements.txt").write_text("pyautogen==0.2.35\n")
    # a last answer, for the requirements
    monkeypatch.setattr("sys.stdin", StringIO(f"{typed}y\n"))

    done = loupe("migrate", ".", "--interactive")

    assert ("n - leave this as it is" in done.err) == ("?" in typed)
    written = (folder / "old.py").read_text()
    compile(written, "old.py", "exec")
    assert {who for who in ("poet", "cook") if f"{who} = AssistantAgent(" in written} == moved
    assert ("import autogen\n" in written) == (len(moved) < 2)
    if moved and not typed.endswith("q\n"):
        pins = (folder / "requirements.txt").read_text()
        assert "autogen-agentchat" in pins
        assert ("pyautogen" in pins) == (len(moved) < 2)
    if not moved:
        assert written == TWO_CHATS


def test_what_came_with_v02_alone_is_required_when_asked_for_as_well(
    loupe, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "old.py").write_text(f"from termcolor import colored\n{TWO_CHATS}")
    (folder / "requirements.txt").write_text("pyautogen==0.2.35\n")
    monkeypatch.setattr("sys.stdin", StringIO("a\ny\n"))

    loupe("migrate", ".", "--interactive")

    assert "termcolor" in (folder / "requirements.txt").read_text()


def test_quitting_leaves_the_rest(loupe, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("q\n"))

    done = loupe("migrate", ".", "--interactive")

    assert "0 changed" in done.out
    assert (folder / "old.py").read_bytes() == OLD.read_bytes()


def test_the_agents_of_a_folder_share_a_module(loupe, folder: Path) -> None:
    shutil.copy(OLD, folder / "second.py")

    first = loupe("migrate", ".", "--faithful", "--write")
    module = (folder / "classic_agents.py").read_text()
    second = loupe("migrate", ".", "--faithful", "--write")

    assert first.code == second.code == 0
    assert "0 changed" in second.out
    assert "from classic_agents import" in (folder / "old.py").read_text()
    assert module.startswith('"""Agents that answer')
    assert (folder / "classic_agents.py").read_text() == module


def test_a_file_that_is_named_carries_its_agents(loupe, folder: Path) -> None:
    loupe("migrate", "old.py", "--faithful", "--write")

    assert "class ConversableAgent(" in (folder / "old.py").read_text()
    assert not (folder / "classic_agents.py").exists()
