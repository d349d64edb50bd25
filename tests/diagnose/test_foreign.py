"""Traces of other tools: each rule judges them or is listed with what it would need."""

from __future__ import annotations

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.tracer import conventions as c
from agentloupe.tracer.wire.files import open_any

from .scripts import FIXTURES

TRACES = sorted((FIXTURES.parent / "wire" / "dialects").glob("*.json"))
#: What has to be in a trace before a rule of a family may say that all is well.
SHOWS = {"code": {c.CODE, c.EXECUTOR}, "extn": {c.MCP}, "drop": {c.PROCESS}, "hang": set[str]()}


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_every_rule_judges_or_says_what_it_needs(path: object) -> None:
    with open_any(str(path)) as recording:
        report = check(recording)
        ops = {span.op for info in recording.runs for span in recording.run(info.number).spans()}
    families = {rule.code: rule.family for rule in rules()}
    for run in report.runs:
        silent = {entry.code: entry.needs for entry in run.not_applicable}
        assert {*run.checked, *silent} == set(families)
        assert all(silent.values())
        fine = {families[code] for code in run.checked} - {
            families[finding.code] for finding in run.findings
        }
        assert [family for family in fine & set(SHOWS) if not ops & SHOWS[family]] == []
