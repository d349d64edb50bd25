"""Files of at most 500 lines, functions of at most 60, here as in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

FILE_LIMIT = 500
FUNCTION_LIMIT = 60
MEDIAN_LIMIT = 12


@pytest.fixture(scope="module")
def python_files(repository_files: list[Path]) -> list[Path]:
    """All Python but fixtures, which are other people's programs as often as not."""
    return [
        each for each in repository_files if each.suffix == ".py" and each.parts[0] != "fixtures"
    ]


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, decorators not counted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_too_long(root: Path, python_files: list[Path]) -> None:
    lengths = {each: len((root / each).read_text("utf-8").splitlines()) for each in python_files}
    assert {str(each): n for each, n in lengths.items() if n > FILE_LIMIT} == {}


def test_no_function_is_too_long(root: Path, python_files: list[Path]) -> None:
    long = {
        f"{each}:{name}": lines
        for each in python_files
        for name, lines in functions((root / each).read_text("utf-8"))
        if lines > FUNCTION_LIMIT
    }
    assert long == {}


def test_functions_are_short_as_a_rule(
    root: Path, python_files: list[Path], folders: tuple[str, ...]
) -> None:
    sizes = [
        lines
        for each in python_files
        if each.parts[0] in folders
        for _, lines in functions((root / each).read_text("utf-8"))
    ]
    assert median(sizes) <= MEDIAN_LIMIT
