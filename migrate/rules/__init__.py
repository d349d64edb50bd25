"""Migration rules, one file each; a walk of this package registers them.

A rule module declares ``RULE``. Its ``check`` runs before it is decided what moves and may add
obstacles; its ``apply`` runs in the order of ``order`` and plans edits.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..context import Context
    from ..reader import Reader

Level = Literal["migrated", "caveat", "todo"]


@dataclass(frozen=True, slots=True)
class Example:
    """A v0.2 snippet and what becomes of it."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a rule says about itself and does.

    ``level`` is the strongest mark it leaves: ``migrated`` (none), ``caveat`` (a note in the
    report) or ``todo`` (a comment in the code). ``v02`` and ``v07`` are its row in the table.
    """

    code: str
    slug: str
    title: str
    level: Level
    v02: str
    v07: str
    docs: str
    examples: tuple[Example, ...] = ()
    order: int = 500
    check: Callable[[Reader], None] | None = None
    apply: Callable[[Context], None] | None = None


@cache
def load_rules() -> tuple[RuleInfo, ...]:
    """Import every module of this package that declares ``RULE``; sorted by code."""
    found: list[RuleInfo] = []
    for module in pkgutil.iter_modules(__path__):
        rule = getattr(importlib.import_module(f"{__name__}.{module.name}"), "RULE", None)
        if isinstance(rule, RuleInfo):
            found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.code))
