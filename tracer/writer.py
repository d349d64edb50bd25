"""The writer thread: takes spans from the deque, packs them, commits about 20 times a second.

Nothing is dropped silently: when the queue is full the program waits for the writer, and when the
writer itself waits for a disk that does not answer, what the queue cannot take is counted in `lost`
and said once on stderr. What a disk refuses is `Disk`'s.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import msgpack

from . import conventions as c
from .brief import brief_of
from .disk import Disk, Rows
from .facts import facts
from .numbering import CAPPED, Numbering
from .packing import Record, record_of
from .policy import Policy
from .screening import Screen
from .sheet import Sheet
from .store import Row
from .totals import RunTotals
from .withholding import without_texts

if TYPE_CHECKING:
    from .recorder import LiveRun, LiveSpan
    from .sampler import Reading

INTERVAL: Final = 0.05  # seconds between two commits while something happens
GATHER: Final = 0.005  # seconds between two looks at a fast program's queue
FAST: Final = 1_000  # records between two commits that make a program fast
STALL: Final = 20.0  # seconds without a look at a full queue after which the program goes on
LIMIT: Final = 50_000  # entries waiting; beyond it the program waits for the writer
HEAVY: Final = 256 << 20  # bytes of large bodies waiting, likewise
OWN_PAGE: Final = 32  # a run with fewer records in a flush shares a page with others
_encode = msgpack.Encoder(enc_hook=repr).encode


_parents: list[Disk] = []  # a forked child keeps them open and leaves them alone


class Writer:
    """Owns the store. `put` may be called from any thread; all else is the writer's thread."""

    def __init__(
        self, path: Path, *, program: str, argv: tuple[str, ...], policy: Policy = CAPPED
    ) -> None:
        self.path = path
        self._policy = policy
        self.samples: deque[Reading] = deque()
        self._program = program
        self._argv = argv
        self._disk = Disk(path, now=True)  # here, so that whoever records is told at once
        self._reset()

    def _reset(self) -> None:
        self.samples.clear()
        self._queue: deque[LiveSpan | threading.Event] = deque()
        self._append = self._queue.append
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._space = threading.Event()
        self._asleep = True
        self._closing = False
        self._given_up = False  # by a bug of ours
        self._stalled = False  # the queue is full and the writer does not come
        self._refused = 0  # spans that the full queue did not take
        self._looks = 0  # at the queue
        self.turns = 0  # at work: odd while it is, and allocates and frees
        self._weight = 0  # bytes of large bodies since the last of them
        self.screen = Screen()
        self._numbering = Numbering(self._policy, self.screen)
        self._pages = 0
        self._sheets: dict[LiveRun | None, Sheet] = {}  # None: shared; for the next commit, as
        self._full: list[Row] = []  # all of these are
        self._briefs: list[Row] = []
        self._records = 0
        self._started: list[LiveSpan] = []  # open when they were looked at
        self._touched: dict[LiveRun, None] = {}
        self._fast = False
        self._meta: list[Row] = []
        self._flushes: list[threading.Event] = []
        self._forgets = False  # with the next flush: what requests are compared with
        self._thread: threading.Thread | None = None
        self._alone = False  # no thread may start any more: whoever puts, writes
        self._leaving = False  # the thread shall end, the recording goes on
        self._introduced = False  # the facts about the process are noted

    def before_fork(self) -> None:
        """Leave no thread behind: since 3.12 Python warns of forks with threads about.

        The next span starts it again.
        """
        thread = self._thread
        if thread is None or self._closing or threading.current_thread() is thread:
            return
        self._leaving = True
        self._bell.set()
        thread.join(5.0)
        if not thread.is_alive():
            self._leaving = False
            self._thread = None
            self._asleep = True

    def after_fork(self) -> None:
        """In a forked child: begin a segment of our own, once there is something to write."""
        self.path = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        _parents.append(self._disk)  # closing it here would take the parent's log away
        self._disk = Disk(self.path, now=False)
        self._reset()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is not None or self._closing or self._alone:
                return
            if not self._introduced:
                self._introduce()
            thread = threading.Thread(target=self._work, name="agentloupe-writer", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # Python 3.12 starts none once its main thread has ended
                self._alone = True
                self._disk.open()
            else:
                self._thread = thread

    def _introduce(self) -> None:
        self._introduced = True
        self._meta += facts(self._program, self._argv, self._policy)

    # -- any thread --------------------------------------------------------------------------
    def put(self, span: LiveSpan) -> None:
        """Queue a span that started or ended."""
        self._append(span)
        if self._asleep:
            self._wake()
        elif len(self._queue) > LIMIT:
            self._wait_for_space()

    def _wake(self) -> None:
        if self._thread is None:
            self._begin()
        if self._alone:
            with self._lock:
                self._cycle()
        self._bell.set()

    def _wait_for_space(self) -> None:
        """Back-pressure, but not for ever: a disk that does not answer must not stop a program."""
        thread = self._thread
        if thread is None or threading.current_thread() is thread or self._stalled:
            return
        seen, since = (self._looks, len(self._queue)), time.monotonic()
        while (len(self._queue) > LIMIT or self._weight > HEAVY) and thread.is_alive():
            self._space.clear()
            self._space.wait(0.1)
            now = (self._looks, len(self._queue))
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > STALL:
                self._stall()
                return

    def brake(self, size: int) -> bool:
        """Whether too much waits for a disk that does not answer, and `size` bytes more would.

        Not counted exactly when threads race, but from 0 again at every look at the queue.
        """
        self._weight += size
        if self._weight > HEAVY and not self._stalled:
            self._bell.set()  # it may be that nothing was put
            self._wait_for_space()
        return self._stalled

    def _stall(self) -> None:
        self._stalled = True
        self._append = self._refuse
        self._disk.say("stalled", f"the disk of {str(self.path)!r} does not answer")

    def _refuse(self, item: LiveSpan | threading.Event) -> None:
        """Of a stalled queue: only the ends of spans whose start is in it or on disk go in."""
        if isinstance(item, threading.Event) or item.state == 1 or len(self._queue) <= LIMIT:
            self._queue.append(item)
        elif item.state == 0:
            item.state = 2  # its end is not put either
            self._refused += 1

    def _resume(self) -> None:
        self._stalled = False
        self._append = self._queue.append
        self._disk.lost += self._refused
        self._refused = 0

    @property
    def lost(self) -> int:
        """Span records given up."""
        return self._disk.lost + self._refused

    @property
    def written(self) -> int:
        """Span records known to be on disk."""
        return self._disk.written

    def flush(self, timeout: float) -> bool:
        """Wait until all that was put before is on disk. False: it is not, or not yet."""
        done = threading.Event()
        lost = self.lost
        self._append(done)
        self._wake()
        return done.wait(timeout) and self.lost == lost and not self._given_up

    def settle(self, timeout: float) -> bool:
        """The same, and let go of what is remembered for the sake of storing less."""
        self._forgets = True
        return self.flush(timeout)

    @property
    def pending(self) -> bool:
        """Whether anything may not be on disk yet."""
        return bool(self._queue) or not self._asleep

    def meta(self, key: str, value: object) -> None:
        """Note a fact about the recording with the next commit."""
        self._meta.append((key, value))

    def close(self, wait: float | None = 30.0) -> None:
        """Write what is left, mark the recording as ended, fold the log into the file.

        Whoever calls waits for that for so many seconds, None: until it is done.
        """
        if self._closing:
            return
        if self._thread is None and self._disk.opened:
            self._begin()
        self._closing = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join(STALL if self._stalled else wait)
        elif self._alone:
            with self._lock:
                self._finish()

    # -- the writer's thread -----------------------------------------------------------------
    def _work(self) -> None:
        try:
            self._serve()
        except Exception as error:  # a bug of ours must not keep the program
            traceback.print_exc()
            self._disk.say("bug", f"the recording ends here by a bug of agentloupe: {error!r}")
            self._give_up()

    def _give_up(self) -> None:
        self._stalled = self._closing = self._given_up = True
        self._asleep = False
        self._append = self._drop
        while self._queue:
            self._drop(self._queue.popleft())
        for done in self._flushes:
            done.set()
        self._space.set()
        self._disk.close()

    def _drop(self, item: LiveSpan | threading.Event) -> None:
        if isinstance(item, threading.Event):
            item.set()
        else:
            self._disk.lost += 1

    def _serve(self) -> None:
        self._disk.open()
        while True:
            self._bell.wait()
            self._bell.clear()
            self._asleep = False
            self._pause()  # a program that says something mostly goes on to say more
            self._drain()
            if self._leaving:
                return
            if self._closing:
                break
            if not self._queue:
                self._asleep = True
                if self._queue:  # put in between: nobody rang
                    self._bell.set()
                continue
            self._bell.set()
        self._finish()

    def _finish(self) -> None:
        self._meta.append(("ended_ns", time.time_ns()))
        self._drain()
        self._disk.close()

    def _drain(self) -> None:
        """Commit until the queue is found empty after a pause."""
        while True:
            self._cycle()
            if self._closing:
                self._cycle()
                return
            if self._leaving:
                return
            self._pause()
            if self._disk.clear and not (self._queue or self._gathered()):
                return

    def _gathered(self) -> bool:
        return bool(self._touched or self._started or self._flushes)

    def _pause(self) -> None:
        """Wait for the next commit. A flush or the end is at once.

        Of a fast program, what has ended is packed in between: thousands of live spans would grow
        old enough for the garbage collector to walk through all of the program's memory.
        """
        end = time.monotonic() + INTERVAL
        while (left := end - time.monotonic()) > 0:
            if self._bell.wait(min(left, GATHER) if self._fast else left):
                self._bell.clear()
                return
            if self._fast:
                self.turns += 1
                self._gather()
                self.turns += 1

    def _cycle(self) -> None:
        self.turns += 1
        self._gather()
        started, self._started = self._started, []
        for span in started:
            self._record(span)
        self._commit()
        self._space.set()
        self.turns += 1
        if self._flushes and self._forgets:
            self._forgets = False
            self._numbering.forget_requests()
            self.screen.forget_texts()
        if self._disk.clear:
            for done in self._flushes:
                done.set()
            self._flushes.clear()

    def _gather(self) -> None:
        """Pack what has ended; what is still open waits for the commit, it may end before that."""
        queue = self._queue
        self._looks += 1
        self._weight = 0
        if self._stalled:
            self._resume()
        for _ in range(len(queue)):
            item = queue.popleft()
            if isinstance(item, threading.Event):
                self._flushes.append(item)
            elif item.op == c.RUN and item.parent == 0:
                self._look(item.run)
            else:
                self._span(item)
        self._space.set()

    def _look(self, run: LiveRun) -> None:
        """A run began, or ended, or both."""
        run.state = 1  # before its end is read: see Recorder.ended
        spans, run.early = run.early, None
        if spans and run.end_ns is not None:
            record = brief_of(run, spans, self._numbering.refer)
            if record is not None:
                for span in spans:
                    span.state = 2
                run.totals = record
                self._put(run, record, None, brief=True)
                return
        self._touched[run] = None
        for span in spans or ():
            self._span(span)

    def _span(self, span: LiveSpan) -> None:
        if span.end_ns is None:
            self._started.append(span)
        else:
            self._record(span)

    def _record(self, span: LiveSpan) -> None:
        state = span.state
        if state == 0:
            span.state = 1  # before its end is read: see Recorder.ended
        ended = span.end_ns is not None
        if state == 2 or (state == 1 and not ended):
            return
        run = span.run
        totals = run.totals
        if not isinstance(totals, RunTotals):
            totals = self._totals(run)
        self._touched[run] = None
        if state == 0:
            totals.started(span)
        if ended:
            span.state = 2
            totals.ended(span)
        self._put(run, record_of(span, self._numbering.refer), span.step)

    def _totals(self, run: LiveRun) -> RunTotals:
        totals = run.totals
        if not isinstance(totals, RunTotals):
            brief = totals
            totals = run.totals = RunTotals()
            if isinstance(brief, tuple):  # the run was thought to be over
                totals.brief(brief)  # pyright: ignore[reportUnknownArgumentType]  its record
        return totals

    def _put(self, run: LiveRun, record: Record, step: int | None, *, brief: bool = False) -> None:
        """Runs that are a message each share their pages, others have their own."""
        key = None if run.auto else run
        sheet = self._sheets.get(key)
        if sheet is None:
            sheet = self._sheets[key] = Sheet()
        if self._policy.withholds:
            record = without_texts(record)
        record = self.screen.record(record)
        if brief:
            sheet.brief(run.number, record)
        else:
            sheet.add(run, record, step)
        self._records += 3 if brief else 1
        if sheet.full:
            del self._sheets[key]
            self._seal(key, sheet)

    def _seal(self, run: LiveRun | None, sheet: Sheet) -> None:
        self._pages += 1
        for touched in sheet.runs:
            self._totals(touched).page(self._pages)
        self._full.append(sheet.row(self._pages, None if run is None else run.number, self.screen))
        if sheet.briefs:
            self._briefs.append((self._pages, sheet.low_run, sheet.high_run, sheet.briefs))

    def _commit(self) -> None:
        self._fast = self._records > FAST
        self._records = 0
        sheets, self._sheets = self._sheets, {}
        if len(sheets) > 1:  # a page for each of many small runs would be a row for each
            shared = sheets.setdefault(None, Sheet())
            for run in [run for run, sheet in sheets.items() if run and sheet.count < OWN_PAGE]:
                shared.take(sheets.pop(run))
        for run, sheet in sheets.items():
            if sheet.count:
                self._seal(run, sheet)
        touched, self._touched = self._touched, {}
        samples = self._sample_rows(touched)
        refer, withheld = self._numbering.refer, self._policy.withholds
        runs: list[Row] = [self._totals(run).row(run, refer, withheld) for run in touched]
        pages, self._full = self._full, []
        briefs, self._briefs = self._briefs, []
        meta, self._meta = self._meta, []
        bodies = self._numbering.texts.take()
        contexts, self._numbering.contexts = self._numbering.contexts, []
        rows: Rows = [
            ("bodies", bodies),
            ("contexts", contexts),
            ("pages", pages),
            ("briefs", briefs),
            ("samples", samples),
            ("runs", runs),
            ("meta", meta),
        ]
        self._disk.write(rows, last=self._closing)
        if self._disk.forgot:
            self._disk.forgot = False
            self._numbering.forget()

    def _sample_rows(self, touched: dict[LiveRun, None]) -> list[Row]:
        rows: list[Row] = []
        samples = self.samples
        by_number = {run.number: run for run in touched} if samples else {}
        while samples:
            reading = samples.popleft()
            rows.append(
                (
                    reading.run,
                    reading.step,
                    reading.messages,
                    reading.time_ns,
                    _encode(reading.data),
                )
            )
            run = by_number.get(reading.run)
            if run is not None and isinstance(run.totals, RunTotals):
                run.totals.peak_rss = max(run.totals.peak_rss, reading.rss)
        return rows
