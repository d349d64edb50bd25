"""The list of runs. Recordings are read, and short runs checked, while it is already shown."""

from __future__ import annotations

import contextvars
import threading
from asyncio import get_running_loop
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

from textual import events
from textual.app import ComposeResult

from ..bars import footer
from ..checking import Checker, judge
from ..entry import Entry as Typed
from ..findings import Findings
from ..keymap import Key, keys_of
from ..listing import LISTED, Runs, heading, local_time, memory_of, named, row, summary
from ..opening import NOTHING, Entry, Opened, Trouble, entries, memory_in, open_run
from ..pieces import Line, fit
from ..widgets.lines import Bar
from ..widgets.rows import RowsView
from .base import LoupeScreen
from .bindings import bindings

AGAIN = 1.0  # seconds between two looks for new runs
SOUGHT = "words of a run's name, id, end, agents or findings; !word for those without"


class RunsList:
    """The lines of the list for the widget."""

    def __init__(self, runs: Runs, when: Callable[[int], str]) -> None:
        self.runs = runs
        self._when = when

    @property
    def chosen(self) -> int:
        return self.runs.chosen

    def count(self) -> int:
        return len(self.runs.entries)

    def line(self, at: int, width: int) -> Line:
        return row(self.runs, at, width, self._when)


class RunsScreen(LoupeScreen):
    """All runs of some recordings, newest recording first."""

    BINDINGS = bindings("runs")
    DEFAULT_CSS = """
    RunsScreen { layout: vertical; }
    RunsScreen Bar { width: 1fr; height: 1; }
    RunsScreen RowsView {
        height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        recordings: Sequence[Path],
        *,
        inline: bool = False,
        follow: bool = False,
        when: Callable[[int], str] = local_time,
    ) -> None:
        super().__init__()
        self.runs = Runs()
        self._recordings = recordings
        self._inline = inline
        self._follow = follow
        self._when = when
        self._typed = Typed()
        self._stopped = threading.Event()
        self._checker = Checker()
        self._unread: SimpleQueue[Entry | None] = SimpleQueue()  # their memory, their findings

    def compose(self) -> ComposeResult:
        yield Bar(lambda width: [summary(self.runs, width)], id="title")
        # the rows are a scrollbar narrower
        yield Bar(lambda width: [heading(self.runs, width - 1)], id="head")
        yield RowsView(RunsList(self.runs, self._when), id="runs")
        yield Bar(self._footer, id="footer")

    def _footer(self, width: int) -> Sequence[Line]:
        if self._typed.open:
            return [fit(self._typed.line(), width)]
        return [footer(self.valid_keys(), width)]

    def on_mount(self) -> None:
        self.set_interval(AGAIN, self._look_again)
        if self._inline:
            self.call_after_refresh(self._read, self._take)
            return
        loop, context = get_running_loop(), contextvars.copy_context()

        def take(found: list[Entry] | None) -> None:
            try:
                loop.call_soon_threadsafe(self._take, found, context=context)
            except RuntimeError:
                self._stopped.set()  # the loop is closed: the program ends

        thread = threading.Thread(target=self._read, args=(take,), daemon=True)
        thread.start()

    def _look_again(self) -> None:
        """What goes on is read again: runs that have ended, and when following, that have begun."""
        before = self.runs.every
        paths = {entry.path for entry in before if self._goes_on(entry)}
        if not paths or not self.runs.complete or not self.whole:
            return
        again = {path: entries(path) for path in paths}
        now = [
            each
            for path in dict.fromkeys(entry.path for entry in before)
            for each in again.get(path) or [entry for entry in before if entry.path == path]
        ]
        if now == before:
            return
        known = set(map(_state, before))
        self.runs.replace(now)
        for entry in now:
            if _state(entry) not in known:
                (self._look_into if self._inline else self._unread.put)(entry)
        self._take([])

    def _goes_on(self, entry: Entry) -> bool:
        if entry.run is not None and entry.run.status == "running":
            return True
        return self._follow and (entry.recording is None or entry.recording.ended_ns is None)

    def on_unmount(self) -> None:
        self._stopped.set()
        self._unread.put(None)
        self._checker.close()

    def _read(self, take: Callable[[list[Entry] | None], None]) -> None:
        """List every recording; then look into the runs, one by one, also those to come."""
        listed: list[Entry] = []
        for path in self._recordings:
            if self._stopped.is_set():
                return
            found = entries(path)
            listed += found
            take(found)
        self.runs.complete = True
        take([])
        for entry in listed:
            self._unread.put(entry)
        if self._inline:
            self._unread.put(None)
        while (entry := self._unread.get()) is not None and not self._stopped.is_set():
            self._look_into(entry)
            take([])

    def _look_into(self, entry: Entry) -> None:
        """A run's memory, and what a check finds in it if it is short."""
        run = entry.run
        if run is None:
            return
        if run.peak_rss:
            self.runs.sparks[named(entry.path, run)] = memory_of(memory_in(entry), run.steps)
        if run.steps <= LISTED:
            findings = Findings()
            judged = judge if self._inline else self._checker.judge
            judged(entry.path, run.number, findings)
            self.runs.verdicts[named(entry.path, run)] = findings

    def _take(self, found: list[Entry] | None) -> None:
        self.runs.take(found or [])
        if not self.whole:
            return
        self._listed()
        if self.runs.complete and not self.runs.every:
            self._show(NOTHING)

    def _listed(self) -> None:
        """Other runs are listed, or more is known of them."""
        self.query_one(RowsView).lay_out()
        for bar in self.query(Bar):
            bar.refresh()

    def _show(self, trouble: Trouble) -> None:
        from .trouble import TroubleScreen

        self.host.push_screen(TroubleScreen(trouble, back=bool(self.runs.every)))

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        some = bool(self.runs.entries)
        return [
            key
            for key in keys_of("runs")
            if (key.action != "back" or self.runs.wanted)
            and (some or key.where == "everywhere" or key.action == "filter")
            and (key.action != "compare" or len(self.runs.pair()) == 2)
            and ("found" not in key.action or self.runs.found(1) is not None)
        ]

    def on_rows_view_chosen(self, event: RowsView.Chosen) -> None:
        if event.again:
            self.action_open()
        else:
            self.action_choose(event.at - self.runs.chosen)

    def action_choose(self, by: int) -> None:
        self.query_one(RowsView).moved(self.runs.move(by))

    def action_found(self, by: int) -> None:
        """To the next run that something was found in."""
        at = self.runs.found(by)
        if at is not None:
            self.action_choose(at - self.runs.chosen)

    def action_filter(self) -> None:
        self._typed.begin("/", self.runs.wanted, SOUGHT)
        self.refresh_bars("footer")

    async def press(self, event: events.Key) -> bool:
        """While something is typed, all keys belong there; the list follows what is typed."""
        if not self._typed.open:
            return await super().press(event)
        entered = self._typed.key(event.key, event.character)
        wanted = self._typed.text if entered is None else entered
        if wanted != self.runs.wanted:
            self.runs.look_for(wanted)
            self._listed()
        self.refresh_bars("footer")
        return True

    def action_back(self) -> None:
        if self.runs.wanted:
            self.runs.look_for("")
            self._listed()

    def action_pick(self) -> None:
        self.runs.pick()
        self.query_one(RowsView).refresh()
        self.refresh_bars("footer")

    def action_compare(self) -> None:
        """Compare the two runs that are picked, or the picked one with the chosen one."""
        from .compare import MOST, CompareScreen

        both: list[Opened] = []
        for entry in self.runs.pair():
            assert entry.run is not None
            opened = self._opened(entry.path, entry.run.number)
            if isinstance(opened, Trouble):
                self._show(opened)
                return
            both.append(opened)
        if len(both) == 2 and max(opened.session.total for opened in both) <= MOST:
            self.host.push_screen(CompareScreen(both[0], both[1]))
        elif len(both) == 2:
            names = " ".join(str(opened.path) for opened in both)
            self._show(Trouble("so long runs are compared as text", f"loupe diff {names}"))

    def _opened(self, path: Path, run: int) -> Opened | Trouble:
        """A run, with what its check has found already."""
        known = self.runs.verdicts.get((str(path), run))
        return open_run(path, run, known=known, inline=self._inline)

    def action_choose_page(self, by: int) -> None:
        self.action_choose(by * max(1, self.query_one(RowsView).size.height - 1))

    def action_choose_first(self) -> None:
        self.action_choose(-len(self.runs.entries))

    def action_choose_last(self) -> None:
        self.action_choose(len(self.runs.entries))

    def action_open(self) -> None:
        from .replay import ReplayScreen

        entry = self.runs.entry
        if entry is None:
            return
        if entry.run is None:
            if entry.trouble is not None:
                self._show(entry.trouble)
            return
        opened = self._opened(entry.path, entry.run.number)
        if isinstance(opened, Trouble):
            self._show(opened)
        else:
            self.host.push_screen(ReplayScreen(opened, follow=self._follow, back=True))


def _state(entry: Entry) -> tuple[Path, int | None, str]:
    """Of which run a line is, and how that stands."""
    run = entry.run
    return entry.path, None if run is None else run.number, "" if run is None else run.status
