"""Reports: text as a golden, and the machines' formats parsed as those machines would."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from agentloupe.diagnose import check, render_ci
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.report import FORMATS, Report, unreadable

from .scripts import FIXTURES, ScriptedRecording, load

GOLDEN = FIXTURES / "reports" / "two-agents.txt"


def report_on(*parts: str) -> Report:
    return report_of(load(FIXTURES.joinpath(*parts)))


def report_of(script: dict[str, Any]) -> Report:
    return check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]


@pytest.fixture
def loop() -> Report:
    return report_on("loop.repetition", "bad-two-agents.json")


def test_the_text_is_as_reviewed(loop: Report) -> None:
    text = re.sub(r"\d+ (rules checked|could not judge)", r"N \1", loop.render("text"))
    assert text == GOLDEN.read_text("utf-8")


def test_verbose_text_lists_what_was_checked(loop: Report) -> None:
    text = loop.render("text", verbose=True)
    assert "= checked: " in text
    assert "= LEAK001 needs memory samples" in text


def test_color_is_only_there_when_asked_for(loop: Report) -> None:
    assert "\x1b[" not in loop.render("text")
    assert "\x1b[31;1merror[LOOP001]\x1b[0m" in loop.render("text", color=True)


def test_json_round_trips(loop: Report) -> None:
    text = loop.render("json")
    assert json.loads(text)["schema"] == 1
    assert Report.model_validate_json(text) == loop


def test_json_names_what_a_rule_would_need() -> None:
    run = json.loads(report_on("loop.repetition", "ok-game.json").render("json"))["runs"][0]
    assert run["verdict"] == "ok"
    lacking = {each["code"]: (each["needs"], each["undecided"]) for each in run["not_applicable"]}
    assert lacking["LEAK001"] == (
        "memory samples (recorded by loupe run, not imported)",
        False,
    )
    assert "LEAK001" not in run["checked"]
    assert "LOOP001" in run["checked"]


def test_junit_has_a_case_for_each_rule(loop: Report) -> None:
    root = Xml.fromstring(loop.render("junit"))
    suite = root[0]
    assert suite.get("tests") == root.get("tests") == str(len(rules()))
    assert suite.get("failures") == "1"
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["LOOP001 loop.repetition"]
    skipped = [case for case in suite if case.find("skipped") is not None]
    assert suite.get("skipped") == str(len(skipped)) != "0"


def test_junit_of_an_unreadable_file_is_an_error() -> None:
    root = Xml.fromstring(unreadable("gone.loupe", "no such file").render("junit"))
    assert root.get("errors") == "1"
    assert root.get("failures") == "0"


def test_sarif_has_rules_results_and_fingerprints(loop: Report) -> None:
    log = json.loads(loop.render("sarif"))
    assert log["version"] == "2.1.0"
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    result = run["results"][0]
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "LOOP001"
    assert result["level"] == "error"
    assert result["partialFingerprints"] == {"agentloupe/v1": loop.findings[0].fingerprint}
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "scripted.loupe"
    assert [each["name"] for each in location["logicalLocations"]] == ["critic", "coder"]


def test_sarif_keeps_the_worst_of_more_than_its_reader_takes(
    loop: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_ci, "RESULTS", 2)
    [run] = loop.runs
    mild = run.findings[0].model_copy(update={"severity": "info"})
    many = Report(runs=(run.model_copy(update={"findings": (mild, mild, *run.findings)}),))
    levels = [each["level"] for each in json.loads(many.render("sarif"))["runs"][0]["results"]]
    assert levels == ["error", "note"]


def test_github_escapes_and_stays_within_its_limits(loop: Report) -> None:
    many = loop
    for _ in range(14):
        many = many + loop
    lines = many.render("github").splitlines()
    assert len([line for line in lines if line.startswith("::error ")]) == 10
    assert lines[-1] == "5 more findings of severity error are in the report"
    assert lines[0].startswith("::error title=LOOP001 loop.repetition::'critic' and 'coder' repeat")
    assert "%0A" in lines[0]


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_in_a_trace_steers_a_terminal(form: Any) -> None:
    evil = "all done \x1b]52;c;ZXZpbA==\x07 \x9b2J \u202e::error::x\r\n%0A"
    script = {
        "steps": [
            {"agent": name, "say": f"{name} {evil}"} for _ in range(8) for name in ("a\x1b[2J", "b")
        ]
    }
    report = report_of(script)
    assert report.findings
    text = report.render(form)
    assert not set("\x1b\x07\x9b\u202e\r") & set(text)
    if form == "github":
        assert all(line.startswith("::") for line in text.splitlines())


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_report_is_printed(form: Any) -> None:
    assert isinstance(Report().render(form), str)


def test_verdicts_add_up(loop: Report) -> None:
    fine = report_on("loop.repetition", "ok-game.json")
    assert fine.verdict == "ok"
    assert (fine + loop).verdict == "findings"
    assert (fine + loop + unreadable("x", "y")).verdict == "error"
    assert Report().verdict == "ok"


def test_a_script_of_every_fixture_renders_in_every_format() -> None:
    for path in sorted(Path(FIXTURES).glob("*.*/*.json")):
        report = report_of(load(path))
        for form in FORMATS:
            assert isinstance(report.render(form), str)


def test_many_runs_of_a_source_are_one_suite_in_junit(loop: Report) -> None:
    fine = loop.runs[0].model_copy(update={"findings": (), "verdict": "ok"})
    many = Report(runs=(*loop.runs, *[fine] * 40))
    root = Xml.fromstring(many.render("junit"))
    assert len(root.findall("testsuite")) == 1
    assert len(root.findall("testsuite/testcase")) <= len(rules()) + len(loop.runs)
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert loop.runs[0].place in failure.attrib["message"]
