"""Every rule against its fixtures: fixtures/migrate/<slug>/<case>/before.py and after.py."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from agentloupe.migrate import migrate_source
from agentloupe.migrate.catalogue import catalogue, find_rule
from agentloupe.migrate.result import MigrationResult

FIXTURES = Path(__file__).parents[2] / "fixtures" / "migrate"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/before.py"))
FOLDERS = sorted(path.parent for path in FIXTURES.glob("*/*/before.*"))
CODE = {rule.slug: rule.code for rule in catalogue()}


# one case a rule is enough where the whole file is handled alike
ONE_EACH = list({case.parent.name: case for case in CASES}.values())


def case_id(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@cache
def migrated(case: Path) -> MigrationResult:
    return migrate(case, (case / "before.py").read_text())


def migrate(case: Path, text: str) -> MigrationResult:
    """The agents of a project are a rule of their own; here they are in a module beside the file.

    Elsewhere they are switched off: they would carry what the other rules leave.
    """
    own = case.parent.name == "own-agents"
    if own:
        return migrate_source(text, filename="before.py", module="classic_agents")
    return migrate_source(text, filename="before.py", ignore=("MIG091",))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_text_is_as_expected(case: Path) -> None:
    result = migrated(case)

    assert result.error is None
    assert result.code == (case / "after.py").read_text()
    ast.parse(result.code)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_second_run_changes_nothing(case: Path) -> None:
    after = (case / "after.py").read_text()

    assert migrate(case, after).code == after


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_only_what_the_rule_is_about_is_its_site(case: Path) -> None:
    result = migrated(case)

    fired = CODE[case.parent.name] in {site.code for site in result.sites}

    assert fired != case.name.startswith("not_")


@pytest.mark.parametrize("case", ONE_EACH, ids=case_id)
def test_line_ends_do_not_matter(case: Path) -> None:
    before = (case / "before.py").read_text()

    result = migrate(case, before.replace("\n", "\r\n"))

    assert result.code.replace("\r\n", "\n") == (case / "after.py").read_text()
    assert "\n" not in result.code.replace("\r\n", "")


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_sites_stand_in_the_source_and_marks_in_the_result(case: Path) -> None:
    before = (case / "before.py").read_text()

    result = migrated(case)

    lines = before.count("\n") + 1
    assert all(1 <= site.line <= lines for site in result.sites)
    for site in result.todos:
        assert f"# TODO(agentloupe) {site.code}:" in result.code
    assert bool(result.todos) == ("TODO(agentloupe)" in result.code)


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_a_rule_has_a_positive_and_two_look_alikes(rule) -> None:
    names = [case.name for case in FOLDERS if case.parent.name == rule.slug]

    assert sum(not name.startswith("not_") for name in names) >= 1
    assert sum(name.startswith("not_") for name in names) >= 2


def test_fixtures_belong_to_rules() -> None:
    assert {case.parent.name for case in FOLDERS} == {rule.slug for rule in catalogue()}
    assert find_rule("MIG030") is find_rule("Two-Agent-Chat")
    assert find_rule("MIG999") is None
