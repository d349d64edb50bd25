"""The documentation of rules, from the rules: `docs/rules.md`, and the text of `loupe explain`.

python -m agentloupe.diagnose.docs > docs/rules.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .catalogue import rules
from .rule import Rule

_HEAD = """# Rules

What `loupe check` looks for. `loupe rules` lists this table, `loupe explain CODE` prints a section.
Codes are never reused. Choose rules with `--select` and `--ignore`: a family (`loop`), a code
(`LOOP001`), a slug (`loop.repetition`) or `severity>=warning`; case does not matter.

Rules about wiring (PLUG) also judge before anything runs: `loupe doctor app.py` reads a program's
text and that of its own modules, and `loupe run` looks at teams as they are made and says at once
what cannot work. How often findings are right, by the word that they bear, is measured in
[calibration](../benchmarks/calibration.md).

This page is generated: `python -m agentloupe.diagnose.docs > docs/rules.md`.
"""

_SETTINGS = """## Settings

A project decides in `[tool.agentloupe]` of its pyproject.toml, or in agentloupe.toml beside it:

```toml
[tool.agentloupe]
ignore = ["cost", "LOOP004"]          # rules that are off; `select` names the only ones

[tool.agentloupe.tools.check_health]
exempt = true                         # calls of it are no loop

[tool.agentloupe.agents.clock]
patience = 3.0                        # times the usual repetitions before it is one

[[tool.agentloupe.suppress]]
rule = "loop.repetition"
agent = "drill"                       # any agent, when left out
until = 2026-12-31                    # for good, when left out
reason = "repeats its exercises by design"
```

A comment in the program does the same, and needs a reason, too:
`# loupe: ignore[loop.repetition] agent=drill: repeats its exercises by design`.

`loupe check --write-baseline FILE [--until DATE] [--reason TEXT]` writes down what is found;
`--baseline FILE` accepts it from then on, by its fingerprint, until that date. A finding whose time
is over is told again. A leak is told again once it grows a
quarter faster. `loupe run --break-loops` answers loops while they go on, and other findings
whose rules it names and that show before the end: `--break-loops 'talk=warn;stall=stop'`.

`embedding = "NAME"` in the settings lets the loop rules compare messages by their meaning, too, for
paraphrases that share no words. A package offers NAME as an entry point of the group
`agentloupe.embeddings`: a function from a text to a vector. None is ever imported unasked."""


def page(known: Sequence[Rule]) -> str:
    """`docs/rules.md`."""
    table = ["| code | slug | severity | finds |", "| --- | --- | --- | --- |"]
    table += [f"| {r.code} | `{r.slug}` | {r.severity} | {r.title} |" for r in known]
    sections = [f"## {r.code} {r.slug}\n\n{body(r)}" for r in known]
    return "\n\n".join([_HEAD.rstrip(), "\n".join(table), _SETTINGS, *sections]) + "\n"


def explain(rule: Rule) -> str:
    """A rule for a reader at the terminal, in Markdown."""
    return f"# {rule.code} {rule.slug}\n\n{body(rule)}\n"


def body(rule: Rule) -> str:
    """What a rule finds, how it decides, what it needs, when it errs and what to do."""
    return "\n\n".join(
        [
            f"{rule.title.capitalize()}. Severity: {rule.severity}.",
            rule.docs,
            f"**Needs** {rule.needs}.",
            f"**May be wrong**: {rule.doubt}.",
            f"**What to do**: {_fenced(rule.advice)}",
        ]
    )


def _fenced(advice: str) -> str:
    """Advice with its indented lines as code blocks."""
    lines: list[str] = []
    code = False
    for line in advice.splitlines():
        indented = line.startswith("    ")
        if indented != code:
            lines.append("\n```python" if indented else "```\n")
            code = indented
        lines.append(line[4:] if indented else line)
    if code:
        lines.append("```")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page(rules()))
