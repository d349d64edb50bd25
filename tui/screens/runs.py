"""The list of runs. Recordings are read, and short runs checked, while it is already shown."""

from __future__ import annotations

import contextvars
import threading
from asyncio import get_running_loop
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import ComposeResult

from ..bars import footer
from ..checking import Checker, judge
from ..findings import Findings
from ..keymap import Key, keys_of
from ..listing import Runs, heading, local_time, row, summary
from ..opening import NOTHING, Entry, Opened, Trouble, entries, open_run
from ..pieces import Line
from ..widgets.lines import Bar
from ..widgets.rows import RowsView
from .base import LoupeScreen
from .bindings import bindings

AGAIN = 1.0  # seconds between two looks for new runs
LISTED = 20_000  # steps: longer runs are not checked just for the list


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
        self._stopped = threading.Event()
        self._checker = Checker()

    def compose(self) -> ComposeResult:
        yield Bar(lambda width: [summary(self.runs, width)], id="title")
        # the rows are a scrollbar narrower
        yield Bar(lambda width: [heading(width - 1)], id="head")
        yield RowsView(RunsList(self.runs, self._when), id="runs")
        yield Bar(lambda width: [footer(self.valid_keys(), width)], id="footer")

    def on_mount(self) -> None:
        if self._follow:
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
        """Runs that have begun since; files that held none may hold some now."""
        listed = [entry for path in self._recordings for entry in entries(path)]
        known = [(entry.path, entry.run and entry.run.number) for entry in self.runs.entries]
        if known == [(entry.path, entry.run and entry.run.number) for entry in listed]:
            return
        self.runs.entries = listed
        self.runs.move(0)
        self._take([])

    def on_unmount(self) -> None:
        self._stopped.set()
        self._checker.close()

    def _read(self, take: Callable[[list[Entry] | None], None]) -> None:
        """List every recording, then check the short runs."""
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
            if self._stopped.is_set():
                return
            if entry.run is not None and entry.run.steps <= LISTED:
                findings = Findings()
                judged = judge if self._inline else self._checker.judge
                judged(entry.path, entry.run.number, findings)
                self.runs.verdicts[str(entry.path), entry.run.number] = findings
                take([])

    def _take(self, found: list[Entry] | None) -> None:
        if self._stopped.is_set() or not self.is_mounted:
            return
        self.runs.entries += found or []
        self.query_one(RowsView).lay_out()
        for bar in self.query(Bar):
            bar.refresh()
        if self.runs.complete and not self.runs.entries:
            self._show(NOTHING)

    def _show(self, trouble: Trouble) -> None:
        from .trouble import TroubleScreen

        self.host.push_screen(TroubleScreen(trouble, back=bool(self.runs.entries)))

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        some = bool(self.runs.entries)
        return [
            key
            for key in keys_of("runs")
            if key.action != "back"
            and (some or key.where == "everywhere")
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

    def action_pick(self) -> None:
        self.runs.pick()
        self.query_one(RowsView).refresh()
        self.refresh_bars("footer")

    def action_compare(self) -> None:
        """Compare the two runs that are picked, or the picked one with the chosen one."""
        from .compare import MOST, CompareScreen

        both: list[Opened] = []
        for at in self.runs.pair():
            entry = self.runs.entries[at]
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
