"""All migration rules, for ``loupe rules`` and ``loupe explain MIG0xx``."""

from __future__ import annotations

from .rules import RuleInfo, load_rules


def catalogue() -> tuple[RuleInfo, ...]:
    """Every rule, sorted by code."""
    return load_rules()


def find_rule(name: str) -> RuleInfo | None:
    """The rule with this code or slug (case does not matter), or None."""
    wanted = name.lower()
    for rule in catalogue():
        if wanted in (rule.code.lower(), rule.slug.lower()):
            return rule
    return None
