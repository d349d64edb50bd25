"""`loupe run --iterations N app.py`: call the module's `scenario()` N times in one process.

Started in the program's place as `python -m agentloupe.cli.scenario N app.py ARGS` (or `N -m MODULE
ARGS`). The program is imported, not run: what stands under `if __name__ == "__main__"` is left
alone. An `async def scenario()` is awaited in one event loop, so that what piles up in the loop is
seen.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ITERATIONS: Final = "AGENTLOUPE_ITERATIONS"
USAGE: Final = 2


def command(count: int, words: Sequence[str], at: int) -> list[str]:
    """Python's arguments that repeat the program which begins at `words[at]`."""
    return [*words[:at], "-m", "agentloupe.cli.scenario", str(count), *words[at:]]


def load(words: list[str]) -> ModuleType:
    """Import the program that `words` names, with `sys.argv` and `sys.path` as it knows them."""
    if words[0] == "-m":
        sys.path[0] = ""
        module = importlib.import_module(words[1])
        sys.argv = [module.__file__ or words[1], *words[2:]]
        return module
    path = Path(words[0])
    sys.argv = words
    sys.path[0] = str(path.parent.absolute())
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{words[0]!r} is no Python file")
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def _awaited(scenario: Callable[[], Any], count: int) -> None:
    for _ in range(count):
        await scenario()


def main() -> int:
    """Returns the exit status: 2 when there is no scenario to call."""
    count = int(sys.argv[1])
    words = sys.argv[2:]
    os.environ[ITERATIONS] = str(count)
    try:
        module = load(words)
    except FileNotFoundError as error:
        print(f"loupe: cannot open {error.filename!r}", file=sys.stderr)  # noqa: T201 its one line
        return USAGE
    scenario = getattr(module, "scenario", None)
    if not callable(scenario):
        what = " ".join(words[:2]) if words[0] == "-m" else words[0]
        print(  # noqa: T201 its one line
            f"loupe: {what} has no `async def scenario()` to call: write one, or leave "
            "--iterations out and let the program loop itself",
            file=sys.stderr,
        )
        return USAGE
    if inspect.iscoroutinefunction(scenario):
        asyncio.run(_awaited(scenario, count))
        return 0
    for _ in range(count):
        scenario()
    return 0


if __name__ == "__main__":
    sys.exit(main())
