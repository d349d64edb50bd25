"""Widgets on the line API: they paint the lines that a view model gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from textual.app import App
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from ..pieces import Line, changed, fit, guarded, wrap
from .paint import Palette, palette


def colours(widget: Widget) -> Palette:
    """The palette of the app's theme."""
    app = cast("App[int]", widget.app)  # pyright: ignore[reportUnknownMemberType] unparametrised
    return palette(dark=app.current_theme.dark)


class Shown(Widget):
    """Parts of it are painted anew, and all of it when it is shown: what changed while there was no
    place for it has not been painted.
    """

    def on_show(self) -> None:
        self.refresh()


class Listing(Shown, ScrollView):
    """Rows of which single ones are painted anew, scrolled so that the chosen one is in sight."""

    MARGIN = 2  # rows kept in sight above and below the chosen one

    def refresh_line(self, y: int) -> None:
        """Paint a line anew, without the scrollbar beside it."""
        top, width = round(self.scroll_offset.y), self.scrollable_content_region.width
        self.refresh(Region(0, y - top, width, 1))

    def bring(self, at: int) -> None:
        """Scroll so that a row is in sight."""
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = round(self.scroll_offset.y)
        margin = min(self.MARGIN, max(0, (height - 1) // 2))
        target = min(max(top, at - height + 1 + margin), max(0, at - margin))
        if abs(target - top) == 1:  # a third of what is seen at once: scrolling paints all of it
            target = top + (target - top) * max(1, height // 3)
        if abs(target - top) > height:  # far away: with something of what came before it
            target = at - height // 3
        target = max(0, min(target, self.virtual_size.height - height))
        if target != top:
            self.scroll_to(y=target, animate=False, immediate=True, force=True)


class Bar(Shown):
    """A few lines that a function makes for a width; `refresh` makes them anew."""

    def __init__(self, make: Callable[[int], Sequence[Line]], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._make = make
        self._made: tuple[int, Sequence[Line]] | None = None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Bar:
        self._made = None
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def renew(self) -> None:
        """Make the lines anew, and paint those that have changed."""
        before, width = self._made, self.size.width
        if before is None or before[0] != width:
            self.refresh()
            return
        lines = self._lines(width)
        self._made = (width, lines)
        for y, (old, new) in enumerate(zip(before[1], lines, strict=False)):
            if old != new:
                super().refresh(Region(0, y, changed(old, new), 1))

    def _lines(self, width: int) -> Sequence[Line]:
        return guarded(lambda: self._make(width), lambda line: [fit(line, width)])

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._made is None or self._made[0] != width:
            self._made = (width, self._lines(width))
        lines = self._made[1]
        return colours(self).strip(lines[y] if y < len(lines) else fit([], width))


class Text(Shown, ScrollView):
    """Lines of any length, wrapped to the width; `show` replaces them."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, can_focus=False)
        self._lines: Sequence[Line] = []
        self._wrapped: list[Line] = []
        self._width = 0

    def show(self, lines: Sequence[Line], *, top: bool = True) -> None:
        """Show other lines, from the top unless told otherwise."""
        before = self._wrapped
        self._lines = lines
        self._wrap()
        if top and self.scroll_offset.y:
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
            self.refresh()
            return
        shown = round(self.scroll_offset.y)
        for y in range(self.size.height):
            old, new = self._at(before, shown + y), self._at(self._wrapped, shown + y)
            if old != new:
                self.refresh(Region(0, y, changed(old, new), 1))

    def on_resize(self) -> None:
        self._wrap()

    def render_line(self, y: int) -> Strip:
        return colours(self).strip(self._at(self._wrapped, y + round(self.scroll_offset.y)))

    def _at(self, lines: Sequence[Line], at: int) -> Line:
        return fit([(" ", ""), *(lines[at] if at < len(lines) else [])], self._width)

    def _wrap(self) -> None:
        self._width = width = self.scrollable_content_region.width
        if width > 4:
            self._wrapped = [part for line in self._lines for part in wrap(line, width - 2, "  ")]
            # a virtual size that changes makes Textual lay the whole screen out: whole pages only
            page = max(1, self.scrollable_content_region.height)
            self.virtual_size = Size(width, -(-max(1, len(self._wrapped)) // page) * page)
