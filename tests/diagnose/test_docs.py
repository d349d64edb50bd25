"""The generated pages are the ones committed."""

from __future__ import annotations

from pathlib import Path

from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.docs import explain, page
from agentloupe.diagnose.report import Report

DOCS = Path(__file__).parents[2] / "docs"


def test_the_rules_page_is_current() -> None:
    assert (DOCS / "rules.md").read_text("utf-8") == page(rules()), (
        "run: python -m agentloupe.diagnose.docs > docs/rules.md"
    )


def test_the_schema_has_the_fields_of_the_design() -> None:
    definitions = Report.model_json_schema(by_alias=True, mode="serialization")["$defs"]
    assert list(definitions["Finding"]["properties"]) == [
        "code", "slug", "severity", "confidence", "certainty", "agents", "conversation",
        "first_step", "last_step", "detected_at_step", "first_span", "spans", "fingerprint",
        "title", "evidence", "advice", "cost",
    ]  # fmt: skip
    assert list(definitions["RunReport"]["properties"]) == [
        "run", "source", "verdict", "checked", "not_applicable", "findings",
    ]  # fmt: skip
    assert list(definitions["Cost"]["properties"]) == ["steps", "tokens", "seconds", "bytes"]


def test_a_section_explains_a_rule() -> None:
    for rule in rules():
        text = explain(rule)
        assert text.startswith(f"# {rule.code} {rule.slug}\n")
        for part in ("**Needs**", "**May be wrong**", "**What to do**"):
            assert part in text
        assert text.count("```") % 2 == 0
