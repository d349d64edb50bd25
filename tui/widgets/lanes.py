"""The swimlane: as many rows as the run has, of which only the visible ones are ever made."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from ..folding import Row
from ..pieces import Line, fit, pad
from ..replay import Lanes
from ..source import Recent
from .lines import Listing, colours

_LETTERS = list("asdfghjklqwertyuiopzxcvbnm")


class LanesView(Listing):
    """Shows the rows of a session and follows its cursor."""

    class Laid(Message):
        """The columns have moved: what stands above them must be painted anew."""

    class Pressed(Message):
        """A fold or an inner conversation was clicked: it is to be opened, or closed."""

    def __init__(self, lanes: Lanes, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, can_focus=False)
        self.lanes = lanes
        self.letters: dict[str, int] = {}  # in jump mode: the letters of each visible row
        self._typed = ""
        self._painted = Recent(300)
        self._sight: list[Row] = []  # what was painted last

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
        self.virtual_size = Size(width, self.lanes.session.rows)
        self._sight = self._in_sight()
        self.refresh()

    def _in_sight(self) -> list[Row]:
        session, top = self.lanes.session, round(self.scroll_offset.y)
        height = self.scrollable_content_region.height
        return [session.row(at) for at in range(top, min(top + height, session.rows))]

    def moved(self) -> bool:
        """Whether other rows are in sight now than were painted last."""
        return self._in_sight() != self._sight

    def reveal(self) -> None:
        """Scroll so that the cursor's row is in sight."""
        self.bring(max(0, self.lanes.session.at))

    def render_line(self, y: int) -> Strip:
        session = self.lanes.session
        at = y + round(self.scroll_offset.y)
        paint = colours(self)
        if self.letters:
            name = next((name for name, row in self.letters.items() if row == at), "")
            line = self.lanes.line(at) if at < session.rows else []
            head: Line = [(pad(name, 2), "place"), *line]
            return paint.strip(fit(head, self.scrollable_content_region.width))
        if at >= session.rows:
            if at == 0 and session.matches is not None:
                return paint.strip(self._nothing())
            return Strip.blank(self.scrollable_content_region.width, paint.style(""))
        if at == session.at:  # changes with every step: which delivery, where in the fold
            return paint.strip(self.lanes.line(at), here=session.on_row(at))
        steps = session.selection.steps
        key = (at, session.version, self.lanes.layout, steps.start, steps.stop)
        return self._painted.get(key, lambda: paint.strip(self.lanes.line(at)))

    def _nothing(self) -> Line:
        """What is said while a filter has found no step."""
        matches, total = self.lanes.session.matches, self.lanes.session.total
        done = matches is None or matches.looked >= total
        text = "  no step is meant by this filter; Esc shows all" if done else "  looking…"
        return fit([(text, "dim")], self.scrollable_content_region.width)

    # -- jump mode ----------------------------------------------------------------------------

    def offer(self) -> None:
        """Letters beside the visible rows."""
        top = round(self.scroll_offset.y)
        height = min(self.scrollable_content_region.height, self.lanes.session.rows - top)
        names = _LETTERS if height <= len(_LETTERS) else [a + b for a in _LETTERS for b in _LETTERS]
        self.letters = dict(zip(names, range(top, top + max(0, height)), strict=False))
        self._typed = ""
        self.refresh()

    def jump(self, key: str) -> None:
        """Take a letter; go to the row once it is the only one that is meant."""
        self._typed += key if len(key) == 1 else "?"
        at = self.letters.get(self._typed)
        if at is not None:
            self.lanes.session.cursor.go(self.lanes.session.row(at).start)
        if at is not None or not any(name.startswith(self._typed) for name in self.letters):
            self.letters = {}
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        session = self.lanes.session
        at = event.y + round(self.scroll_offset.y)
        if not 0 <= at < session.rows:
            return
        row, here = session.row(at), at == session.at
        session.cursor.go(row.start)
        opens = row.kind == "fold" or session.talks.stretch(row)
        if row.kind in ("headline", "talk") or (here and opens):
            self.post_message(self.Pressed())

    def _moved(self, before: int, now: int) -> None:
        session = self.lanes.session
        if session.selection.following:
            self.refresh()
        self.refresh_line(session.place(before))
        self.refresh_line(session.place(now))
        self.reveal()
