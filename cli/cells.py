"""Runs the code cells of a notebook as one program: `python -m agentloupe.cli.cells NOTEBOOK`.

What only IPython reads is left out: lines with `!` and `%`, cells that begin with `%%`. Cells that
await share one event loop, as in a kernel.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def run_cells(path: Path) -> None:
    """Run the cells in order, in one namespace; an exception of one ends it all."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    for number, text in _cells(path):
        code = compile(text, f"{path.name}[{number}]", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)
        if code.co_flags & inspect.CO_COROUTINE:
            loop.run_until_complete(result)


def _cells(path: Path) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and not text.lstrip().startswith("%%"):
            yield number, "\n".join(map(_plain, text.splitlines()))


def _plain(line: str) -> str:
    """A line, or the same with nothing in it if it is for IPython."""
    start = line.lstrip()
    return line[: len(line) - len(start)] + "pass" if start[:1] in ("!", "%", "?") else line


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    run_cells(Path(sys.argv[0]))
