"""The replay screen: lanes, inspector, memory and scrubber around one cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from ...tracer.filter import BadFilter, Filter, exactly, parse
from .. import bars
from ..keymap import Key
from ..lanes import header, needed
from ..marks import Bookmarks
from ..matches import Matches
from ..pieces import Line, fit
from ..player import Player
from ..replay import Lanes
from ..shape import BESIDE, Inspecting, Shape, shape
from ..survey import Survey
from ..widgets.inspector import Inspector
from ..widgets.lanes import LanesView
from ..widgets.lines import Bar
from ..widgets.strip import StripView
from .bindings import bindings
from .live import Live
from .run import RunScreen
from .taking import Taking

if TYPE_CHECKING:
    from ..opening import Opened


BEAT = 0.05  # seconds between two moves while a run is played


class ReplayScreen(Taking):
    """One run, stepped through."""

    place = "replay"
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
        super().__init__(opened.session)
        self.opened = opened
        self.has_back = back
        self.lanes = Lanes(self.session)
        self.live = Live(self, opened, follow=follow)
        self.survey = Survey()
        self.inspecting: Inspecting = "auto"
        self.player = Player(self.session)
        self.bookmarks = Bookmarks()
        self._beat: Timer | None = None
        self._shape = Shape()

    @property
    def replay(self) -> ReplayScreen:
        return self

    @property
    def steered(self) -> bool:
        """Whether the program that is recorded can be talked to."""
        return self.live.steering.connected

    # -- parts --------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.title_bar()
        yield self.places_bar()
        yield Bar(lambda width: [bars.findings(self.session, width)], id="findings")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield Bar(self._head, id="lane-head")
                yield LanesView(self.lanes, id="lanes")
            yield Inspector(self.session, id="inspector")
        yield StripView(self.session, id="strip")
        yield self.status_bar()
        yield self.footer_bar()
        yield Bar(narrow, id="narrow")

    def on_mount(self) -> None:
        self.session.cursor.watch(lambda before, now: self._moved())
        self.live.start()

    async def on_unmount(self) -> None:
        self.session.show_only(None)
        self.live.stop()
        await self.live.steering.close()

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_parts()

    def on_screen_resume(self) -> None:
        self.changed()

    def arrange_parts(self) -> None:
        """Give every part its cells."""
        size = self.host.size
        session = self.session
        lanes = (
            0
            if self.lanes.compact
            else needed(session.total, session.cast, inner=session.talks.any())
        )
        self._shape = new = shape(size.width, size.height, self.inspecting, lanes)
        for name in ("title", "middle", "status"):
            self.query_one(f"#{name}").display = not new.narrow
        self.query_one("#narrow").display = new.narrow
        self.query_one("#findings").display = bool(new.findings) and not new.narrow
        self.query_one("#places").display = bool(new.places) and not new.narrow
        self.query_one("#footer").display = bool(new.footer) and not new.narrow
        self.query_one("#left").display = new.lanes
        self.query_one("#lane-head").display = bool(new.head)
        self._arrange_inspector(new)
        strip = self.query_one(StripView)
        strip.rows = new.strip if len(session.memory) else 0
        strip.styles.height = strip.rows + new.scrubber
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
        """Rows, findings or facts of the run have changed: paint what is seen of it."""
        if not self.whole:
            return
        top = self.host.screen
        if top is not self:
            if isinstance(top, RunScreen):
                top.changed()
            return
        strip = self.query_one(StripView)
        if (strip.rows > 0) != (self._shape.strip > 0 and len(self.session.memory) > 0):
            self.arrange_parts()  # memory has come in
        view = self.query_one(LanesView)
        view.lay_out()
        view.reveal()
        self.query_one(StripView).refresh()
        self.query_one(Inspector).update()
        self.refresh_bars("title", "places", "findings", "lane-head", "status", "footer")

    def progressed(self) -> None:
        """More of a long run is known as rows: mostly others than those in sight."""
        strip = self.query_one(StripView)
        arranged = (strip.rows > 0) == (self._shape.strip > 0 and len(self.session.memory) > 0)
        if self.host.screen is not self or not arranged or self.query_one(LanesView).moved():
            self.session.version += 1
            self.changed()
        else:
            self.refresh_bars("status")

    def aged(self) -> None:
        """Nothing has come in for a second: what waits has waited longer."""
        if not self.whole:
            return
        top = self.host.screen
        if top is self:
            self.refresh_bars("status")
        elif isinstance(top, RunScreen):
            top.changed()

    def on_lanes_view_laid(self) -> None:
        self.refresh_bars("lane-head")

    def on_lanes_view_pressed(self) -> None:
        session = self.session
        if session.talks.here() is None or not session.talks.toggle():
            session.toggle_fold()
        self.changed()

    def _moved(self) -> None:
        self.notice = ""
        self.refresh_bars("status")

    def _head(self, width: int) -> Sequence[Line]:
        return [fit(line, width) for line in header(self.lanes.layout, self.session.cast)]

    def going(self) -> str:
        """What goes on by itself."""
        if self.player.playing:
            return f"▶ {self.player.speed}×"
        held = " ‖ paused" if self.live.steering.paused else ""
        asked = " ☻ a person is asked" if self.live.steering.asked else ""
        return ("▶▶ following" if self.live.following else "") + held + asked

    # -- keys ---------------------------------------------------------------------------------

    def valid(self, key: Key) -> bool:
        """Whether a key does something now."""
        action, session = key.action.partition("(")[0], self.session
        if action == "back":
            inside = self.inspecting == "whole" or session.matches is not None
            return self.has_back or inside or bool(session.selection.steps)
        if action == "follow":
            return not session.ended
        if action in ("inspector", "compact"):
            return True
        if action in ("fold", "folds", "deviation"):
            return bool(session.folding.folds)
        if action == "faster":
            return self.player.playing
        if action == "scroll":
            return self._shape.inspector > 0
        if action in ("talk", "talks"):
            return session.talks.any()
        if action == "bookmark":
            return bool(self.bookmarks.steps)
        return super().valid(key)

    def go(self, move: Callable[[], object]) -> None:
        """Move by hand: a run that goes on is no longer followed."""
        paused, self.live.following = self.live.following, False
        self._pause()
        move()
        if paused:
            self.tell("following paused, F goes on")

    def action_row(self, by: int) -> None:
        self.go(lambda: self.session.move_rows(by))

    def action_page(self, by: int) -> None:
        height = max(1, self.query_one(LanesView).size.height - 1)
        self.go(lambda: self.session.move_rows(by * height))

    def action_first(self) -> None:
        self.go(lambda: self.session.cursor.go(0))

    def action_last(self) -> None:
        self.go(lambda: self.session.cursor.go(self.session.total - 1))

    def action_agent(self, by: int) -> None:
        if not self.session.move_agent(by):
            self.tell("no further step of this agent near")

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
        row = session.row(session.at) if session.rows and self._shape.lanes else None
        if row is not None and row.kind == "fold":
            self.action_fold()
        elif row is not None and session.talks.stretch(row):
            self.action_talk()
        else:
            self._inspect("auto" if self.inspecting == "whole" else "whole")

    def action_talk(self) -> None:
        if self.session.talks.toggle():
            self.changed()
        else:
            self.tell("no inner conversation at this step")

    def action_talks(self) -> None:
        if self.session.talks.toggle_all():
            self.changed()
        else:
            self.tell("no inner conversation near this step")

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

    def action_place(self, place: str) -> None:
        if place == "runs":
            if self.has_back:
                self.dismiss()
            else:
                self.tell("only this run is open: loupe view lists all")
        elif place != self.place:
            from .board import BoardScreen

            self.host.push_screen(BoardScreen(self, place))

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
        elif self.session.selection.clear():
            self.query_one(LanesView).refresh()
            self.refresh_bars("status")
        elif self.session.matches is not None:
            self._show_only(None)
        elif self.has_back:
            self.dismiss()

    # -- filters, breakpoints, bookmarks ----------------------------------------------------------

    def action_filter(self) -> None:
        matches = self.session.matches
        self.entry.begin("/", matches.meant.source if matches is not None else "")
        self.refresh_bars("status")

    def action_pattern(self) -> None:
        """Only what is like the cursor's row."""
        self.meant("filter", self._pattern())

    def action_break(self) -> None:
        """Stop playing at what is like the cursor's row, or no longer."""
        self.meant("break", self._pattern())

    def _pattern(self) -> str:
        """The filter that means the cursor's row and its like."""
        session = self.session
        step = session.step(session.cursor.step)
        names = (session.cast.name(step.sender), session.cast.name(step.recipient))
        kind = step.message_type.rpartition(".")[2]
        return f"from:{exactly(names[0])} to:{exactly(names[1])} type:{exactly(kind)}"

    def meant(self, use: str, source: str) -> None:
        """A filter was given, to look for or to stop at."""
        if use == "break" and not source:
            self.player.breaks.clear()
            self.tell("no breakpoints")
            return
        if not source:
            self._show_only(None)
            return
        try:
            meant = parse(source)
        except BadFilter as error:
            self.tell(f"{error.what}; {error.advice}")
            return
        if use == "break":
            self._break_at(meant)
        else:
            self._show_only(Matches(meant))

    def _break_at(self, meant: Filter) -> None:
        if self.steered:
            self.run_worker(self._stop_at(meant.source))
            return
        known = [each for each in self.player.breaks if each.source == meant.source]
        if known:
            self.player.breaks.remove(known[0])
            self.tell(f"no longer stops at {meant.source}")
        else:
            self.player.breaks.append(meant)
            self.tell(f"playing stops at {meant.source}")

    async def _stop_at(self, where: str) -> None:
        refused = await self.live.steering.stop_at(where)
        self.tell(refused or f"the program stops, or no longer, at {where}")

    def _show_only(self, matches: Matches | None) -> None:
        self.session.show_only(matches)
        if matches is not None:
            self.live.look_for(matches)
        self.changed()

    async def typed(self, begun: str, text: str) -> None:
        if begun == "/":
            self.meant("filter", text)
        else:
            await super().typed(begun, text)

    async def press(self, event: events.Key) -> bool:
        view = self.query_one(LanesView)
        if view.letters:
            view.jump(event.key)
            return True
        if not self.entry.open and self.bookmarks.wanting:
            self.tell(self.bookmarks.key(event.key, self.session.cursor))
            return True
        return await super().press(event)

    def action_jump(self) -> None:
        self.query_one(LanesView).offer()
        self.tell("the letters of a row")

    def action_mark(self) -> None:
        self.bookmarks.wanting = "mark"
        self.tell("a letter to remember this step by")

    def action_bookmark(self) -> None:
        self.bookmarks.wanting = "return"
        self.tell(f"to which step: {self.bookmarks.told()}")


def narrow(width: int) -> Sequence[Line]:
    """What is said instead of a screen for which there is no room."""
    text = "Too narrow: at least 40 columns, please."
    return [fit([(text[start : start + width], "warning")], width) for start in range(0, 41, width)]
