"""SARIF reports against the schema of SARIF 2.1.0, as an npm package of its makers ships it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.report import Report, unreadable

from ...diagnose.scripts import FIXTURES, ScriptedRecording, load
from ..cache import kept

PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema, in the cache."""

    def install(target: Path) -> None:
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    folder = kept("sarif-2.1.0", install)
    [path] = folder.glob("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0*.json")
    return json.loads(path.read_text("utf-8"))


def _report(path: Path) -> Report:
    return check(ScriptedRecording(load(path)))  # pyright: ignore[reportArgumentType]


def test_reports_of_every_rule_conform(schema: dict[str, Any]) -> None:
    report = Report()
    for path in sorted(FIXTURES.glob("*.*/*.json")):
        report = report + _report(path)
    assert len({finding.code for finding in report.findings}) > 50
    log = json.loads(report.render("sarif"))
    jsonschema.Draft4Validator(schema).validate(log)


@pytest.mark.parametrize(
    "report", [Report(), unreadable("a folder/sp ace.loupe", "no such file")], ids=["none", "bad"]
)
def test_reports_of_nothing_conform(schema: dict[str, Any], report: Report) -> None:
    jsonschema.Draft4Validator(schema).validate(json.loads(report.render("sarif")))


def test_the_schema_is_not_toothless(schema: dict[str, Any]) -> None:
    log = json.loads(_report(next(FIXTURES.glob("loop.repetition/bad-*.json"))).render("sarif"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(log)
