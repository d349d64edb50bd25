"""The memory strip with the scrubber; a click goes to that part of the run."""

from __future__ import annotations

from textual import events
from textual.strip import Strip as Painted
from textual.widget import Widget

from ..pieces import Line, fit, guarded
from ..session import Session
from ..strip import AXIS, Strip
from .lines import colours


class StripView(Widget):
    """Measured again only when the run, its findings or the width have changed."""

    def __init__(self, session: Session, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.session = session
        self.rows = 2
        self._strip: Strip | None = None
        self._key: tuple[int, int, int] | None = None
        self._lines: tuple[Strip, int, list[Line]] | None = None

    def on_mount(self) -> None:
        self.session.cursor.watch(self._moved)

    def measured(self) -> Strip:
        """The strip for the size that the widget has now."""
        session = self.session
        key = (self.size.width, self.rows, session.version)
        if self._strip is None or key != self._key:
            self._key = key
            self._strip = Strip(
                self.size.width, self.rows, session.total, session.memory, session.findings
            )
        return self._strip

    def render_line(self, y: int) -> Painted:
        strip, step = self.measured(), self.session.cursor.step
        if self._lines is None or self._lines[:2] != (strip, step):
            width = self.size.width
            made = guarded(lambda: strip.lines(step), lambda line: [fit(line, width)])
            self._lines = (strip, step, made)
        lines = self._lines[2]
        return colours(self).strip(lines[min(y, len(lines) - 1)])

    def on_click(self, event: events.Click) -> None:
        if event.x >= AXIS and self.session.total:
            self.session.cursor.go(self.measured().step(event.x - AXIS))

    def _moved(self, before: int, now: int) -> None:
        strip = self.measured()
        if strip.column(before) != strip.column(now):
            self.refresh()
