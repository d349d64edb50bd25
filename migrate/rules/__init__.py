"""Migration rules, one file each; a walk of this package registers them."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Example:
    """A v0.2 snippet and what becomes of it."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a rule says about itself.

    ``level`` is the strongest mark it leaves: ``migrated`` (no mark), ``caveat`` (a note in the
    report) or ``todo`` (a comment in the code).
    """

    code: str
    slug: str
    title: str
    level: Literal["migrated", "caveat", "todo"]
    v02: str
    v07: str
    docs: str
    examples: tuple[Example, ...] = ()
    order: int = 0


@cache
def load_rules() -> tuple[RuleInfo, ...]:
    """Import every module of this package that declares ``RULE``; sorted by code."""
    found: list[RuleInfo] = []
    for module in pkgutil.iter_modules(__path__):
        rule = getattr(importlib.import_module(f"{__name__}.{module.name}"), "RULE", None)
        if isinstance(rule, RuleInfo):
            found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.code))
