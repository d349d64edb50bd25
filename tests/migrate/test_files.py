"""Walking, reading, writing and reporting of files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentloupe.migrate.files import (
    exit_code,
    find_files,
    migrate_file,
    migrate_paths,
    report,
    write_result,
)
from agentloupe.migrate.result import MigrationResult
from agentloupe.migrate.source import migrate_source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "migrate"
PLAIN = (FIXTURES / "imports" / "plain" / "before.py").read_text()
MARKED = (FIXTURES / "out-of-sight" / "handed_over" / "before.py").read_text()


def make(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_walk_is_sorted_and_skips_what_is_not_the_programs(tmp_path: Path) -> None:
    kept = [make(tmp_path, name, "") for name in ("a.py", "b/c.py", "b/d.py")]
    for name in (".git/x.py", ".venv/y.py", "node_modules/z.py", "b/e.txt"):
        make(tmp_path, name, "")

    assert list(find_files([tmp_path])) == kept
    assert list(find_files([kept[0], tmp_path])) == kept


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(find_files([tmp_path / "nowhere"]))


def test_a_file_without_the_word_is_passed_over_unparsed(tmp_path: Path) -> None:
    path = make(tmp_path, "broken.py", "def (:\n")

    assert migrate_file(path).status == "passed"


def test_a_syntax_error_is_reported_and_left(tmp_path: Path) -> None:
    path = make(tmp_path, "broken.py", "import autogen\n\ndef (:\n")

    file = migrate_file(path)

    assert file.status == "error"
    assert file.error is not None
    assert str(file.error).startswith(f"{path}:3: does not parse")
    assert not write_result(file)


def test_a_file_that_is_not_utf8_is_reported_and_left(tmp_path: Path) -> None:
    path = make(tmp_path, "latin.py", b"import autogen  # gr\xfcn\n")

    file = migrate_file(path)

    assert file.status == "error"
    assert "cannot be decoded" in str(file.error)
    assert path.read_bytes() == b"import autogen  # gr\xfcn\n"


def test_a_declared_encoding_is_kept(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\n" + PLAIN.replace("Hello", "Grün")
    path = make(tmp_path, "latin.py", text.encode("latin-1"))

    assert write_result(migrate_file(path))
    assert "Grün" in path.read_bytes().decode("latin-1")


def test_a_byte_order_mark_is_kept(tmp_path: Path) -> None:
    path = make(tmp_path, "bom.py", b"\xef\xbb\xbf" + PLAIN.encode())

    assert write_result(migrate_file(path))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfimport asyncio")
    assert data.count(b"\xef\xbb\xbf") == 1


def test_writing_keeps_mode_and_link_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = make(tmp_path, "real/run.py", PLAIN)
    target.chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to(target)

    assert write_result(migrate_file(link))

    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    assert "autogen_agentchat" in target.read_text()
    assert os.listdir(target.parent) == ["run.py"]  # noqa: PTH208
    assert migrate_file(target).status in ("unchanged", "passed")


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path, "run.py", PLAIN)
    file = migrate_file(path)

    def refuse(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_result(file)

    assert path.read_text() == PLAIN
    assert list(tmp_path.iterdir()) == [path]


def test_exit_codes(tmp_path: Path) -> None:
    plain = migrate_file(make(tmp_path, "plain.py", PLAIN))
    marked = migrate_file(make(tmp_path, "marked.py", MARKED))
    other = migrate_file(make(tmp_path, "other.py", "x = 1\n"))
    broken = migrate_file(make(tmp_path, "broken.py", "import autogen\n)\n"))

    assert exit_code([plain, other]) == 0
    assert exit_code([plain, other], check=True) == 1
    assert exit_code([other], check=True) == 0
    assert exit_code([plain], written=True) == 0
    assert exit_code([plain, marked], written=True) == 3
    assert exit_code([plain, broken], written=True) == 2


def test_a_second_run_still_says_that_marks_are_left(tmp_path: Path) -> None:
    path = make(tmp_path, "marked.py", MARKED)
    write_result(migrate_file(path))

    again = migrate_file(path)

    assert again.status == "unchanged"
    assert exit_code([again], written=True) == 3


def test_report_counts_files_sites_and_chats(tmp_path: Path) -> None:
    make(tmp_path, "a_plain.py", PLAIN)
    make(tmp_path, "b_marked.py", MARKED)
    make(tmp_path, "c_other.py", "x = 1\n")
    seen: list[int] = []

    results = migrate_paths([tmp_path], progress=seen.append)
    body = json.loads(json.dumps(report(results)))

    assert seen == [1, 1, 1]
    assert (body["files"], body["passed"], body["changed"], body["errors"]) == (3, 1, 2, 0)
    assert (body["chat_sites_migrated"], body["chat_sites_total"]) == (1, 1)
    assert body["rules"]["MIG098"]["todo"] >= 2
    assert [Path(item["path"]).name for item in body["results"]] == ["a_plain.py", "b_marked.py"]
    assert {"line", "code", "kind", "message"} <= set(body["results"][0]["sites"][0])


def test_diff_is_unified_and_empty_without_a_change(tmp_path: Path) -> None:
    changed = migrate_file(make(tmp_path, "run.py", PLAIN))
    same = migrate_file(make(tmp_path, "other.py", "x = 1\n"))

    assert changed.diff().startswith("--- a/")
    assert "-import autogen\n" in changed.diff()
    assert same.diff() == ""


def test_a_rule_can_be_switched_off(tmp_path: Path) -> None:
    path = make(tmp_path, "run.py", PLAIN)

    ignored = migrate_file(path, ignore=["mig030"])
    selected = migrate_file(path, select=["tools"])

    for file in (ignored, selected):
        assert file.result is not None
        assert "user.initiate_chat(bot" in file.result.code
        assert file.result.chat_sites_migrated == 0
        assert file.todos


def test_passing_files_over_loads_no_parser(tmp_path: Path) -> None:
    make(tmp_path, "other.py", "x = 1\n")
    code = (
        "import sys; from pathlib import Path; from agentloupe.migrate.files import migrate_paths; "
        "migrate_paths([Path(sys.argv[1])]); assert 'libcst' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)


def test_several_processes_find_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        make(tmp_path, name, PLAIN)
    monkeypatch.setattr("agentloupe.migrate.files.WORTH_A_PROCESS", 1)

    assert migrate_paths([tmp_path], jobs=2) == migrate_paths([tmp_path])


def test_a_file_that_cannot_be_read_keeps_its_requirement(tmp_path: Path) -> None:
    make(tmp_path, "app.py", PLAIN)
    make(tmp_path, "odd.py", "import autogen\nprint 'v2'\n")
    make(tmp_path, "requirements.txt", "pyautogen==0.2.35\n")

    pins = migrate_paths([tmp_path])[-1]

    assert pins.result is not None
    assert "pyautogen" in pins.result.code
    assert "autogen-agentchat" in pins.result.code


def test_a_defect_of_a_rule_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.py", PLAIN)
    make(tmp_path, "b.py", PLAIN + "# second\n")
    right = migrate_source

    def wrong(source: str, **options: Any) -> MigrationResult:
        if "second" not in source:
            raise KeyError("a part")
        return right(source, **options)

    monkeypatch.setattr("agentloupe.migrate.source.migrate_source", wrong)

    first, second = migrate_paths([tmp_path])

    assert first.status == "error"
    assert first.error is not None
    assert "a defect of loupe migrate: KeyError: 'a part'" in first.error.message
    assert second.status == "changed"


def test_a_script_that_lies_in_a_package_carries_the_agents_it_is_given(tmp_path: Path) -> None:
    text = (
        "import autogen\n\nbot = autogen.ConversableAgent('bot', llm_config={'model': 'gpt-4o'})\n"
        "user = autogen.UserProxyAgent('user', human_input_mode='NEVER')\n"
    )
    (tmp_path / "__init__.py").touch()
    (tmp_path / "script.py").write_text(f"{text}user.initiate_chat(bot, message='Hi')\n")
    (tmp_path / "part.py").write_text(
        f"from . import keys\n{text}\n\ndef run():\n    user.initiate_chat(bot, message='Hi')\n"
    )

    found = {file.path.name: file for file in migrate_paths([tmp_path], faithful=True)}

    script, part = found["script.py"].result, found["part.py"].result
    assert script is not None
    assert part is not None
    assert "classic_agents" not in script.code
    assert "class ConversableAgent" in script.code
    assert "from .classic_agents import" in part.code


def test_what_python_warns_of_in_a_program_is_not_said(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("LINES = '\\d'\n\n\ndef initiate_chat(): ...\n")
    (tmp_path / "bot.py").write_text("import autogen\nimport helper\n\nprint('\\d', autogen)\n")

    assert [file.error for file in migrate_paths([tmp_path])] == [None, None]
