"""A list of rows on the line API: only the visible ones are ever made."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from ..pieces import Line, fit, guarded
from .lines import Listing, colours


class Listed(Protocol):
    """What is listed, and which row is chosen (-1: none)."""

    @property
    def chosen(self) -> int: ...
    def count(self) -> int: ...
    def line(self, at: int, width: int) -> Line: ...


class RowsView(Listing):
    """The rows of a list, following the one that is chosen."""

    class Chosen(Message):
        """A row was clicked; `again`: it was the chosen one already."""

        def __init__(self, at: int, *, again: bool) -> None:
            super().__init__()
            self.at = at
            self.again = again

    def __init__(self, listed: Listed, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, can_focus=False)
        self.listed = listed

    def lay_out(self) -> None:
        """Rows have come, gone or changed."""
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, self.listed.count())
        self.refresh()
        self.reveal()

    def on_resize(self) -> None:
        self.lay_out()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + round(self.scroll_offset.y)
        listed = self.listed
        if at >= listed.count():
            return Strip.blank(width, colours(self).style(""))
        line = guarded(lambda: listed.line(at, width), lambda line: line)
        return colours(self).strip(fit(line, width), here=at == listed.chosen)

    def moved(self, before: int) -> None:
        """Another row is chosen."""
        self.refresh_line(before)
        self.refresh_line(self.listed.chosen)
        self.reveal()

    def reveal(self) -> None:
        """Scroll so that the chosen row is in sight."""
        if self.listed.chosen >= 0:
            self.bring(self.listed.chosen)

    def on_click(self, event: events.Click) -> None:
        at = event.y + round(self.scroll_offset.y)
        if at < self.listed.count():
            self.post_message(self.Chosen(at, again=at == self.listed.chosen))
