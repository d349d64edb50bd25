"""Checks migrated programs against the AutoGen that is installed. Run as a child process.

Reads `{path: source}` as JSON from stdin, writes `[[path, line, text], …]` to stdout. Imports only
AutoGen's own modules, never the program: nothing of it is executed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
import typing
from collections.abc import Iterator
from typing import Any

PACKAGES = ("autogen_agentchat", "autogen_core", "autogen_ext")
OLD = ("autogen", "pyautogen")
MARK = "TODO(agentloupe)"
REACH = 4  # lines above a name in which its mark may stand

Finding = tuple[int, str]


def check(source: str) -> list[Finding]:
    """What is wrong with one program: imports, keywords, and v0.2 names without a mark."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [(error.lineno or 1, f"does not parse: {error.msg}")]
    names: dict[str, Any] = {}
    found = [*_imports(tree, names), *_keywords(tree, names)]
    return sorted([*found, *_unmarked(tree, source.splitlines())])


def _imports(tree: ast.Module, names: dict[str, Any]) -> Iterator[Finding]:
    """Imports of AutoGen that do not resolve; fills in what the others stand for."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level or node.module is None:
            continue
        if node.module.partition(".")[0] not in PACKAGES:
            continue
        try:
            module = importlib.import_module(node.module)
        except ImportError as error:
            ours = (error.name or "").partition(".")[0] in PACKAGES
            if ours:  # otherwise an extra is not installed here, which says nothing about the text
                yield node.lineno, f"{node.module} cannot be imported: {error}"
            continue
        for alias in node.names:
            if hasattr(module, alias.name):
                names[alias.asname or alias.name] = getattr(module, alias.name)
            else:
                yield node.lineno, f"{node.module} has no {alias.name}"


def _keywords(tree: ast.Module, names: dict[str, Any]) -> Iterator[Finding]:
    """Keywords that what is called does not accept."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        called = names.get(node.func.id)
        accepted = _accepted(called) if called is not None else None
        if accepted is None:
            continue
        for word in node.keywords:
            if word.arg is not None and word.arg not in accepted:
                yield word.value.lineno, f"{node.func.id} takes no {word.arg}="


def _accepted(called: Any) -> set[str] | None:
    """Names of the keywords, or None where anything goes.

    The model clients swallow unknown keywords in `**kwargs` without a word; what they mean to take
    stands in the TypedDict of the annotation.
    """
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return None
    accepted = {p.name for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD}
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named = _typed(called)
            if named is None:
                return None
            accepted |= named
    return accepted


def _typed(called: Any) -> set[str] | None:
    """Keys of the TypedDict that `**kwargs: Unpack[…]` of a constructor names."""
    try:
        hints = typing.get_type_hints(called.__init__, include_extras=True)
    except (AttributeError, NameError, TypeError):
        return None
    for hint in hints.values():
        for inner in typing.get_args(hint):
            # AutoGen's are those of typing_extensions, which typing.is_typeddict does not know
            if isinstance(inner, type) and hasattr(inner, "__total__"):
                return set(typing.get_type_hints(inner))
    return None


def _unmarked(tree: ast.Module, lines: list[str]) -> Iterator[Finding]:
    """Imports of v0.2 that no mark stands above."""
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        old = [name for name in modules if name.partition(".")[0] in OLD]
        above = lines[max(0, node.lineno - 1 - REACH) : node.lineno]
        if old and not any(MARK in line for line in above):
            yield node.lineno, f"{old[0]} of v0.2 is still imported, and nothing says so"


def main() -> None:
    given = typing.cast("dict[str, str]", json.load(sys.stdin))
    found = [(path, *item) for path, source in given.items() for item in check(source)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
