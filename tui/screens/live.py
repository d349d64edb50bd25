"""What goes on beside the painting: indexing, checking, and following a run that is written.

Reading in the background happens on a second reader of the same file, in a daemon thread, so
that leaving never waits for it. It tells the screen through the event loop, at most ten times a
second.
"""

from __future__ import annotations

import contextvars
import threading
from asyncio import AbstractEventLoop, get_running_loop
from functools import partial
from typing import TYPE_CHECKING

from ..matches import Matches
from ..opening import Opened
from ..steering import Steering

if TYPE_CHECKING:
    from .replay import ReplayScreen

BEAT = 0.1  # seconds between two looks at what the thread has done
FOLLOW = 0.25  # seconds between two looks at a recording that grows


class Live:
    """Keeps a replay screen up to date."""

    def __init__(self, screen: ReplayScreen, opened: Opened, *, follow: bool) -> None:
        self.following = follow and not opened.session.ended
        self.steering = Steering(opened.path, self._steered)
        self._screen = screen
        self._opened = opened
        self._stopped = threading.Event()
        self._told = False
        self._news = False  # more than further rows
        self._surveying = False
        self._looks = 0
        self._meeting = False
        self._loop: AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None

    def start(self) -> None:
        """Begin, on the UI thread."""
        self._loop = get_running_loop()
        self._context = contextvars.copy_context()
        opened = self._opened
        self._meet()  # also where this run has ended: the program may go on with others
        if not opened.session.ended:
            self._screen.set_interval(FOLLOW, self.look)
            if self.following:
                opened.session.cursor.go(opened.session.total - 1)
        if opened.inline:
            opened.check(lambda: None, lambda: False)
            self._screen.call_after_refresh(self._take)
        else:  # not before the first paint
            self._screen.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not self._stopped.is_set():
            threading.Thread(target=self._work, name="loupe-reader", daemon=True).start()

    def _meet(self) -> None:
        """Talk to the program, if it can be talked to and is not yet."""
        if (
            not self.steering.connected
            and not self._meeting
            and Steering.possible(self._opened.path)
        ):
            self._meeting = True
            self._screen.run_worker(self._connect())

    async def _connect(self) -> None:
        await self.steering.connect()
        self._meeting = False

    def _steered(self) -> None:
        """The program has told something."""
        self._show()

    def _show(self) -> None:
        """Paint what has changed; a defect there must not end what told of it."""
        try:
            self._screen.changed()
        except Exception as error:
            self._screen.stumble(error)

    def stop(self) -> None:
        """The screen goes: the thread ends at its next chunk."""
        self._stopped.set()
        self._opened.close()

    def survey(self) -> None:
        """Look at all spans of the run, in a thread, as far as that has not been done."""
        survey, opened = self._screen.survey, self._opened
        if survey.complete and survey.total >= opened.session.total:
            return
        if opened.inline:
            survey.work(opened.session.source)
            self._show()
        elif not self._surveying:
            self._surveying = True
            threading.Thread(target=self._survey, name="loupe-survey", daemon=True).start()

    def _survey(self) -> None:
        try:
            self._opened.apart(
                lambda run: self._screen.survey.work(run, self._tell, self._stopped.is_set)
            )
        finally:
            self._surveying = False
            self._tell()

    def look_for(self, matches: Matches) -> None:
        """Find the steps that a filter means, in a thread."""
        session = self._opened.session
        if self._opened.inline:
            matches.work(session.source, session.memory, lambda: None)
            return
        search = partial(matches.work, memory=session.memory, tell=self._tell)
        thread = threading.Thread(target=self._opened.apart, args=(search,), daemon=True)
        thread.start()

    def look(self) -> None:
        """See whether the recording has grown."""
        session = self._opened.session
        if not self._screen.whole:
            return
        known = session.info.status
        if not self._opened.refresh():
            self._looks += 1
            if self._looks % 4 == 0 and not session.ended:
                self._meet()
                self._screen.aged()
            return
        session.grown()
        session.catch_up()
        if session.matches is not None and not session.matches.stopped:
            session.matches.work(session.source, session.memory, lambda: None)
        if self.following:
            session.cursor.go(session.total - 1)
        if session.info.status != known:
            self.following = False
            self._recheck()
        self._screen.changed()

    def _recheck(self) -> None:
        if not self._opened.inline:
            threading.Thread(target=self._check, name="loupe-checker", daemon=True).start()

    def _work(self) -> None:
        self._opened.work(self._tell_rows, self._stopped.is_set)
        self._tell()
        self._check()

    def _check(self) -> None:
        self._opened.check(self._tell, self._stopped.is_set)

    def _tell(self) -> None:
        """From the thread: there is something new."""
        self._news = True
        self._tell_rows()

    def _tell_rows(self) -> None:
        """From the thread: more steps have become rows."""
        if self._told or self._loop is None or self._stopped.is_set():
            return
        self._told = True
        try:
            self._loop.call_soon_threadsafe(self._soon, context=self._context)
        except RuntimeError:
            self._stopped.set()  # the loop is closed: the program ends

    def _soon(self) -> None:
        if not self._stopped.is_set():
            self._screen.set_timer(BEAT, self._take)

    def _take(self) -> None:
        self._told = False
        if self._stopped.is_set() or not self._screen.whole:
            return
        news, self._news = self._news, False
        self._opened.session.sync()
        if news:
            self._opened.session.version += 1
            self._show()
        else:
            self._screen.progressed()
