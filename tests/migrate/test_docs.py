"""docs/migration.md is what the rules say."""

from __future__ import annotations

from pathlib import Path

from agentloupe.migrate.catalogue import catalogue
from agentloupe.migrate.table import page

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"


def test_page_is_generated_from_the_rules() -> None:
    assert PAGE.read_text() == page()


def test_every_rule_has_its_row_and_its_section() -> None:
    text = PAGE.read_text()

    for rule in catalogue():
        assert text.count(f"| [{rule.code}](#{rule.code.lower()}) |") == 1
        assert text.count(f"## {rule.code} {rule.slug}: ") == 1
