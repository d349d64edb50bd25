"""An agent's backlog over the runs of a program: each message that it posts begins a run."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from agentloupe.diagnose import Finding, check

from .scripts import FIXTURES, ScriptedRecording, ScriptedRun, load


class PostedOneByOne(ScriptedRecording):
    """A recording with a run for each step of a script."""

    def __init__(self, path: Path) -> None:
        script = load(path)
        super().__init__(script)
        self.made: list[ScriptedRun] = []
        for number, step in enumerate(script["steps"]):
            run = ScriptedRun(self, {**script, "steps": [step]})
            run.info = replace(run.info, number=number)
            self.made.append(run)
        self.runs = tuple(run.info for run in self.made)

    def run(self, number: int) -> ScriptedRun:
        return self.made[number]


def found(name: str) -> list[Finding]:
    recording = PostedOneByOne(FIXTURES / "starve.mailbox" / name)
    report = check(recording)  # pyright: ignore[reportArgumentType]
    return [finding for finding in report.findings if finding.slug == "starve.mailbox"]


def test_a_backlog_over_many_runs_is_told_once() -> None:
    findings = found("bad-overloaded.json")
    assert [finding.agents for finding in findings] == [("printer",)]


def test_an_agent_that_keeps_up_over_many_runs_is_left_alone() -> None:
    assert found("ok-keeps-up.json") == []
    assert found("ok-burst.json") == []
