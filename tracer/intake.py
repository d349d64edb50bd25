"""Where the program's threads hand over spans: packed by whoever ends them.

An open span is known here and nowhere else. When it ends, it waits in `Over` until there are enough
of them to be packed; what is open when the writer passes gets a record of its start. What takes
long (large texts, requests) is the writer's to pack.

A writer that makes pages beside a program at full speed gets Python's lock once in some hundred
tries, each of which costs the program as much as a span. So whoever begins a span while pages are
made waits until they are, and a program that has put `MANY` has the writer come and waits likewise.

A span waits first and is no longer open afterwards: an interrupt in between leaves one that the
writer finds with its end.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import Struct

from .brief import BRIEF, brief_of
from .interrupts import interrupts
from .numbering import Numbering
from .over import Over
from .packing import pack
from .together import TOGETHER, Several
from .totals import EARLY, OPEN, SEEN, RunTotals

if TYPE_CHECKING:
    from .plain import PlainSpan
    from .policy import Policy
    from .recorder import LiveRun, LiveSpan
    from .screening import Screen

MANY: Final = 4_096  # entries: some ten milliseconds of the writer's
PATIENCE: Final = 0.05  # seconds that the program waits for each so many, once when they are made
STALL: Final = 20.0  # seconds without a look at a full queue after which the program goes on
LIMIT: Final = 50_000  # entries waiting; beyond it the program waits for the writer
HEAVY: Final = 256 << 20  # bytes of large bodies waiting, likewise


class Brief(Struct, gc=False, eq=False):
    """The record of a brief run, on its way."""

    number: int  # the run's
    data: bytes


#: records, a span to pack, a run to list, or an event to set
Item: TypeAlias = "Brief | Several | PlainSpan | LiveSpan | threading.Event"


class Intake:
    """What waits for the writer.

    Args:
        policy: what is kept of texts.
        screen: where secrets are.
        wake: has the writer look, as it sleeps.
        alive: whether there is a writer in another thread.
        stalled: told once the writer no longer comes.
    """

    def __init__(
        self,
        policy: Policy,
        screen: Screen,
        *,
        wake: Callable[[], None],
        alive: Callable[[], bool],
        stalled: Callable[[], None],
    ) -> None:
        self._policy = policy
        self.wake = wake
        self._alive = alive
        self._tell = stalled
        self.over = Over(self, withheld=policy.withholds)
        self.reset(screen)

    def reset(self, screen: Screen, first: int = 1) -> None:
        """Begin anew, as a forked child does: what waits is the parent's.

        Its texts are numbered from `first` on: one that the parent has stored is missing in the
        child's segment then, and no other is shown for it.
        """
        self.lock = threading.RLock()  # a signal's handler may record
        self.open: dict[LiveSpan, None] = {}  # not looked at by the writer
        self.queue: deque[Any] = deque()  # records, spans to pack, runs, events to set
        self.append: Callable[[Any], None] = self.queue.append
        self.numbering = Numbering(self._policy, screen, self.lock, first)
        self.over.reset()
        self.packing = threading.Lock()  # whoever has it may take spans away and count
        self.space = threading.Event()
        self.asleep = True  # the writer; whoever puts something wakes it
        self.turn = threading.Lock()  # held from when pages are asked for until they are made
        self.busy = False  # the writer makes them, and nobody has waited for that
        self.records = 0  # of spans put together since the last look
        self.enough = MANY  # of them and of entries in the queue: then it is asked to come
        self.looks = 0  # of the writer at the queue
        self.stalled = False  # the queue is full and the writer does not come
        self._over = False  # nor will it ever
        self.refused = 0  # spans that the full queue did not take
        self.weight = 0  # bytes of large bodies since the last look

    # -- spans -----------------------------------------------------------------------------------
    def begin(self, span: LiveSpan) -> None:
        """A span starts."""
        span.state = OPEN
        self.open[span] = None
        if self.asleep:
            self.wake()
        elif self.busy:
            self.give_way()

    def begin_run(self, run: LiveRun) -> None:
        """A run starts."""
        self.open[run] = None
        if self.asleep:
            self.wake()
        elif self.busy:
            self.give_way()

    def end(self, span: LiveSpan) -> None:
        """A span has ended."""
        if span.state < OPEN and (span.run.early is not None or not self._left_to_us(span)):
            return
        try:
            if self.stalled and self._full(span):
                self.refused += 1
            else:
                waiting = self.over.spans
                waiting.append(span)
                if len(waiting) >= TOGETHER:
                    self.over.pack_here()
                if self.asleep:
                    self.wake()
        except BaseException as error:  # no stack or memory left to the program, or a bug of ours
            self.append(span)  # the writer has a stack of its own, and tells of bugs
            if not isinstance(error, Exception) or interrupts(error):  # the program's
                raise
        self.open.pop(span, None)

    def end_run(self, run: LiveRun) -> None:
        """A run has ended."""
        try:
            if self.stalled and self._full(run):
                self.refused += len(self.settle(run))
            elif run.early is None or not self._in_brief(run, run.early):
                self._put(run)
        except BaseException as error:  # as above; the writer sees what of its spans is not settled
            self.append(run)
            if not isinstance(error, Exception) or interrupts(error):
                raise
        self.open.pop(run, None)

    def _in_brief(self, run: LiveRun, early: list[LiveSpan]) -> bool:
        """Whether one record says all of the run; else its spans are recorded one by one."""
        record = None if self.stalled else brief_of(run, early, self.over.refs)
        if record is not None:
            self._put(Brief(run.number, pack(record)))
            with self.lock:
                if run.early is not None and len(early) == BRIEF:
                    run.early, run.totals = None, record
                    return True
            # the writer has begun with its spans, or there is one more: what has a row counts
        self.not_brief(run)
        return False

    def not_brief(self, run: LiveRun) -> None:
        """There is more in a run than one record tells: what is over of it waits to be packed."""
        waiting = self.over.spans
        waiting.extend(self.settle(run))
        if len(waiting) >= TOGETHER:
            self.over.pack_here()

    def settle(self, run: LiveRun) -> list[LiveSpan]:
        """From now on, the spans of a run are recorded one by one: it is not brief, or not yet.

        Those that are over are returned to be recorded.
        """
        with self.lock:
            early, run.early = run.early, None
            if early is None:
                return []
            try:
                self._settle(early)
            except BaseException:  # whoever comes next goes on with it
                run.early = early
                raise
        return [span for span in early if span.state == SEEN]

    def _settle(self, early: list[LiveSpan]) -> None:
        for span in early:
            if span.state != EARLY:
                continue
            if span.end_ns is None:
                self.open[span] = None
                span.state = OPEN
            else:
                span.state = SEEN

    def early(self, span: LiveSpan) -> bool:
        """Whether a span that its run has just put aside stays there."""
        with self.lock:
            if span.state == EARLY and span.run.early is None:  # taken without it
                return False
        return True

    def _left_to_us(self, span: LiveSpan) -> bool:
        """Whether the end of a span of a run whose `early` was taken is still to be recorded.

        Whoever takes the list does so before they look at the ends, we set the end before we look
        for the list: if it was there, they will see.
        """
        with self.lock:
            return span.state >= OPEN

    def totals(self, run: LiveRun) -> RunTotals:
        """What a run comes to so far."""
        totals = run.totals
        if isinstance(totals, RunTotals):
            return totals
        with self.lock:
            before = run.totals
            if isinstance(before, RunTotals):
                return before
            run.totals = totals = RunTotals()
            if isinstance(before, tuple):  # the run was thought to be over
                totals.brief(before)  # pyright: ignore[reportUnknownArgumentType]  its record
        return totals

    # -- the queue -------------------------------------------------------------------------------
    def _put(self, item: Item) -> None:
        self.append(item)
        if self.asleep:
            self.wake()
        if len(self.queue) + self.records > self.enough:  # the writer is woken or not
            self.have_it_work()

    @property
    def much(self) -> int:
        """How much waits."""
        return len(self.queue) + self.records

    def event(self, done: threading.Event) -> None:
        """Have the writer set it when all that was put before is on disk."""
        self.append(done)
        self.wake()

    # -- turns of the program and the writer ------------------------------------------------------
    def working(self) -> None:
        """The writer makes pages from now on."""
        self.turn.acquire(blocking=False)  # or somebody waits for it already
        self.busy = True

    def worked(self) -> None:
        """They are made."""
        self.busy = False
        with suppress(RuntimeError):  # nobody has waited, or a signal's handler has
            self.turn.release()

    def give_way(self) -> None:
        """Wait for the pages that are being made."""
        self.busy = False  # a writer that a disk keeps is waited for once
        if self.turn.acquire(timeout=PATIENCE * (1 + self.much / MANY)):
            self.worked()

    def have_it_work(self) -> None:
        """The queue is long: have pages made, and wait for them."""
        self.enough = LIMIT  # it is asked for once
        if self.much > LIMIT:
            self._wait_for_space()
        elif self._alive():
            self.turn.acquire(blocking=False)
            self.wake()
            self.give_way()

    def _wait_for_space(self) -> None:
        """Back-pressure, but not for ever: a disk that does not answer must not stop a program."""
        if not self._alive() or self.stalled:
            return
        seen, since = (self.looks, len(self.queue)), time.monotonic()
        while (self.much > LIMIT or self.weight > HEAVY) and self._alive():
            self.space.clear()
            self.space.wait(0.1)
            now = (self.looks, len(self.queue))
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > STALL:
                self.stalled = True
                self._tell()
                return

    def brake(self, size: int) -> bool:
        """Whether too much waits for a disk that does not answer, and `size` bytes more would.

        Not counted exactly when threads race, but from 0 again at every look at the queue.
        """
        self.weight += size
        if self.weight > HEAVY and not self.stalled:
            self.wake()  # it may be that nothing was put
            self._wait_for_space()
        return self.stalled

    def _full(self, span: LiveSpan) -> bool:
        """Whether a stalled queue does not take it: the ends of what is on record go in."""
        return self._over or (self.much > LIMIT and span in self.open)

    def look(self) -> int:
        """The writer looks at the queue; returns what was refused since the last time."""
        self.looks += 1
        self.enough = MANY
        self.weight = self.records = 0
        refused, self.refused = self.refused, 0
        self.stalled = False
        return refused

    def give_up(self, drop: Callable[[Item], None]) -> None:
        """Nobody writes any more."""
        self.append = drop
        self.stalled, self._over, self.asleep = True, True, False
        while self.queue:
            drop(self.queue.popleft())
        while self.over.spans:
            drop(self.over.spans.popleft())
        self.space.set()
