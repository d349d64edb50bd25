"""Widgets on the line API: they paint the lines that a view model gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from textual.app import App
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from ..pieces import Line, fit, guarded, wrap
from .paint import Palette, palette


def colours(widget: Widget) -> Palette:
    """The palette of the app's theme."""
    app = cast("App[int]", widget.app)  # pyright: ignore[reportUnknownMemberType] unparametrised
    return palette(dark=app.current_theme.dark)


class Bar(Widget):
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
                super().refresh(Region(0, y, width, 1))

    def _lines(self, width: int) -> Sequence[Line]:
        return guarded(lambda: self._make(width), lambda line: [fit(line, width)])

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._made is None or self._made[0] != width:
            self._made = (width, self._lines(width))
        lines = self._made[1]
        return colours(self).strip(lines[y] if y < len(lines) else fit([], width))


class Text(ScrollView):
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
        for at in range(shown, shown + self.size.height):
            if before[at : at + 1] != self._wrapped[at : at + 1]:
                self.refresh_line(at)

    def on_resize(self) -> None:
        self._wrap()

    def render_line(self, y: int) -> Strip:
        width = self._width
        at = y + self.scroll_offset.y
        line = self._wrapped[at] if at < len(self._wrapped) else []
        return colours(self).strip(fit([(" ", ""), *line], width))

    def _wrap(self) -> None:
        self._width = width = self.scrollable_content_region.width
        if width > 4:
            self._wrapped = [part for line in self._lines for part in wrap(line, width - 2, "  ")]
            # a virtual size that changes makes Textual lay the whole screen out: whole pages only
            page = max(1, self.scrollable_content_region.height)
            self.virtual_size = Size(width, -(-max(1, len(self._wrapped)) // page) * page)
