"""A board on the screen: what stands above, the rows, and more about the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from ...tracer.filter import BadFilter, parse
from ..boards.base import Board
from ..boards.catalogue import board
from ..boards.listed import BoardList
from ..boards.waterfall import Waterfall
from ..copying import as_show
from ..keymap import Key
from ..pieces import Line, fit, guarded, plain
from ..shape import TOO_NARROW
from ..widgets.lines import Bar, Text
from ..widgets.rows import RowsView
from .bindings import bindings
from .run import RunScreen

if TYPE_CHECKING:
    from .replay import ReplayScreen

WIDE = 120  # columns from which on the detail stands beside the rows
HEAD = 3  # part of the height that the head may take


class BoardScreen(RunScreen):
    """One of the places of a run that are no replay."""

    keys = "board"
    BINDINGS = bindings("board")
    DEFAULT_CSS = """
    BoardScreen { layout: vertical; }
    BoardScreen Bar { width: 1fr; height: 1; }
    BoardScreen #body { height: 1fr; layout: horizontal; }
    BoardScreen #body.stacked { layout: vertical; }
    BoardScreen RowsView {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    BoardScreen #detail {
        width: 2fr; border-left: vkey $surface-lighten-2;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    BoardScreen RowsView { width: 3fr; }
    BoardScreen #body.stacked #detail {
        width: 1fr; height: 1fr; border-left: none; border-top: hkey $surface-lighten-2;
    }
    BoardScreen #body.stacked RowsView { width: 1fr; height: 2fr; }
    BoardScreen #narrow { display: none; height: 1fr; }
    """

    def __init__(self, replay: ReplayScreen, place: str) -> None:
        super().__init__(replay.session)
        self.place = place
        self.has_back = True
        self._replay = replay
        self._detailing: bool | None = None  # asked for by the user
        self._told: tuple[int, int] | None = None
        if place == "live":
            from ..boards.live import LiveBoard

            made: Board = LiveBoard(replay.session, replay.survey, replay.live.steering)
        else:
            made = board(place, replay.session, replay.survey)
        self.board = made
        self.listed = BoardList(made)

    @property
    def replay(self) -> ReplayScreen:
        return self._replay

    def compose(self) -> ComposeResult:
        yield self.title_bar()
        yield self.places_bar()
        yield Bar(self._head, id="head")
        with Container(id="body"):
            yield RowsView(self.listed, id="rows")
            yield Text(id="detail")
        yield self.status_bar()
        yield self.footer_bar()
        yield Bar(_narrow, id="narrow")

    def on_mount(self) -> None:
        self._leave = self.session.cursor.watch(lambda before, now: self._moved())
        if self.board.surveyed:
            self.replay.live.survey()
            self.listed.renew()
        self._choose_at_cursor()

    def on_unmount(self) -> None:
        self._leave()

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_parts()

    def arrange_parts(self) -> None:
        """Give every part its cells."""
        width, height = self.host.size
        wide = width >= WIDE and self.board.detail == "beside"
        narrow = width < TOO_NARROW
        self.query_one("#body").set_class(not wide, "stacked")
        detailed = self.board.detail != "asked" and (wide or height >= 24)
        shown = detailed if self._detailing is None else self._detailing
        self.query_one("#detail").display = shown
        self.query_one("#places").display = height >= 20 and not narrow
        self.query_one("#footer").display = height >= 14 and not narrow
        for name in ("title", "head", "body", "status"):
            self.query_one(f"#{name}").display = not narrow
        self.query_one("#narrow").display = narrow
        self._arrange_head()
        self._tell_more(again=True)

    def _arrange_head(self) -> None:
        width, height = self.host.size
        room = max(1, height // HEAD) if height >= 14 else 1
        lines = self._head_lines(width, room)
        self.query_one("#head").styles.height = max(1, len(lines))

    def _head(self, width: int) -> Sequence[Line]:
        return self._head_lines(width, max(1, self.query_one("#head").size.height))

    def _head_lines(self, width: int, room: int) -> Sequence[Line]:
        return guarded(lambda: self.board.head(width, room), lambda line: [fit(line, width)])[:room]

    def changed(self) -> None:
        """The run, its findings or its survey have changed: make the board anew."""
        if not self.whole:
            return
        self.listed.renew()
        self._arrange_head()
        self.query_one(RowsView).lay_out()
        self._tell_more(again=True)
        self.refresh_bars("title", "places", "head", "status", "footer")

    def going(self) -> str:
        return self.board.progress() or self.replay.going()

    def go(self, move: Callable[[], object]) -> None:
        self.replay.go(move)

    def _moved(self) -> None:
        if not self.whole:
            return
        self.notice = ""
        if self.board.at_cursor:
            self.changed()
            self._choose_at_cursor()
        self.refresh_bars("head", "status")

    def _choose_at_cursor(self) -> None:
        """Choose the row where the cursor's step begins, on a board that has such."""
        at = self.board.at_step(self.session.cursor.step)
        if at is not None:
            self._chose(self.listed.go(at))

    def _chose(self, before: int) -> None:
        self.query_one(RowsView).moved(before)
        self._tell_more()
        self.refresh_bars("footer")

    def _tell_more(self, *, again: bool = False) -> None:
        """Show the chosen row's detail."""
        text = self.query_one(Text)
        if not text.display:
            return
        key = (self.listed.chosen, self.session.version)
        if again or key != self._told:
            top = self._told is None or key[0] != self._told[0]
            self._told = key
            text.show(self._detail(), top=top)

    def _detail(self) -> list[Line]:
        if self.listed.chosen < 0:
            return []
        row = self.board.rows[self.listed.chosen]
        return guarded(row.detail, lambda line: [line])

    # -- keys ---------------------------------------------------------------------------------

    def valid(self, key: Key) -> bool:
        """Whether a key does something now."""
        action = key.action.partition("(")[0]
        if action in ("choose", "choose_page", "choose_first", "choose_last", "copy"):
            return self.listed.chosen >= 0
        if action == "open":
            return self._step() is not None
        if action == "scope":
            return self.board.scopes
        if action == "detail":
            return True
        if action in ("filter", "fold"):
            return isinstance(self.board, Waterfall)
        if action == "drop":
            return self.listed.chosen in self.board.messages
        return super().valid(key)

    def _step(self) -> int | None:
        at = self.listed.chosen
        return self.board.rows[at].step if at >= 0 else None

    def on_rows_view_chosen(self, event: RowsView.Chosen) -> None:
        if event.again:
            self.action_open()
        else:
            self._chose(self.listed.go(event.at))

    def action_choose(self, by: int) -> None:
        self._chose(self.listed.move(by))

    def action_choose_page(self, by: int) -> None:
        self.action_choose(by * max(1, self.query_one(RowsView).size.height - 1))

    def action_choose_first(self) -> None:
        self._chose(self.listed.go(0))

    def action_choose_last(self) -> None:
        self.action_choose(self.listed.count())

    def action_open(self) -> None:
        """To the step that the row stands for, in the replay."""
        step = self._step()
        if step is None:
            self.tell("this row stands for no step")
            return
        self.go(lambda: self.session.cursor.go(step))
        self.dismiss()

    def action_detail(self) -> None:
        self._detailing = not self.query_one("#detail").display
        self.arrange_parts()

    def action_scroll(self, by: int) -> None:
        text = self.query_one(Text)
        half = max(1, text.size.height // 2)
        text.scroll_to(y=text.scroll_offset.y + by * half, animate=False, immediate=True)

    def action_scope(self) -> None:
        if self.board.scopes:
            self.board.scope()
            self.changed()
            self._choose_at_cursor()

    def action_filter(self) -> None:
        if isinstance(self.board, Waterfall):
            meant = self.board.meant
            self.entry.begin("/", meant.source if meant is not None else "")
            self.refresh_bars("status")

    def action_fold(self) -> None:
        if isinstance(self.board, Waterfall):
            if self.board.fold(self.listed.chosen):
                self.changed()
            else:
                self.tell("this row stands for no repeat")

    def action_back(self) -> None:
        if isinstance(self.board, Waterfall) and self.board.meant is not None:
            self._filter("")
        else:
            super().action_back()

    async def typed(self, begun: str, text: str) -> None:
        if begun == "/":
            self._filter(text)
        else:
            await super().typed(begun, text)

    def _filter(self, source: str) -> None:
        """Show only the spans that are meant."""
        assert isinstance(self.board, Waterfall)
        try:
            self.board.filter(parse(source) if source else None)
        except BadFilter as error:
            self.tell(f"{error.what}; {error.advice}")
            return
        self.changed()
        self._choose_at_cursor()

    async def action_drop(self) -> None:
        """Make the queued message a dead letter."""
        message = self.board.messages.get(self.listed.chosen)
        if message is None:
            self.tell("this row is no queued message")
        else:
            self.tell(await self.replay.live.steering.drop(message))

    def action_place(self, place: str) -> None:
        if place == self.place:
            return
        if place == "replay":
            self.dismiss()
        elif place == "runs":
            if self.replay.has_back:
                self.dismiss()
                self.replay.dismiss()
            else:
                self.tell("only this run is open: loupe view lists all")
        else:
            self.dismiss()
            self.host.push_screen(BoardScreen(self.replay, place))

    def row_text(self) -> str:
        at, width = self.listed.chosen, 200
        return plain(self.board.rows[at].line(width)).strip() if at >= 0 else ""

    def command(self) -> str:
        return as_show(self.session, self.board.twin, at_cursor=self.board.at_cursor)


def _narrow(width: int) -> Sequence[Line]:
    from .replay import narrow

    return narrow(width)
