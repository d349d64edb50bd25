"""Notebooks are looked at as the scripts that they are: each fault at its cell and line."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.diagnose.notebook import script
from agentloupe.diagnose.preflight import UnreadableProgram, preflight

from .scripts import FIXTURES

PROGRAMS = sorted((FIXTURES / "preflight").glob("w*.py"))


def notebook(*cells: tuple[str, str]) -> str:
    made = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_faults_stand_in_the_cell_that_has_them(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.splitlines()
    begins = [min([n.lineno, *_decorated(n)]) for n in ast.parse(text).body][1::3]
    cells: list[tuple[str, str]] = [("markdown", "# What it does"), ("code", "%pip install x")]
    for start, end in zip([1, *begins], [*begins, len(lines) + 1], strict=True):
        cells.append(("code", "\n".join(lines[start - 1 : end - 1])))
    made = tmp_path / "app.ipynb"
    made.write_text(notebook(*cells), "utf-8")
    starts = [1, *begins]
    found = [
        (starts[fault.cell - 3] + fault.line - 1, fault.code)
        for fault in preflight(made, path.parent)
    ]
    assert found == [(fault.line, fault.code) for fault in preflight(path)] != []


def _decorated(node: ast.AST) -> list[int]:
    return [each.lineno for each in getattr(node, "decorator_list", [])]


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("%time x = f()\ny = 1", "pass\ny = 1"),
        ("!pip install \\\n  autogen\nx = 1", "pass\npass\nx = 1"),
        ("%%bash\necho 'it is'\nls", "pass\npass\npass"),
        ("%%capture out\nx = 1", "pass\nx = 1"),
        ("if x:\n    !ls\nf?", "if x:\n    pass\npass"),
        ("x = (\n'%s'\n% y,\n# why?\n)", "x = (\n'%s'\n% y,\n# why?\n)"),
        ("pip install autogen", "pass"),
        ("print(await team.run())", "print(await team.run())"),
    ],
)
def test_what_only_a_notebook_understands_is_left_out(cell: str, plain: str) -> None:
    text, starts = script(notebook(("code", cell)))
    assert text == f"{plain}\n"
    assert starts == ((1, 1),)
    ast.parse(text)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": 3}', "x = 1"])
def test_what_is_no_notebook_is_said(text: str, tmp_path: Path) -> None:
    path = tmp_path / "app.ipynb"
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableProgram, match=r"app\.ipynb"):
        preflight(path)


KEYS = st.sampled_from(["cell_type", "source", "metadata"])
PLAIN = st.none() | st.integers() | st.text() | st.just("code") | st.lists(st.text())


@given(PLAIN | st.lists(PLAIN | st.dictionaries(KEYS, PLAIN)))
def test_any_cells_are_survived(cells: Any) -> None:
    text = json.dumps({"cells": cells})
    if not isinstance(cells, list):
        with pytest.raises(ValueError, match="no cells"):
            script(text)
        return
    _, starts = script(text)
    assert [number for _, number in starts] == sorted({number for _, number in starts})
