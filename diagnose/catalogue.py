"""The registry: every module of `diagnose.rules` with a RULE, and what entry points add."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import entry_points

from ..tracer.errors import LoupeError
from .rule import Rule

GROUP = "agentloupe.rules"

#: Families of slugs and the prefix of their codes. Codes are never reused.
FAMILIES = {
    "loop": "LOOP",
    "leak": "LEAK",
    "hang": "HANG",
    "drop": "LOST",
    "starve": "FLOW",
    "talk": "FLOW",
    "end": "FLOW",
    "replay": "FLOW",
    "cost": "COST",
    "stall": "COST",
    "model": "MODL",
    "code": "CODE",
    "extn": "EXTN",
    "plug": "PLUG",
}


class BadRule(LoupeError):  # noqa: N818 reads as a sentence
    """A rule that an entry point added does not fit."""

    code = "LP302"


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, by code.

    Raises BadRule when two rules share a code or slug, or a code has another family's prefix.
    """
    found = sorted([*_own(), *_foreign()], key=lambda rule: rule.code)
    for rule in found:
        _check(rule, found)
    return tuple(found)


def rule(name: str) -> Rule | None:
    """The rule with this code or slug, in any case."""
    wanted = name.lower()
    return next((r for r in rules() if wanted in (r.code.lower(), r.slug)), None)


def _own() -> Iterator[Rule]:
    from . import rules as package

    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        yield module.RULE


def _foreign() -> Iterator[Rule]:
    for point in entry_points(group=GROUP):
        loaded: object = point.load()
        if not isinstance(loaded, Rule):
            raise BadRule(f"entry point {point.value!r} gives {loaded!r}, which is no Rule")
        yield loaded


def _check(rule: Rule, every: Iterable[Rule]) -> None:
    twins = [r.slug for r in every if rule.code == r.code or rule.slug == r.slug]
    if len(twins) > 1:
        raise BadRule(f"rules {' and '.join(twins)} share the code or slug of {rule.code}")
    prefix = FAMILIES.get(rule.family)
    if prefix is None or not rule.code.startswith(prefix):
        raise BadRule(f"{rule.code} {rule.slug}: the family has codes that begin {prefix!r}")
