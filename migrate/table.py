"""docs/migration.md, made from the rules."""

from __future__ import annotations

from .catalogue import catalogue
from .rules import RuleInfo

HEAD = """\
# Migration: AutoGen v0.2 to 0.7

`loupe migrate PATH…` shows what it would do; `--diff` prints it, `--write` does it. What a rule can
follow from its constructor to every use is rewritten; what nothing can carry over is left exactly
as it was, with one comment above it:

    # TODO(agentloupe) MIG090: left on v0.2: .register_reply of bot: a reply function becomes …

Three marks tell a rule's sites apart in the report: *migrated* (same behaviour), *caveat* (a note:
the program runs, something small differs or is worth knowing) and *todo* (a comment in the code: a
person has to decide). `loupe explain MIG030` prints what is below for one rule.

A conversation runs on one version. What has to stay on v0.2 keeps the agents it talks to there, so
that the program still runs where both versions are installed; the parts that do not touch it move.
Where 0.7 has nothing that does the same, the file gets a small function or class of its own, once.
A second run changes nothing.

Where the rules leave something of a file to a person, the file is put on agents of its own as a
whole: source that the project gets (a file that is named carries it, the files of a folder share
`classic_agents.py`), which answers as v0.2's agents did, on the model clients, messages and
executors of 0.7. Methods and keywords have new names (`initiate_chat` is `start_chat`,
`llm_config=` is `model_config=`). `--ignore MIG091` leaves and marks instead. Files that import one
another go the same way; a file whose agents come from elsewhere or use something these agents lack
keeps its marks, and agents that only such a file uses stay on v0.2 with it. `--faithful` uses these
agents for every program.

`--interactive` asks about each conversation with everybody who takes part in it, as `git add -p`
does about hunks; what is refused stays as it is, without a mark, and requirements follow from what
was chosen. `--verify` checks the result against the installed AutoGen, and with `--run CMD` runs
the program in both versions before a scripted model and compares what agents said, called and got;
`--old-python` names the interpreter that has v0.2 and agentloupe.

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
