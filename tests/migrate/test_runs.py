"""Migrated programs run on AutoGen 0.7 and say what the originals said on v0.2.

fixtures/migrate_runs/<name>/ holds a v0.2 program, the script of its models, what is typed, and the
transcript that pyautogen 0.2.35 gave with that script (recorded once; empty messages left out).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source

from .scripted_model import Script, scripted_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "migrate_runs"
NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
DEADLINE = 100

# One interpreter for all of them: importing AutoGen is what takes the time.
DRIVER = """
import builtins, io, runpy, sys
from contextlib import redirect_stdout
from pathlib import Path

from autogen_agentchat.ui import _console

async def at_once(output, end="\\n", flush=False):  # not in threads, which mix what chats print
    print(output, end=end, flush=flush)

_console.aprint = at_once
typed = []

def read(prompt=""):
    return typed.pop(0)

builtins.input = read
for name in sys.argv[1:]:
    lines = Path(f"{name}.stdin")
    typed[:] = lines.read_text().splitlines() if lines.exists() else []
    said = io.StringIO()
    with redirect_stdout(said):
        runpy.run_path(f"{name}.py", run_name="__main__")
    Path(f"{name}.out").write_text(said.getvalue())
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each migrated program printed."""
    folder = tmp_path_factory.mktemp("runs")
    script: Script = {}
    for name in NAMES:
        case = FIXTURES / name
        result = migrate_source((case / "program.py").read_text(), filename=f"{name}.py")
        assert not result.todos
        (folder / f"{name}.py").write_text(result.code)
        if (case / "stdin.txt").exists():
            (folder / f"{name}.stdin").write_text((case / "stdin.txt").read_text())
        script |= json.loads((case / "script.json").read_text())["agents"]
    (folder / "OAI_CONFIG_LIST").write_text('[{"model": "gpt-4o", "api_key": "sk-test"}]')
    (folder / "driver.py").write_text(DRIVER)
    with scripted_model(script) as (url, _):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "driver.py", *NAMES],
            cwd=folder,
            env={**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-test"},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return {name: (folder / f"{name}.out").read_text() for name in NAMES}


def transcript(printed: str) -> str:
    """Console output as lines ``author: text``, ``author calls tool``, ``result text``."""
    lines: list[str] = []
    head = re.compile(r"^-{10} (\w+) \((\w+)\) -{10}$", re.MULTILINE)
    parts = head.split(printed)
    for kind, author, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        said = re.sub(r"(^|\n)SUMMARY .*", "", text.strip(), flags=re.DOTALL)
        if kind == "ToolCallRequestEvent":
            for arguments, name in re.findall(r"arguments='(.*?)', name='(\w+)'", said):
                lines.append(f"{author} calls {name} {arguments}")
        elif kind == "ToolCallExecutionEvent":
            lines += [f"result {found}" for found in re.findall(r"content='(.*?)', name=", said)]
        elif said and kind != "ToolCallSummaryMessage":  # the result once more
            lines.append(f"{author}: {said!r}")
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_transcript_is_that_of_v02(name: str, outputs: dict[str, str]) -> None:
    expected = (FIXTURES / name / "transcript.txt").read_text()

    assert transcript(outputs[name]) == expected


def test_summaries_are_those_of_v02(outputs: dict[str, str]) -> None:
    assert "SUMMARY Three.\n" not in outputs["pair_with_limits"]
    assert "SUMMARY Two.\n" in outputs["pair_with_limits"]
    assert "SUMMARY A better line.\n" in outputs["sequence_with_summaries"]
    assert "SUMMARY Cat, hat.  4 user\n" in outputs["human_at_the_end"]


def test_the_comparison_notices_a_difference(outputs: dict[str, str]) -> None:
    changed = outputs["pair_with_limits"].replace("Two.", "2.", 1)

    expected = (FIXTURES / "pair_with_limits" / "transcript.txt").read_text()
    assert transcript(changed) != expected
