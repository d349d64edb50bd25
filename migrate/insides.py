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
    """Names that nothing else has, and others that are called of what a function is handed."""
    with suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(root := ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr in INSIDES:
                yield node.attr
        for function in ast.walk(root):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _of_parameters(function)


def _of_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    given = function.args
    names = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    for node in ast.walk(function):
        if not isinstance(node, ast.Attribute) or node.attr not in COMMON:
            continue
        if isinstance(node.value, ast.Name) and node.value.id in names - {"self", "cls"}:
            yield node.attr
