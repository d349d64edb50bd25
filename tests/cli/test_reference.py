"""docs/cli.md and docs/schemas are what the commands say of themselves."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from agentloupe.cli.commands import COMMANDS
from agentloupe.cli.reference import reference, schemas

DOCS = Path(__file__).resolve().parents[2] / "docs"
REMEDY = "run: python -m agentloupe.cli.reference docs"


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / "cli.md").read_text("utf-8") == reference(), REMEDY
    assert all(f"### loupe {name}\n" in reference() for name in COMMANDS)


def test_the_schemas_are_up_to_date() -> None:
    made = schemas()
    assert sorted(each.name for each in (DOCS / "schemas").iterdir()) == sorted(made)
    for name, schema in made.items():
        assert json.loads((DOCS / "schemas" / name).read_text("utf-8")) == schema, REMEDY
        jsonschema.Draft202012Validator.check_schema(schema)
