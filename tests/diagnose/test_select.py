"""Selectors: families, codes, slugs, severities; a typo is told with the nearest name."""

from __future__ import annotations

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import FAMILIES, rules
from agentloupe.diagnose.select import UnknownSelector, parse

from .scripts import FIXTURES, ScriptedRecording, load


def codes(select: list[str], ignore: list[str] | None = None) -> tuple[list[str], list[str]]:
    """Rules checked, and codes found, on a run with a loop (error) and a stuck draft (warning)."""
    script = load(FIXTURES / "loop.repetition" / "bad-two-agents.json")
    recording = ScriptedRecording(script)
    report = check(recording, select=select, ignore=ignore or [])  # pyright: ignore[reportArgumentType]
    run = report.runs[0]
    silent = [entry.code for entry in run.not_applicable]
    return sorted({*run.checked, *silent}), [finding.code for finding in run.findings]


@pytest.mark.parametrize("selector", ["loop", "LOOP", "LOOP001", "loop001", "Loop.Repetition"])
def test_a_rule_is_selected_by_any_of_its_names(selector: str) -> None:
    checked, found = codes([selector])
    assert "LOOP001" in checked
    assert "LEAK001" not in checked
    assert found == ["LOOP001"]


def test_commas_and_several_selectors_add_up() -> None:
    checked, _ = codes(["LEAK001,drop", "HANG001"])
    lost = sorted(rule.code for rule in rules() if rule.family == "drop")
    assert checked == ["HANG001", "LEAK001", *lost]


def test_nothing_selected_is_everything() -> None:
    checked, _ = codes([])
    assert len(checked) >= 10


def test_ignored_rules_are_not_applied() -> None:
    checked, found = codes([], ["loop"])
    assert not any(code.startswith("LOOP") for code in checked)
    assert found == []


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("severity>=warning", ["LOOP001"]),
        ("severity >= error", ["LOOP001"]),
        ("SEVERITY=warning", []),
        ("severity<error", []),
        ("all", ["LOOP001"]),
    ],
)
def test_severities_select_findings(selector: str, found: list[str]) -> None:
    assert codes([selector])[1] == found


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [
        ("leek", "'leak'"),
        ("loop.repetiton", "'loop.repetition'"),
        ("LOOP01", "'LOOP001'"),
        ("severity>=warn", "'severity>=warning'"),
    ],
)
def test_a_typo_names_the_nearest(typo: str, nearest: str) -> None:
    with pytest.raises(UnknownSelector) as caught:
        parse([typo])
    assert nearest in str(caught.value)
    assert repr(typo) in str(caught.value)


def test_every_family_of_the_catalogue_can_be_selected() -> None:
    for family in FAMILIES:
        assert parse([family]).selectors[0].codes
