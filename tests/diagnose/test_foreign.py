"""Traces of other tools: each rule judges them or is listed with what it would need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.tracer import conventions as c
from agentloupe.tracer.wire.files import open_any

from ..tracer.wire.shown import otlp_span, request
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


def test_calls_of_which_nothing_is_told_are_not_the_same_call(tmp_path: Path) -> None:
    """As AutoGen's own telemetry has them: three parcels are weighed, each another one."""

    def span(number: int, parent: int, operation: str, **more: str) -> dict[str, Any]:
        return otlp_span(number, operation, parent, attributes={c.OPERATION: operation, **more})

    said = json.dumps(
        [{"role": "assistant", "parts": [{"type": "text", "content": "It weighs 3 kg."}]}]
    )
    spans = [span(1, 0, c.RUN)]
    for boss in (2, 5, 8):
        spans += [
            span(boss, 1, c.AGENT, **{c.AGENT_NAME: "boss", c.OUTPUT_MESSAGES: said}),
            span(boss + 1, boss, c.AGENT, **{c.AGENT_NAME: "clerk"}),
            span(boss + 2, boss + 1, c.TOOL, **{c.TOOL_NAME: "weigh"}),
        ]
    file = tmp_path / "parcels.json"
    file.write_text(json.dumps(request(*spans)))
    with open_any(str(file)) as recording:
        assert check(recording).findings == ()
