"""Steps that are chosen to be taken along: from a marked one to the cursor, or to another."""

from __future__ import annotations

from .cursor import Cursor


class Selection:
    """A range of steps; it follows the cursor until its end is marked too."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._start: int | None = None
        self._stop: int | None = None

    @property
    def following(self) -> bool:
        """Whether the range changes as the cursor moves."""
        return self._start is not None and self._stop is None

    @property
    def steps(self) -> range:
        """The steps, both ends included; empty when nothing is chosen."""
        if self._start is None:
            return range(0)
        end = self._cursor.step if self._stop is None else self._stop
        return range(min(self._start, end), max(self._start, end) + 1)

    def mark(self) -> str:
        """Mark one end, then the other, then begin anew; what is to be said."""
        if self._start is None or self._stop is not None:
            self._start, self._stop = self._cursor.step, None
            return "a range begins here; r again ends it"
        self._stop = self._cursor.step
        return f"{self}: x writes a report, y copies it, Y a command for it, Esc lets go"

    def clear(self) -> bool:
        """Let go of it; False when nothing was chosen."""
        had, self._start = self._start is not None, None
        self._stop = None
        return had

    def __str__(self) -> str:
        steps = self.steps
        return f"steps {steps[0]}–{steps[-1]}" if steps else ""
