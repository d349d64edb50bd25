"""Every rule on its fixtures: what it must find, and what looks alike and is fine."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.diagnose import Finding, check
from agentloupe.diagnose.catalogue import rule, rules

from .scripts import FIXTURES, ScriptedRecording, load

BAD = sorted(FIXTURES.glob("*.*/bad-*.json"))
FINE = sorted(FIXTURES.glob("*.*/ok-*.json"))


def found(path: Path) -> list[Finding]:
    recording = ScriptedRecording(load(path))
    report = check(recording)  # pyright: ignore[reportArgumentType]
    assert report.verdict != "error", report
    return list(report.findings)


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", BAD, ids=name)
def test_what_is_wrong_is_found(path: Path) -> None:
    expect = load(path)["expect"]
    findings = [finding for finding in found(path) if finding.code == expect["code"]]
    assert len(findings) == 1, [finding.title for finding in found(path)]
    finding = findings[0]
    assert finding.slug == path.parent.name
    names = list(finding.agents)
    assert names == expect["agents"] or names == expect["agents"] + expect.get("also", [])
    if "first_step" in expect:
        assert finding.first_step == expect["first_step"]
    if "detected_by" in expect:
        assert finding.detected_at_step is not None
        assert finding.detected_at_step <= expect["detected_by"]
    if "nearest" in expect:
        assert finding.evidence.facts["nearest"] == expect["nearest"]
    if "counter" in expect:
        assert finding.evidence.facts["counter"] == expect["counter"]


@pytest.mark.parametrize("path", BAD, ids=name)
def test_one_trouble_is_told_once(path: Path) -> None:
    family = path.parent.name.partition(".")[0]
    assert len([f for f in found(path) if f.slug.startswith(family)]) == 1


@pytest.mark.parametrize("path", FINE, ids=name)
def test_what_looks_alike_is_left_alone(path: Path) -> None:
    slug = path.parent.name
    assert [finding.title for finding in found(path) if finding.slug == slug] == []


@pytest.mark.parametrize("path", FINE, ids=name)
def test_look_alikes_of_a_family_trouble_none_of_its_rules(path: Path) -> None:
    family = path.parent.name.partition(".")[0]
    if family not in ("loop", "leak"):
        return  # a hang or a lost letter of one kind is another rule's matter
    titles = [f.title for f in found(path) if f.slug.startswith(f"{family}.")]
    assert titles == []


@pytest.mark.parametrize("path", BAD, ids=name)
def test_a_finding_convinces(path: Path) -> None:
    """Quoted evidence, a doubt, advice, a fingerprint that does not depend on the position."""
    for finding in found(path):
        assert finding.title
        assert finding.evidence.quotes or finding.evidence.facts
        assert finding.evidence.doubt
        assert finding.advice
        assert len(finding.fingerprint) == 16
        assert 0 < finding.confidence <= 1


def test_every_rule_is_documented_and_has_fixtures() -> None:
    for each in rules():
        assert len(each.docs) > 150, each.code
        assert each.title
        assert each.needs
        assert each.doubt
        assert each.advice
        folder = FIXTURES / each.slug
        assert len(list(folder.glob("bad-*.json"))) >= 1, each.slug
        assert len(list(folder.glob("ok-*.json"))) >= 2, each.slug


def test_every_fixture_belongs_to_a_rule() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir() and "." in path.name}
    assert folders == {each.slug for each in rules()}


def test_codes_are_never_reused_or_renumbered() -> None:
    frozen = dict(
        line.split() for line in (FIXTURES / "codes.txt").read_text("utf-8").splitlines() if line
    )
    assert {each.code: each.slug for each in rules()} == frozen, (
        "a code stays with its slug for good: add new ones to fixtures/diagnose/codes.txt"
    )


def test_rules_are_named_after_their_files() -> None:
    for each in rules():
        assert (
            Path(__file__).parents[2]
            / "diagnose/rules"
            / f"{each.slug.replace('.', '_').replace('-', '_')}.py"
        ).is_file()


def test_a_rule_is_found_by_code_and_slug() -> None:
    assert rule("loop001") is rule("Loop.Repetition")
    assert rule("nothing") is None
