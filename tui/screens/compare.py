"""Two runs compared: where they part, and by how much they differ in all."""

from __future__ import annotations

import shlex

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from ..bars import footer
from ..boards.comparison import Compared
from ..comparing import compare
from ..copying import run_name
from ..keymap import Key, keys_of
from ..opening import Opened
from ..pieces import Line, fit, guarded
from ..shape import TOO_NARROW
from ..widgets.lines import Bar, Text
from ..widgets.rows import RowsView
from .base import LoupeScreen
from .bindings import bindings

MOST = 50_000  # steps of a run that is compared while one waits


class CompareScreen(LoupeScreen):
    """Figures, then stretches; the chosen step's two messages below."""

    BINDINGS = bindings("compare")
    has_back = True
    DEFAULT_CSS = """
    CompareScreen { layout: vertical; }
    CompareScreen Bar { width: 1fr; height: 1; }
    CompareScreen #body { height: 1fr; layout: vertical; }
    CompareScreen RowsView {
        width: 1fr; height: 2fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    CompareScreen #detail {
        width: 1fr; height: 1fr; border-top: hkey $surface-lighten-2;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, a: Opened, b: Opened) -> None:
        super().__init__()
        self.opened = (a, b)
        found = compare(a.session.source, b.session.source)
        self.compared = Compared(a.session, b.session, found)
        self.notice = ""

    def compose(self) -> ComposeResult:
        yield Bar(self._title, id="title")
        yield Bar(lambda width: [self.compared.head(width)], id="head")
        with Container(id="body"):
            yield RowsView(self.compared, id="rows")
            yield Text(id="detail")
        yield Bar(self._footer, id="footer")

    def on_mount(self) -> None:
        self._tell_more()

    def on_unmount(self) -> None:
        for opened in self.opened:
            opened.close()

    def on_resize(self, event: events.Resize) -> None:
        width, height = self.host.size
        self.query_one("#detail").display = height >= 20
        self.query_one("#head").display = width >= TOO_NARROW

    def _title(self, width: int) -> list[Line]:
        line: Line = [(" loupe", "brand"), (" › ", "dim"), ("compare", "bold")]
        return [fit([*line, (f"  {self.notice}", "notice")], width)]

    def _footer(self, width: int) -> list[Line]:
        return [footer(self.valid_keys(), width)]

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        return keys_of("compare")

    def _chose(self, before: int) -> None:
        self.query_one(RowsView).moved(before)
        self._tell_more()

    def _tell_more(self) -> None:
        at = self.compared.chosen
        if at >= 0:
            row = self.compared.rows[at]
            self.query_one(Text).show(guarded(row.detail, lambda line: [line]))

    def on_rows_view_chosen(self, event: RowsView.Chosen) -> None:
        self._chose(self.compared.go(event.at))

    def action_choose(self, by: int) -> None:
        self._chose(self.compared.move(by))

    def action_choose_page(self, by: int) -> None:
        self.action_choose(by * max(1, self.query_one(RowsView).size.height - 1))

    def action_choose_first(self) -> None:
        self.action_choose(-self.compared.count())

    def action_choose_last(self) -> None:
        self.action_choose(self.compared.count())

    def action_scroll(self, by: int) -> None:
        text = self.query_one(Text)
        half = max(1, text.size.height // 2)
        text.scroll_to(y=text.scroll_offset.y + by * half, animate=False, immediate=True)

    def action_open(self) -> None:
        """The chosen step in its own run."""
        from ..opening import open_run
        from .replay import ReplayScreen

        at = self.compared.chosen
        step = self.compared.rows[at].step if at >= 0 else None
        _, first = self.compared.sides()
        opened = self.opened[0 if first else 1]
        again = open_run(opened.path, opened.number, step=step or 0, inline=opened.inline)
        if isinstance(again, Opened):
            self.host.push_screen(ReplayScreen(again, follow=False, back=True))

    def action_copy_command(self) -> None:
        names = [shlex.quote(run_name(opened.session)) for opened in self.opened]
        self.notice = f"copied: loupe diff {' '.join(names)}"
        self.host.copy_to_clipboard(f"loupe diff {' '.join(names)}")
        self.refresh_bars("title")
