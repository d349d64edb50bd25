"""Insides of v0.2's agents that code asks for which is handed agents and names nothing of AutoGen.

The agents of a project answer to the names of v0.2's methods there, but not to those of insides.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from pathlib import Path

from .classic_names import COMMON, INSIDES

WORDS = re.compile(rf"(?:\.|\bdef[ \t]+)(?:{'|'.join(sorted(INSIDES | COMMON))})\b")
_DEFINED = re.compile(
    r"\bdef[ \t]+(\w+)|\bself\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)|^[ \t]+(\w+)[ \t]*:", re.M
)

_MAY_BE = re.compile(r"Agent|Manager|Chat|\bAny\b|\bobject\b")


def asked(texts: Mapping[Path, str], agents: Set[Path]) -> dict[Path, frozenset[str]]:
    """By file what it asks for of these, where no class or function of the program has it.

    ``agents`` are files that make or extend agents, which are looked at elsewhere.
    """
    found = {
        path: frozenset(_asked(text))
        for path, text in texts.items()
        if path not in agents and WORDS.search(text)
    }
    if not any(found.values()):
        return {}
    own = {name for text in texts.values() for names in _DEFINED.findall(text) for name in names}
    return {path: names - own for path, names in found.items() if names - own}


def _asked(text: str) -> Iterator[str]:
    """Names that nothing else has, and others that are asked of what a function is handed."""
    with suppress(SyntaxError, ValueError, RecursionError):
        nodes = [*ast.walk(ast.parse(text))]
        functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        given = {each: {*_given(each)} for each in functions}
        held = {name for each in functions for name in _held(each, given[each])}
        yield from (n.attr for n in nodes if isinstance(n, ast.Attribute) and n.attr in INSIDES)
        common = {n for n in nodes if isinstance(n, ast.Attribute) and n.attr in COMMON}
        for each in functions if common else ():
            agents = given[each] | held
            yield from (
                n.attr for n in common & {*ast.walk(each)} if ast.unparse(n.value) in agents
            )


def _given(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Parameters that may be agents, as far as their annotations tell."""
    given = function.args
    for each in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        kind = ast.unparse(each.annotation) if each.annotation is not None else "Any"
        if each.arg not in ("self", "cls") and _MAY_BE.search(kind):
            yield each.arg


def _held(function: ast.AST, given: Set[str]) -> Iterator[str]:
    """`self.manager` where that is set to what a function was given."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in given:
            yield from map(ast.unparse, node.targets)
