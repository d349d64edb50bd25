"""docs/migration.md, made from the rules."""

from __future__ import annotations

from .catalogue import catalogue
from .rules import RuleInfo

HEAD = """\
# Migration: AutoGen v0.2 to 0.7

`loupe migrate PATH…` shows what it would do; `--diff` prints it, `--write` does it. What a rule can
follow from its constructor to every use is rewritten; what it cannot is left exactly as it was,
with one comment above it:

    # TODO(agentloupe) MIG090: left on v0.2: .register_reply of bot: a reply function becomes …

Three marks tell a rule's sites apart in the report: *migrated* (same behaviour), *caveat* (a note:
the program runs, something small differs or is worth knowing) and *todo* (a comment in the code: a
person has to decide). `loupe explain MIG030` prints what is below for one rule.

A conversation runs on one version. What has to stay on v0.2 keeps the agents it talks to there, so
that the program still runs where both versions are installed; the parts that do not touch it move.
Where 0.7 has nothing that does the same, the file gets a small function or class of its own, once.
A second run changes nothing.

`--faithful` keeps agents that say nothing of their own as members of their teams, so that the model
sees the same empty turns; otherwise they only sign the task.

This page is generated from the rules (`python -m agentloupe.migrate.table > docs/migration.md`).

## The table

| code | v0.2 | 0.7 | strongest mark |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    rows = "".join(
        f"| [{rule.code}](#{rule.code.lower()}) | {_cell(rule.v02)} | {_cell(rule.v07)} "
        f"| {rule.level} |\n"
        for rule in catalogue()
    )
    return HEAD + rows + "".join(_section(rule) for rule in catalogue())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _section(rule: RuleInfo) -> str:
    shown = "".join(
        f"\n```python\n# v0.2\n{example.before}\n\n# 0.7\n{example.after}\n```\n"
        for example in rule.examples
    )
    head = f'\n<a id="{rule.code.lower()}"></a>\n\n## {rule.code} {rule.slug}: {rule.title}\n'
    return f"{head}\n{rule.docs.strip()}\n{shown}"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
