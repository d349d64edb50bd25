"""`loupe explain`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from inspect import cleandoc
from textwrap import indent
from typing import TYPE_CHECKING

import click

from ..tracer.errors import LoupeError
from .terminal import paint, say

if TYPE_CHECKING:
    from ..diagnose.rule import Rule
    from ..migrate.rules import RuleInfo


class NoSuchRule(LoupeError):  # noqa: N818 reads as a sentence
    """No rule has this code or slug."""

    code = "LP401"


@click.command()
@click.argument("code")
def command(code: str) -> None:
    """Say what a rule or migration code means, how it is decided, and what to do.

    CODE is a code (LOOP001, MIG030) or a slug (loop.repetition).
    """
    for line in explanation(code):
        say(line)


def explanation(name: str) -> Iterator[str]:
    """The lines about one rule.

    Raises:
        NoSuchRule: there is none of that name; the message names the nearest.
    """
    from ..diagnose.catalogue import rule

    diagnosis = rule(name)
    if diagnosis is not None:
        return _diagnosis(diagnosis)
    from ..migrate.catalogue import find_rule  # loads LibCST

    migration = find_rule(name)
    if migration is not None:
        return _migration(migration)
    raise unknown(name)


def unknown(name: str) -> NoSuchRule:
    """The error for a name that no rule has."""
    from .rules import all_rules

    names = {each.lower(): each for row in all_rules() for each in (row.code, row.slug)}
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(repr(names[each]) for each in near)}? " if near else ""
    return NoSuchRule(f"no rule is called {name!r}", f"{hint}`loupe rules` lists all rules")


def _diagnosis(rule: Rule) -> Iterator[str]:
    yield paint(f"{rule.code} {rule.slug} ({rule.severity})", bold=True)
    yield rule.title
    yield from _part("How it is decided", rule.about or "")
    yield from _part("What a trace must hold", rule.needs)
    yield from _part("Why it may be wrong", rule.doubt)
    yield from _part("What to do", rule.advice)


def _migration(rule: RuleInfo) -> Iterator[str]:
    yield paint(f"{rule.code} {rule.slug} ({rule.level})", bold=True)
    yield rule.title
    yield from _part("In v0.2", rule.v02)
    yield from _part("In 0.7", rule.v07)
    yield from _part("How it is migrated", rule.docs)
    for example in rule.examples:
        yield from _part("Before", example.before)
        yield from _part("After", example.after)


def _part(heading: str, text: str) -> Iterator[str]:
    if text.strip():
        yield ""
        yield paint(heading, bold=True)
        yield indent(cleandoc(f"\n{text}"), "  ")
