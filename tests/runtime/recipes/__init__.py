"""Programs that hang, lose messages or go in circles on AutoGen 0.7.5, a file for each defect.

A recipe's program makes its runtime by the function that it is given, and returns what came of it
in words. `test_recipes.py` runs each on AutoGen's runtime, on ours, and under `loupe run`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Make = Callable[..., Any]

HANGS = "it hangs"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What comes of a program: what it returns, the name of what it raises, or `HANGS`."""

    program: Callable[[Make], Awaitable[str]]
    upstream: str
    ours: str
    #: the slug under which `loupe run` or `loupe check` reports it
    found: str
    #: it does no harm on our runtime, whatever its semantics are
    costs_only_theirs: bool = False
    #: it is a loop: ours has a breaker
    loops: bool = False
    #: what our runtime is told
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


def recipes() -> dict[str, Recipe]:
    """All of them, by the names of their files."""
    names = [each.name for each in pkgutil.iter_modules(__path__)]
    return {
        name: importlib.import_module(f"{__name__}.{name}").RECIPE
        for name in sorted(names)
        if name not in ("__main__", "parts")
    }
