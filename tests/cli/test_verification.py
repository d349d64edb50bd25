"""`loupe migrate --verify`: the installed AutoGen is asked, the program is not run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agentloupe.cli.verification import check

OLD = Path(__file__).resolve().parents[2] / "fixtures" / "cli" / "migrate" / "old.py"
CLIENT = "from autogen_ext.models.openai import OpenAIChatCompletionClient\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def (", "does not parse: invalid syntax"),
        ("from autogen_agentchat.agents import Nobody", "autogen_agentchat.agents has no Nobody"),
        (
            CLIENT + 'c = OpenAIChatCompletionClient(model="m", cache_seed=1)',
            "takes no cache_seed=",
        ),
        (
            "from autogen_agentchat.teams import RoundRobinGroupChat as R\nR([], max_round=3)",
            "R takes no max_round=",
        ),
        ("import autogen", "autogen of v0.2 is still imported, and nothing says so"),
        ("from autogen.coding import X", "autogen.coding of v0.2 is still imported"),
    ],
)
def test_what_it_notices(source: str, text: str) -> None:
    (found,) = check(source)

    assert text in found[1]
    assert found[0] == source.count("\n") + 1


@pytest.mark.parametrize(
    "source",
    [
        "# TODO(agentloupe) MIG001: still v0.2, for the places marked below\nimport autogen",
        CLIENT + 'c = OpenAIChatCompletionClient(model="m", base_url="u", temperature=0)',
        "from autogen_agentchat.messages import TextMessage\nTextMessage(content='', source='')",
        "from .autogen import x\nx(cache_seed=1)",
        "import autogenous",
    ],
)
def test_what_it_lets_pass(source: str) -> None:
    assert check(source) == []


def test_a_migrated_program_passes(loupe, tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "old.py")

    done = loupe("migrate", str(tmp_path / "old.py"), "--verify", "--write")

    assert done.code == 0
    assert "takes every import and keyword" in done.err
    assert "autogen_agentchat" in (tmp_path / "old.py").read_text()


def test_nothing_is_written_where_something_is_wrong(loupe, tmp_path: Path) -> None:
    program = tmp_path / "old.py"
    extra = "from autogen_agentchat.agents import Nobody\n"
    program.write_text(extra + OLD.read_text())

    done = loupe("migrate", str(program), "--verify", "--write")

    assert done.code == 1
    assert "autogen_agentchat.agents has no Nobody" in done.err
    assert program.read_text() == extra + OLD.read_text()
    assert "1 would change" in done.out
