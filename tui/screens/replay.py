"""The replay screen: lanes, inspector, memory and scrubber around one cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from .. import bars
from ..copying import as_command, as_text
from ..entry import Entry
from ..goto import resolve
from ..keymap import Key, keys_of
from ..lanes import header, needed
from ..pieces import Line, fit
from ..player import Player
from ..replay import Lanes
from ..session import Session
from ..shape import BESIDE, Inspecting, Shape, shape
from ..widgets.inspector import Inspector
from ..widgets.lanes import LanesView
from ..widgets.lines import Bar
from ..widgets.strip import StripView
from .base import LoupeScreen
from .bindings import bindings
from .live import Live

if TYPE_CHECKING:
    from ..opening import Opened


BEAT = 0.05  # seconds between two moves while a run is played


class ReplayScreen(LoupeScreen):
    """One run, stepped through."""

    BINDINGS = bindings("replay")
    DEFAULT_CSS = """
    ReplayScreen { layout: vertical; }
    ReplayScreen Bar { width: 1fr; height: 1; }
    /* Textual paints containers under their children, line by line: not those that are hidden */
    ReplayScreen #middle { height: 1fr; visibility: hidden; }
    ReplayScreen #left { width: 1fr; visibility: hidden; }
    ReplayScreen #inspector { visibility: hidden; }
    ReplayScreen #lane-head, ReplayScreen #lanes { visibility: visible; }
    ReplayScreen #inspector-head, ReplayScreen #inspector-text { visibility: visible; }
    ReplayScreen #lane-head { height: 2; }
    ReplayScreen LanesView {
        height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    ReplayScreen #inspector-head { height: 2; border-left: vkey $surface-lighten-2; }
    ReplayScreen #inspector-text {
        border-left: vkey $surface-lighten-2;
        height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    ReplayScreen StripView { width: 1fr; }
    ReplayScreen #narrow { display: none; height: 1fr; }
    """

    def __init__(self, opened: Opened, *, follow: bool, back: bool) -> None:
        super().__init__()
        self.opened = opened
        self.session: Session = opened.session
        self.has_back = back
        self.lanes = Lanes(self.session)
        self.live = Live(self, opened, follow=follow)
        self.inspecting: Inspecting = "auto"
        self.notice = ""
        self.entry = Entry()
        self.player = Player(self.session)
        self._beat: Timer | None = None
        self._shape = Shape()

    # -- parts --------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Bar(lambda width: [bars.title(self.session, width)], id="title")
        yield Bar(lambda width: [bars.findings(self.session, width)], id="findings")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield Bar(self._head, id="lane-head")
                yield LanesView(self.lanes, id="lanes")
            yield Inspector(self.session, id="inspector")
        yield StripView(self.session, id="strip")
        yield Bar(self._status, id="status")
        yield Bar(self._footer, id="footer")
        yield Bar(_narrow, id="narrow")

    def on_mount(self) -> None:
        self.session.cursor.watch(lambda before, now: self._moved())
        self.live.start()

    def on_unmount(self) -> None:
        self.live.stop()

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_parts()

    def arrange_parts(self) -> None:
        """Give every part its cells."""
        size = self.host.size
        session = self.session
        lanes = 0 if self.lanes.compact else needed(session.total, session.cast)
        self._shape = new = shape(size.width, size.height, self.inspecting, lanes)
        for name in ("title", "middle", "status"):
            self.query_one(f"#{name}").display = not new.narrow
        self.query_one("#narrow").display = new.narrow
        self.query_one("#findings").display = bool(new.findings) and not new.narrow
        self.query_one("#footer").display = bool(new.footer) and not new.narrow
        self.query_one("#left").display = new.lanes
        self.query_one("#lane-head").display = bool(new.head)
        self._arrange_inspector(new)
        strip = self.query_one(StripView)
        strip.rows = new.strip
        strip.styles.height = new.strip + new.scrubber
        strip.display = bool(new.scrubber) and not new.narrow

    def _arrange_inspector(self, new: Shape) -> None:
        inspector = self.query_one(Inspector)
        inspector.styles.width = "1fr" if not new.lanes else max(1, new.inspector)
        shown = bool(new.inspector) and not new.narrow
        if shown != inspector.display:
            inspector.display = shown
        if shown:
            inspector.update()

    def changed(self) -> None:
        """Rows, findings or facts of the run have changed: paint everything."""
        view = self.query_one(LanesView)
        view.lay_out()
        view.reveal()
        self.query_one(StripView).refresh()
        self.query_one(Inspector).update()
        self.refresh_bars("title", "findings", "lane-head", "status", "footer")

    def on_lanes_view_laid(self) -> None:
        self.refresh_bars("lane-head")

    def tell(self, notice: str) -> None:
        """Say something in the status bar, until the next move."""
        self.notice = notice
        self.refresh_bars("status")

    def _moved(self) -> None:
        self.notice = ""
        self.refresh_bars("status")

    def _head(self, width: int) -> Sequence[Line]:
        return [fit(line, width) for line in header(self.lanes.layout, self.session.cast)]

    def _status(self, width: int) -> Sequence[Line]:
        if self.entry.open:
            return [fit(self.entry.line(), width)]
        return [bars.status(self.session, width, self.notice, going=self._going())]

    def _going(self) -> str:
        if self.player.playing:
            return f"▶ {self.player.speed}×"
        return "▶▶ following" if self.live.following else ""

    def _footer(self, width: int) -> Sequence[Line]:
        return [bars.footer(self.valid_keys(), width)]

    # -- keys ---------------------------------------------------------------------------------

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        return [key for key in keys_of("replay") if self._valid(key.action.partition("(")[0])]

    def _valid(self, action: str) -> bool:
        session = self.session
        if action == "back":
            return self.has_back or self.inspecting == "whole"
        if action == "follow":
            return not session.ended
        if action in ("help", "quit", "prompt", "inspector", "compact"):
            return True
        if action == "finding":
            return bool(session.findings.marks)
        if action in ("fold", "folds", "deviation"):
            return bool(session.folding.folds)
        if action == "faster":
            return self.player.playing
        if action == "scroll":
            return self._shape.inspector > 0
        return session.total > 0

    def _go(self, move: Callable[[], object]) -> None:
        """Move by hand: a run that goes on is no longer followed."""
        paused, self.live.following = self.live.following, False
        self._pause()
        move()
        if paused:
            self.tell("following paused, F goes on")

    def action_step(self, by: int) -> None:
        self._go(lambda: self.session.cursor.move(by))

    def action_row(self, by: int) -> None:
        self._go(lambda: self.session.move_rows(by))

    def action_page(self, by: int) -> None:
        height = max(1, self.query_one(LanesView).size.height - 1)
        self._go(lambda: self.session.move_rows(by * height))

    def action_first(self) -> None:
        self._go(lambda: self.session.cursor.go(0))

    def action_last(self) -> None:
        self._go(lambda: self.session.cursor.go(self.session.total - 1))

    def action_agent(self, by: int) -> None:
        if not self.session.move_agent(by):
            self.tell("no further step of this agent near")

    def action_finding(self, by: int) -> None:
        session = self.session
        if not session.findings.marks:
            state = session.findings.state
            self.tell("still checking" if state in ("waiting", "checking") else "no findings")
        elif not (session.next_finding() if by > 0 else session.previous_finding()):
            self.tell("no finding after this step" if by > 0 else "no finding before this step")

    def action_deviation(self, by: int) -> None:
        session = self.session
        if not (session.next_deviation() if by > 0 else session.previous_deviation()):
            self.tell("no broken cycle after here" if by > 0 else "no broken cycle before here")

    def action_fold(self) -> None:
        if self.session.toggle_fold():
            self.changed()
        else:
            self.tell("no fold at this step")

    def action_folds(self) -> None:
        if self.session.toggle_all_folds():
            self.changed()
        else:
            self.tell("nothing repeats in this run")

    def action_enter(self) -> None:
        session = self.session
        if session.total and self._shape.lanes and session.row(session.at).kind == "fold":
            self.action_fold()
        else:
            self._inspect("auto" if self.inspecting == "whole" else "whole")

    def action_inspector(self) -> None:
        shown = self._shape.inspector > 0
        wide = self.host.size.width >= BESIDE
        if self.inspecting == "whole":
            self._inspect("auto")
        elif shown:
            self._inspect("hidden")
        else:
            self._inspect("beside" if wide else "whole")

    def _inspect(self, inspecting: Inspecting) -> None:
        self.inspecting = inspecting
        self.arrange_parts()
        self.refresh_bars("footer")

    def action_tab(self, by: int) -> None:
        if not self._shape.inspector:
            self._inspect("whole")
        else:
            self.query_one(Inspector).turn(by)

    def action_scroll(self, by: int) -> None:
        self.query_one(Inspector).scroll_text(by)

    def action_compact(self) -> None:
        self.lanes.compact = not self.lanes.compact
        self.arrange_parts()
        self.changed()

    def action_play(self) -> None:
        self.player.toggle()
        self.live.following = False
        if self.player.playing:
            self._beat = self.set_interval(BEAT, self._play)
        else:
            self._pause()
        self.refresh_bars("status")

    def action_faster(self, by: int) -> None:
        self.player.faster(by)
        self.refresh_bars("status")

    def _play(self) -> None:
        self.player.beat(round(BEAT * 1e9))
        if not self.player.playing:
            self._pause()

    def _pause(self) -> None:
        self.player.playing = False
        if self._beat is not None:
            self._beat.stop()
            self._beat = None
            self.refresh_bars("status")

    def action_copy(self) -> None:
        self._copy(as_text)

    def action_copy_command(self) -> None:
        self._copy(as_command)

    def _copy(self, make: Callable[[Session], str]) -> None:
        if self.session.total:
            text = make(self.session)
            self.host.copy_to_clipboard(text)
            self.tell(f"copied: {text}")

    def action_follow(self) -> None:
        if self.session.ended:
            self.tell("this run has ended")
            return
        self.live.following = not self.live.following
        if self.live.following:
            self.session.cursor.go(self.session.total - 1)
        self.refresh_bars("status")

    def action_back(self) -> None:
        if self.inspecting == "whole":
            self._inspect("auto")
        elif self.has_back:
            self.dismiss()

    # -- the prompt -----------------------------------------------------------------------------

    def action_prompt(self) -> None:
        self.entry.begin()
        self.refresh_bars("status")

    async def press(self, event: events.Key) -> bool:
        """While something is typed after `:`, all keys belong there."""
        if not self.entry.open:
            return await super().press(event)
        entered = self.entry.key(event.key, event.character)
        if entered:
            self._entered(entered)
        self.refresh_bars("status")
        return True

    def _entered(self, text: str) -> None:
        if text in ("q", "quit"):
            self.host.exit(0)
        elif text == "help":
            self.action_help()
        elif text == "runs" and self.has_back:
            self.dismiss()
        else:
            found = resolve(self.session, text)
            if isinstance(found, int):
                self._go(lambda: self.session.cursor.go(found))
            else:
                self.tell(found)


def _narrow(width: int) -> Sequence[Line]:
    text = "Too narrow: at least 40 columns, please."
    return [fit([(text[start : start + width], "warning")], width) for start in range(0, 41, width)]
