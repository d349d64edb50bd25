"""Accepted findings: by fingerprint, until a day, and no worse than they were."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.baseline import BadBaseline, Baseline
from agentloupe.diagnose.report import Report

from .scripts import FIXTURES, ScriptedRecording, load

TODAY = date(2026, 6, 1)


def report_on(*parts: str, **change: object) -> Report:
    script = load(FIXTURES.joinpath(*parts))
    for key, value in change.items():
        script["samples"][key].update(value)
    return check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]


@pytest.fixture
def loop() -> Report:
    return report_on("loop.repetition", "bad-two-agents.json")


def test_what_is_accepted_is_told_no_more(loop: Report, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    Baseline.of(loop, reason="known, being worked on").write(path)
    split = Baseline.read(path).split(loop, TODAY)
    assert split.report.findings == ()
    assert split.report.verdict == "ok"
    assert [finding.code for finding in split.accepted] == ["LOOP001"]
    assert not split.expired
    assert not split.unused


def test_an_entry_ends(loop: Report) -> None:
    until = Baseline.of(loop, until=TODAY)
    assert until.split(loop, TODAY).report.findings == ()
    after = until.split(loop, TODAY + timedelta(days=1))
    assert len(after.report.findings) == 1
    assert len(after.expired) == 1


def test_another_finding_is_told(loop: Report) -> None:
    other = report_on("loop.same-call", "bad-same-error.json")
    split = Baseline.of(loop).split(other, TODAY)
    assert len(split.report.findings) == 1
    assert len(split.unused) == 1


def test_a_leak_that_gets_worse_is_told() -> None:
    leak = report_on("leak.growth", "bad-tasks.json")
    rate = load(FIXTURES / "leak.growth" / "bad-tasks.json")["samples"]["tasks"]["rate"]
    baseline = Baseline.of(leak)
    little = report_on("leak.growth", "bad-tasks.json", tasks={"rate": rate * 1.1})
    much = report_on("leak.growth", "bad-tasks.json", tasks={"rate": rate * 2})
    assert baseline.split(little, TODAY).report.findings == ()
    assert len(baseline.split(much, TODAY).report.findings) == 1


@pytest.mark.parametrize("text", ["", "{}x", '{"schema": 2}', '{"findings": [{"code": 3}]}'])
def test_what_is_no_baseline_is_said_so(text: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(BadBaseline, match="is no baseline"):
        Baseline.read(path)


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadBaseline) as error:
        Baseline.read(tmp_path / "none.json")
    assert "--write-baseline" in str(error.value)
