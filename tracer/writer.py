"""The writer thread: makes pages of what `Intake` has, commits five times a second.

Nothing is dropped silently: when the queue is full the program waits for the writer, and when the
writer itself waits for a disk that does not answer, what the queue cannot take is counted in `lost`
and said once on stderr. What a disk refuses is `Disk`'s.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import msgpack

from .disk import Disk, Rows
from .facts import facts
from .intake import STALL, Brief, Intake, Item
from .plain import Plain, PlainSpan
from .policy import Policy
from .screening import Screen
from .sheet import Sheet
from .store import Row
from .together import Several
from .totals import OPEN, RunTotals

if TYPE_CHECKING:
    from .recorder import LiveRun, LiveSpan
    from .sampler import Reading

CAPPED: Final = Policy()
SOON: Final = 0.05  # seconds to the first commit after a silence
INTERVAL: Final = 0.2  # seconds between two while it goes on: each costs as much as many records
OWN_PAGE: Final = 32  # a run with fewer records in a flush shares a page with others
_encode = msgpack.Encoder(enc_hook=repr).encode


class Bell:
    """An event that waiting for takes back. Whatever interrupts somebody who rings may ring too,
    which `threading.Event` would wait for for ever."""

    def __init__(self) -> None:
        self._silent = threading.Lock()
        self._silent.acquire()

    def ring(self) -> None:
        """Have whoever waits go on, or not wait the next time."""
        with contextlib.suppress(RuntimeError):  # it has been rung
            self._silent.release()

    def wait(self, timeout: float = -1) -> bool:
        """Whether it was rung within so many seconds."""
        return self._silent.acquire(timeout=timeout)


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

        self.intake = Intake(
            policy,
            self.screen,
            wake=self._wake,
            alive=self._comes,
            stalled=self._stall,
        )
        self.plain = Plain(self.intake, withheld=policy.withholds)

    def _reset(self) -> None:
        self.samples.clear()
        self._lock = threading.RLock()
        self._busy = False  # whoever has the lock: a signal's handler may record meanwhile
        self._bell = Bell()
        self._closing = False
        self._given_up = False  # by a bug of ours
        self.turns = 0  # at work: odd while it is, and allocates and frees
        self.screen = Screen()
        self._pages = 0
        self._sheets: dict[LiveRun | None, Sheet] = {}  # None: shared; for the next commit, as
        self._full: list[Row] = []  # all of these are
        self._briefs: list[Row] = []
        self._touched: dict[LiveRun, None] = {}
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
        self._bell.ring()
        thread.join(5.0)
        self._leaving = False

    def after_fork_in_parent(self) -> None:
        """What was put after the thread had left is written too."""
        if self._thread is None and self._waiting():
            self._wake()

    def after_fork(self) -> None:
        """In a forked child: begin a segment of our own, once there is something to write."""
        self.path = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        _parents.append(self._disk)  # closing it here would take the parent's log away
        self._disk = Disk(self.path, now=False)
        self._reset()
        self.intake.reset(self.screen, self.intake.numbering.texts.next)
        self.plain.reset()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is not None or self._closing or self._alone or self._busy:
                return
            self._busy = True
            try:
                self._start()
            finally:
                self._busy = False

    def _start(self) -> None:
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
        """A span or run that starts, that ends, or of which nobody knew before it was over."""
        intake, run = self.intake, span.run
        if span is run:
            (intake.begin_run if run.end_ns is None else intake.end_run)(run)
        elif span.end_ns is None:
            intake.begin(span)
        else:
            span.state = span.state or OPEN
            intake.end(span)

    def _wake(self) -> None:
        if self._thread is None:
            self._begin()
        if self._alone:
            self._write_here(self._cycle)
        self._bell.ring()

    def _write_here(self, what: Callable[[], None]) -> None:
        with self._lock:
            if self._busy:  # further up in this thread
                return
            self._busy = True
            try:
                what()
            finally:
                self._busy = False

    def _comes(self) -> bool:
        """Whether whoever waits for the writer will see it come."""
        thread = self._thread
        return thread is not None and thread is not threading.current_thread() and thread.is_alive()

    def _stall(self) -> None:
        self._disk.say("stalled", f"the disk of {str(self.path)!r} does not answer")

    @property
    def lost(self) -> int:
        """Span records given up."""
        return self._disk.lost + self.intake.refused

    @property
    def written(self) -> int:
        """Span records known to be on disk."""
        return self._disk.written

    def flush(self, timeout: float) -> bool:
        """Wait until all that was put before is on disk. False: it is not, or not yet."""
        done = threading.Event()
        lost = self.lost
        self.intake.event(done)
        return done.wait(timeout) and self.lost == lost and not self._given_up

    def settle(self, timeout: float) -> bool:
        """The same, and let go of what is remembered for the sake of storing less."""
        self._forgets = True
        return self.flush(timeout)

    @property
    def pending(self) -> bool:
        """Whether anything may not be on disk yet."""
        intake = self.intake
        return self._waiting() or not intake.asleep

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
        self._bell.ring()
        if self._thread is not None:
            self._thread.join(STALL if self.intake.stalled else wait)
        elif self._alone:
            self._write_here(self._finish)

    # -- the writer's thread -----------------------------------------------------------------
    def _work(self) -> None:
        try:
            self._serve()
        except Exception as error:  # a bug of ours must not keep the program
            traceback.print_exc()
            self._disk.say("bug", f"the recording ends here by a bug of agentloupe: {error!r}")
            self._give_up()

    def _give_up(self) -> None:
        self._closing = self._given_up = True
        self.intake.give_up(self._drop)
        self._disk.lost += sum(len(sheet.records) for sheet in self._sheets.values())
        self._disk.lost += len(self.plain.spans)
        with contextlib.suppress(Exception):
            self._disk.write([], last=True)  # how many were lost
        for done in self._flushes:
            done.set()
        self._disk.close()

    def _drop(self, item: Item) -> None:
        if isinstance(item, threading.Event):
            item.set()
        elif isinstance(item, Several):
            self._disk.lost += len(item.records)
        elif isinstance(item, Brief | PlainSpan) or item is not item.run:
            self._disk.lost += 1

    def _serve(self) -> None:
        self._disk.open()
        while True:
            self._bell.wait()
            self.intake.asleep = False
            self._bell.wait(SOON)  # a program that says something mostly goes on to say more
            self._drain()
            if self._leaving:
                self._thread = None
                self.intake.asleep = True  # the next one to put something starts another
                return
            if self._closing:
                break
            if not self._waiting():
                self.intake.asleep = True
                if self._waiting():  # put in between: nobody rang
                    self._bell.ring()
                continue
            self._bell.ring()
        self._finish()

    def _finish(self) -> None:
        self._meta.append(("ended_ns", time.time_ns()))
        self._drain()
        self.intake.give_up(self._drop)  # nobody waits for what comes too late
        self._disk.close()

    def _drain(self) -> None:
        """Commit until nothing is found after a pause."""
        while True:
            self._cycle()
            if self._closing:
                self._cycle()
                return
            if self._leaving:
                return
            self._bell.wait(INTERVAL)  # a flush or the end is at once
            if self._disk.clear and not self._waiting():
                return

    def _waiting(self) -> bool:
        intake, plain = self.intake, self.plain
        ended = intake.over.spans or plain.spans
        return bool(intake.queue or ended or intake.open or plain.open or self._flushes)

    def _cycle(self) -> None:
        self.turns += 1
        self._disk.lost += self.intake.look()
        self.intake.working()
        self._gather()
        self._look_at_open()
        self._commit()
        self.intake.worked()
        self.intake.space.set()
        self.turns += 1
        if self._flushes and self._forgets:
            self._forgets = False
            self.intake.numbering.forget_requests()
        if self._disk.clear:
            for done in self._flushes:
                done.set()
            self._flushes.clear()

    def _look_at_open(self) -> None:
        """What is open gets a record of its start; a run whose end we do not know yet, a row.

        After the queue: what was begun before a flush was asked for is on disk with it.
        """
        known = self.intake.open
        for span in [*known]:
            if span is span.run and known.pop(span, self) is None:
                self._settle(span.run)
        for span in [*known]:
            if span is not span.run and known.pop(span, self) is None:
                self._record(span)
        plain = self.plain.open
        for span in [*plain]:
            if plain.pop(span, self) is None:
                self._record(span)

    def _gather(self) -> None:
        self._take_ended()  # a run that is over has its spans together
        self._take()
        self._take_ended()  # those that had ended before a flush was asked for
        self.intake.space.set()

    def _take_ended(self) -> None:
        made: list[Several | PlainSpan | LiveSpan] = []
        with self.intake.packing:  # what has ended before is in the queue, or not packed yet
            self.intake.over.take(made.append)
            self.plain.take(made.append)
        for each in made:
            self._add(each)

    def _add(self, made: Several | PlainSpan | LiveSpan) -> None:
        if not isinstance(made, Several):
            self._record(made)
            return
        run = made.run
        self._touched[run] = None
        self._sheet(run).extend(run, made.records, made.weight, made.steps)

    def _take(self) -> None:
        queue = self.intake.queue
        for _ in range(len(queue)):
            item = queue.popleft()
            if item.__class__ is Several:
                self._add(item)
            elif item.__class__ is Brief:
                self._sheet(None).brief(item.number, item.data)
            elif item.__class__ is PlainSpan:
                self._record(item)
            elif item.__class__ is threading.Event:
                self._flushes.append(item)
            elif item is item.run:
                self._settle(item)
                if item.end_ns is not None:
                    self._close_sheet(item)
            else:
                self._record(item)

    def _settle(self, run: LiveRun) -> None:
        """It gets a row, and its spans are recorded one by one."""
        self._touched[run] = None
        if run.early is not None:
            for ended in self.intake.settle(run):
                self._record(ended)

    def _record(self, span: LiveSpan | PlainSpan) -> None:
        if isinstance(span, PlainSpan):
            record = self.plain.record(span)
        else:
            with self.intake.packing:
                record = self.intake.over.record(span)
        self._touched[span.run] = None
        self._sheet(span.run).extend(span.run, [record], len(record), (span.step,))

    def _sheet(self, run: LiveRun | None) -> Sheet:
        """Where the next record goes: runs that are a message each share their pages."""
        key = None if run is None or run.auto else run
        sheet = self._sheets.get(key)
        if sheet is not None and sheet.full:
            self._seal(key, sheet)
            sheet = None
        if sheet is None:
            sheet = self._sheets[key] = Sheet()
        return sheet

    def _close_sheet(self, run: LiveRun) -> None:
        """Of a run that is over: its pages lie together, so that who reads it reads few."""
        sheet = self._sheets.get(run)
        if sheet is not None and len(sheet.records) >= OWN_PAGE:
            del self._sheets[run]
            self._seal(run, sheet)

    def _seal(self, run: LiveRun | None, sheet: Sheet) -> None:
        self._pages += 1
        for touched in sheet.runs:
            self.intake.totals(touched).page(self._pages)
        self._full.append(sheet.row(self._pages, None if run is None else run.number, self.screen))
        if sheet.briefs:
            self._briefs.append((self._pages, sheet.low_run, sheet.high_run, sheet.briefs))

    def _commit(self) -> None:
        sheets, self._sheets = self._sheets, {}
        if len(sheets) > 1:  # a page for each of many small runs would be a row for each
            shared = sheets.setdefault(None, Sheet())
            for run in [
                run for run, sheet in sheets.items() if run and len(sheet.records) < OWN_PAGE
            ]:
                shared.take(sheets.pop(run))
        for run, sheet in sheets.items():
            if sheet.records:
                self._seal(run, sheet)
        touched, self._touched = self._touched, {}
        samples = self._sample_rows(touched)
        numbering, withheld = self.intake.numbering, self._policy.withholds
        of = self.intake.totals
        name = self.screen.name
        runs: list[Row] = [of(run).row(run, numbering.refer, name, withheld) for run in touched]
        pages, self._full = self._full, []
        briefs, self._briefs = self._briefs, []
        meta, self._meta = self._meta, []
        bodies = numbering.texts.take(self.intake.lock)
        contexts, numbering.contexts = numbering.contexts, []
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
            numbering.forget()

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
