"""A project's settings: what is off, exempt, given patience or suppressed with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.config import BadConfig, Config, in_code, load
from agentloupe.diagnose.select import UnknownSelector

from .scripts import FIXTURES, ScriptedRecording
from .scripts import load as script

LOOP = FIXTURES / "loop.repetition" / "bad-two-agents.json"
CALL = FIXTURES / "loop.same-call" / "bad-same-result.json"


def codes(path: Path, config: Config) -> list[str]:
    report = check(ScriptedRecording(script(path)), config=config)  # pyright: ignore[reportArgumentType]
    return [finding.code for finding in report.findings]


def settings(folder: Path, text: str, name: str = "pyproject.toml") -> Config:
    (folder / name).write_text(text)
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    return load(inner)


def test_a_rule_is_switched_off(tmp_path: Path) -> None:
    config = settings(tmp_path, '[tool.agentloupe]\nignore = ["loop.repetition"]\n')
    assert codes(LOOP, config) == []
    assert codes(LOOP, Config()) == ["LOOP001"]


def test_an_own_file_needs_no_table(tmp_path: Path) -> None:
    assert settings(tmp_path, 'ignore = ["LOOP"]\n', "agentloupe.toml").ignore == ("LOOP",)


def test_a_tool_is_exempt_and_another_is_not(tmp_path: Path) -> None:
    tool = next(c["tool"] for s in script(CALL)["steps"] for c in _calls(s))
    config = settings(tmp_path, f"[tool.agentloupe.tools.{tool}]\nexempt = true\n")
    assert codes(CALL, config) == []
    assert codes(CALL, Config.model_validate({"tools": {"other": {"exempt": True}}})) == ["LOOP002"]


def _calls(step: dict) -> list[dict]:
    return step.get("calls") or [c for inner in step.get("steps", []) for c in _calls(inner)]


def test_an_agent_gets_more_patience() -> None:
    agents = check(ScriptedRecording(script(LOOP))).findings[0].agents  # pyright: ignore[reportArgumentType]
    lenient = {agents[0]: {"patience": 50}}
    assert codes(LOOP, Config.model_validate({"agents": lenient})) == []


def test_a_suppression_needs_a_reason_and_ends(tmp_path: Path) -> None:
    table = '[[tool.agentloupe.suppress]]\nrule = "loop.repetition"\n'
    with pytest.raises(BadConfig, match="reason"):
        settings(tmp_path, table)
    good = Config.model_validate({"suppress": [{"rule": "LOOP001", "reason": "by design"}]})
    assert codes(LOOP, good) == []
    past = {"rule": "LOOP001", "reason": "by design", "until": "2020-01-01"}
    assert codes(LOOP, Config.model_validate({"suppress": [past]})) == ["LOOP001"]


def test_comments_in_the_program_suppress_with_a_reason(tmp_path: Path) -> None:
    program = tmp_path / "app.py"
    program.write_text(
        "# loupe: ignore[loop.repetition] agent=drill: repeats by design\n"
        "# loupe: ignore[LEAK001]\n"
        "run()  # loupe: ignore[hang, drop] the queue is left full on purpose\n"
    )
    found = [(each.rule, each.agent, each.reason) for each in in_code(program)]
    assert found == [
        ("loop.repetition", "drill", "repeats by design"),
        ("hang", None, "the queue is left full on purpose"),
        ("drop", None, "the queue is left full on purpose"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.agentloupe]\nignoer = []\n", "ignoer"),
        ("[tool.agentloupe\n", "cannot be read"),
        ("[tool.agentloupe.tools.x]\npatience = 0\n", "patience"),
    ],
)
def test_a_mistake_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=said):
        settings(tmp_path, text)


def test_an_unknown_rule_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownSelector):
        settings(tmp_path, '[tool.agentloupe]\nignore = ["looop"]\n')


def test_no_settings_are_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
