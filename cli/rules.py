"""`loupe rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shapes import SCHEMA, RuleRow, RulesDocument
from .terminal import document, say, table

if TYPE_CHECKING:
    from ..diagnose.rule import Rule
    from ..migrate.rules import RuleInfo


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def command(as_json: bool) -> None:
    """List the rules of the diagnosis and of the migration."""
    rows = all_rules()
    if as_json:
        document(RulesDocument(SCHEMA, rows))
        return
    for line in table(
        ("CODE", "SLUG", "LEVEL", "TITLE"),
        [(row.code, row.slug, row.level, row.title) for row in rows],
    ):
        say(line)


def all_rules() -> list[RuleRow]:
    """Every rule of both catalogues."""
    from ..diagnose.catalogue import rules
    from ..migrate.catalogue import catalogue

    return [*map(_diagnosis, rules()), *map(_migration, catalogue())]


def _diagnosis(rule: Rule) -> RuleRow:
    return RuleRow(rule.code, rule.slug, "diagnosis", rule.severity, rule.title)


def _migration(rule: RuleInfo) -> RuleRow:
    return RuleRow(rule.code, rule.slug, "migration", rule.level, rule.title)
