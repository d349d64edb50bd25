"""What every migration rule owes its readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentloupe.migrate import rules
from agentloupe.migrate.catalogue import catalogue
from agentloupe.migrate.rules import load_rules

SOURCES = sorted(
    path for path in Path(rules.__path__[0]).parent.rglob("*.py") if "__pycache__" not in path.parts
)


def test_codes_and_slugs_are_unique() -> None:
    found = catalogue()

    assert len({rule.code for rule in found}) == len(found)
    assert len({rule.slug for rule in found}) == len(found)
    assert [rule.code for rule in found] == sorted(rule.code for rule in found)


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_a_rule_explains_itself(rule) -> None:
    assert re.fullmatch(r"MIG\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.slug)
    assert rule.level in ("migrated", "caveat", "todo")
    assert len(rule.docs.split()) > 20
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.v02
    assert rule.v07
    assert rule.examples
    assert all(example.before != example.after for example in rule.examples)


def test_every_rule_file_is_registered() -> None:
    folder = Path(rules.__path__[0])
    declaring = [path for path in folder.glob("*.py") if "RULE = RuleInfo(" in path.read_text()]

    assert len(declaring) == len(load_rules())


def test_every_code_in_the_sources_is_a_rule() -> None:
    known = {rule.code for rule in catalogue()}
    named = {code for path in SOURCES for code in re.findall(r'"(MIG\d{3})"', path.read_text())}

    assert named <= known


def test_rules_that_do_something_have_an_order_of_their_own() -> None:
    orders = [rule.order for rule in catalogue() if rule.apply is not None]

    assert len(orders) == len(set(orders))
