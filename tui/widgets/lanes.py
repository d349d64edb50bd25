"""The swimlane: as many rows as the run has, of which only the visible ones are ever made."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..replay import Lanes
from ..source import Recent
from .lines import colours

_STRIDE = 4
_MARGIN = 2  # rows kept in sight above and below the cursor


class LanesView(ScrollView):
    """Shows the rows of a session and follows its cursor."""

    class Laid(Message):
        """The columns have moved: what stands above them must be painted anew."""

    def __init__(self, lanes: Lanes, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, can_focus=False)
        self.lanes = lanes
        self._painted = Recent(300)

    def on_mount(self) -> None:
        self.lanes.session.cursor.watch(self._moved)

    def on_resize(self) -> None:
        self.lay_out()
        self.reveal()

    def lay_out(self) -> None:
        """Rows or columns have changed: measure and paint all of it."""
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        before = self.lanes.layout
        if self.lanes.resize(width) != before:
            self.post_message(self.Laid())
        self.virtual_size = Size(width, self.lanes.session.folding.rows)
        self.refresh()

    def reveal(self) -> None:
        """Scroll so that the cursor's row is in sight."""
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        at, top = self.lanes.session.at, round(self.scroll_offset.y)
        margin = min(_MARGIN, max(0, (height - 1) // 2))
        target = min(max(top, at - height + 1 + margin), max(0, at - margin))
        if abs(target - top) == 1:  # a few rows at once: scrolling paints all of them
            target = top + (target - top) * min(_STRIDE, max(1, height // 3))
        if abs(target - top) > height:  # far away: with something of what came before it
            target = at - height // 3
        target = max(0, min(target, self.virtual_size.height - height))
        if target != top:
            self.scroll_to(y=target, animate=False, immediate=True, force=True)

    def render_line(self, y: int) -> Strip:
        session = self.lanes.session
        at = y + round(self.scroll_offset.y)
        paint = colours(self)
        if at >= session.folding.rows:
            return Strip.blank(self.scrollable_content_region.width, paint.style(""))
        if at == session.at:  # changes with every step: which delivery, where in the fold
            return paint.strip(self.lanes.line(at), here=True)
        key = (at, session.version, self.lanes.layout)
        return self._painted.get(key, lambda: paint.strip(self.lanes.line(at)))

    def on_click(self, event: events.Click) -> None:
        session = self.lanes.session
        at = event.y + round(self.scroll_offset.y)
        if 0 <= at < session.folding.rows:
            row = session.row(at)
            if row.kind == "headline":
                session.cursor.go(row.start)
            else:
                session.cursor.go(row.start)

    def _moved(self, before: int, now: int) -> None:
        folding = self.lanes.session.folding
        self.refresh_line(folding.at(before))
        self.refresh_line(folding.at(now))
        self.reveal()
