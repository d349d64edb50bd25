"""The runtimes of this process, for whoever acts on them or controls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from .traced import TracedRuntime

runtimes: WeakSet[TracedRuntime] = WeakSet()

#: Called with each new runtime.
newcomers: list[Callable[[TracedRuntime], None]] = []

#: Pauses everything; there when somebody can resume it.
pausers: list[Callable[[], None]] = []


def enter(runtime: TracedRuntime) -> None:
    """A runtime was made."""
    runtimes.add(runtime)
    for newcomer in newcomers:
        newcomer(runtime)
