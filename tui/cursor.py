"""The one place that knows where the user is.

Everything that shows the current step watches this object and never keeps a copy: a watcher is
called before `move` returns, so keys that arrive faster than the screen is painted all count.
"""

from __future__ import annotations

from collections.abc import Callable


class Cursor:
    """The current step of a run of `total` steps; `step` is 0 in a run without any."""

    def __init__(self, total: int, step: int = 0) -> None:
        self.total = total
        self._watchers: list[Callable[[int, int], None]] = []
        self._step = self._bounded(step)

    @property
    def step(self) -> int:
        return self._step

    def watch(self, watcher: Callable[[int, int], None]) -> Callable[[], None]:
        """Have `watcher(before, now)` called on every move; returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def go(self, step: int) -> bool:
        """Move to a step, or as near as the run has one; True if that is elsewhere."""
        before, self._step = self._step, self._bounded(step)
        if self._step == before:
            return False
        for watcher in tuple(self._watchers):
            watcher(before, self._step)
        return True

    def move(self, by: int) -> bool:
        """Move by a number of steps."""
        return self.go(self._step + by)

    def _bounded(self, step: int) -> int:
        return max(0, min(step, self.total - 1))
