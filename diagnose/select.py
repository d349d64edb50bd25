"""Choosing rules and findings: `--select`, `--ignore` and `--fail-on` speak this language.

A selector is a family (`leak`), a code (`LEAK001`), a slug (`loop.handoff`), a severity
(`severity>=warning`) or `all`; case does not matter.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ..tracer.errors import LoupeError
from .catalogue import rules
from .finding import SEVERITIES, Finding
from .rule import Rule

_SEVERITY = re.compile(r"severity\s*(>=|==|=|<=|>|<)\s*(\w+)")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class UnknownSelector(LoupeError):  # noqa: N818 reads as a sentence
    """A selector names no rule, family or severity."""

    code = "LP307"


@dataclass(frozen=True, slots=True)
class Selector:
    """One parsed selector."""

    text: str
    codes: frozenset[str]
    severities: frozenset[str]

    def takes(self, code: str, severity: str) -> bool:
        return code in self.codes and severity in self.severities


@dataclass(frozen=True, slots=True)
class Selection:
    """Any of several selectors."""

    selectors: tuple[Selector, ...]

    def rule(self, rule: Rule) -> bool:
        """Whether the rule could give a finding that is selected (its severity may vary)."""
        return any(rule.code in selector.codes for selector in self.selectors)

    def every_finding_of(self, rule: Rule) -> bool:
        """Whether all the rule could find is selected, whatever its severity."""
        return any(
            rule.code in selector.codes and len(selector.severities) == len(SEVERITIES)
            for selector in self.selectors
        )

    def finding(self, finding: Finding) -> bool:
        """Whether the finding is selected."""
        return any(s.takes(finding.code, finding.severity) for s in self.selectors)


def parse(texts: Iterable[str]) -> Selection:
    """Selectors from the command line or a config file; commas separate, too.

    Raises UnknownSelector, which names the nearest known one.
    """
    parts = [part.strip() for text in texts for part in text.split(",")]
    return Selection(tuple(_parse(part) for part in parts if part))


def _parse(text: str) -> Selector:
    known = rules()
    word = text.lower()
    every = frozenset(rule.code for rule in known)
    anything = frozenset(SEVERITIES)
    if match := _SEVERITY.fullmatch(word):
        return Selector(text, every, _severities(text, *match.groups()))
    if word == "all":
        return Selector(text, every, anything)
    codes = frozenset(
        rule.code for rule in known if word in (rule.code.lower(), rule.slug, rule.family)
    )
    if not codes and word in _families():
        return Selector(text, frozenset(), anything)
    if not codes:
        raise _unknown(text, _names(known))
    return Selector(text, codes, anything)


def _families() -> frozenset[str]:
    from .catalogue import FAMILIES

    return frozenset(FAMILIES)


def _severities(text: str, sign: str, name: str) -> frozenset[str]:
    if name not in SEVERITIES:
        raise _unknown(text, [f"severity{sign}{severity}" for severity in SEVERITIES])
    bound = SEVERITIES.index(name)
    compare = _COMPARE[sign]
    return frozenset(s for place, s in enumerate(SEVERITIES) if compare(place, bound))


def _names(known: Iterable[Rule]) -> list[str]:
    names = {name for rule in known for name in (rule.code, rule.slug, rule.family)}
    return sorted(names | {"all", "severity>=warning"})


def _unknown(text: str, names: list[str]) -> UnknownSelector:
    by_case = {name.lower(): name for name in names}
    near = get_close_matches(text.lower(), by_case, n=1, cutoff=0.5)
    hint = f"did you mean {by_case[near[0]]!r}? " if near else ""
    return UnknownSelector(
        f"no rule, family or severity is called {text!r}", f"{hint}`loupe rules` lists all rules"
    )
