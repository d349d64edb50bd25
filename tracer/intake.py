"""Where the program's threads hand over spans: packed by whoever ends them.

An open span is known here and nowhere else. When it ends, its thread packs it at once, while all of
it is in that core's cache, and only the bytes go to the writer: handing over the objects instead
costs twice the time, since another core then reads and frees each of them. What is open when the
writer passes gets a record of its start. What takes long (large texts, requests) is the writer's to
pack.

A writer that makes pages beside a program at full speed gets Python's lock once in some hundred
tries, each of which costs the program as much as a span. So whoever begins a span while pages are
made waits until they are, and a program that has put `MANY` has the writer come and waits likewise.

Packing first and forgetting that it is open afterwards, an interrupt in between leaves a span that
the writer finds with its end.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import Struct

from .bodies import Body, Context
from .brief import BRIEF, brief_of
from .interrupts import interrupts
from .numbering import Numbering
from .packing import pack, record_of
from .plain import OPEN, PlainSpan, Several
from .totals import RunTotals
from .withholding import without_texts

if TYPE_CHECKING:
    from .names import BodyRef
    from .policy import Policy
    from .recorder import LiveRun, LiveSpan
    from .screening import Screen

MANY: Final = 4_096  # entries: some ten milliseconds of the writer's
PATIENCE: Final = 0.05  # seconds that the program waits for each so many, once when they are made
STALL: Final = 20.0  # seconds without a look at a full queue after which the program goes on
LIMIT: Final = 50_000  # entries waiting; beyond it the program waits for the writer
HEAVY: Final = 256 << 20  # bytes of large bodies waiting, likewise

# `LiveSpan.state`; 0: nobody has put it on record
EARLY: Final = 2  # it is in its run's `early`
SEEN: Final = 3  # it was there with its end, which is recorded by whoever took the list


class Packed(Struct, gc=False, eq=False):
    """A record on its way: a span's, or that of a brief run."""

    run: LiveRun | None  # None: a brief one
    data: bytes
    step: int | None  # of a brief one the run's number


#: a record, a span to pack, a run to list, or an event to set
Item: TypeAlias = "Packed | Several | PlainSpan | LiveSpan | threading.Event"


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
        self._withholds = policy.withholds
        self.wake = wake
        self._alive = alive
        self._tell = stalled
        self.reset(screen)

    def reset(self, screen: Screen, first: int = 1) -> None:
        """Begin anew, as a forked child does: what waits is the parent's.

        Its texts are numbered from `first` on: one that the parent has stored is missing in the
        child's segment then, and no other is shown for it.
        """
        self.lock = threading.RLock()  # a signal's handler may record
        self.open: dict[LiveSpan, None] = {}  # not looked at by the writer
        self.queue: deque[Any] = deque()  # Packed, spans to pack, runs, events to set
        self.append: Callable[[Any], None] = self.queue.append
        self.numbering = Numbering(self._policy, screen, self.lock, first)
        self.space = threading.Event()
        self.asleep = True  # the writer; whoever puts something wakes it
        self.turn = threading.Lock()  # held from when pages are asked for until they are made
        self.busy = False  # the writer makes them, and nobody has waited for that
        self.enough = MANY  # entries in the queue at which it is asked to come
        self.looks = 0  # of the writer at the queue
        self.stalled = False  # the queue is full and the writer does not come
        self.refused = 0  # spans that the full queue did not take
        self.weight = 0  # bytes of large bodies since the last look

    # -- spans -----------------------------------------------------------------------------------
    def begin(self, span: LiveSpan) -> None:
        """A span starts."""
        totals = span.run.totals
        if not isinstance(totals, RunTotals):
            totals = self.totals(span.run)
        totals.started(span)
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
        if span.state != OPEN and (span.run.early is not None or not self._left_to_us(span)):
            return
        try:
            totals = span.run.totals
            if not isinstance(totals, RunTotals):
                totals = self.totals(span.run)
            totals.ended(span)
            self._hand_over(span)
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
        record = None if self.stalled else brief_of(run, early, self.refs)
        if record is not None:
            self._put(Packed(None, pack(record), run.number))
            with self.lock:
                if run.early is not None and len(early) == BRIEF:
                    run.early, run.totals = None, record
                    return True
            # the writer has begun with its spans, or there is one more: what has a row counts
        ended = self.settle(run)
        done = 0
        try:
            for span in ended:
                self._hand_over(span)
                done += 1
        finally:
            for span in ended[done:]:  # as in `end`
                self.append(span)
        return False

    def whole(self, span: LiveSpan) -> None:
        """A span that is over before anybody knew of it."""
        totals = self.totals(span.run)
        totals.started(span)
        totals.ended(span)
        self._put(span)

    def settle(self, run: LiveRun) -> list[LiveSpan]:
        """From now on, the spans of a run are recorded one by one: it is not brief, or not yet.

        Those that are over are returned to be recorded.
        """
        with self.lock:
            early, run.early = run.early, None
            if early is None:
                return []
            try:
                self._settle(early, self.totals(run))
            except BaseException:  # whoever comes next goes on with it
                run.early = early
                raise
        return [span for span in early if span.state == SEEN]

    def _settle(self, early: list[LiveSpan], totals: RunTotals) -> None:
        for span in early:
            if span.state != EARLY:
                continue
            totals.started(span)
            if span.end_ns is None:
                self.open[span] = None
                span.state = OPEN
            else:
                totals.ended(span)
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
            return span.state == OPEN

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

    # -- packing ---------------------------------------------------------------------------------
    def _hand_over(self, span: LiveSpan) -> None:
        """Pack it, or leave that to the writer."""
        if self.stalled and self._full(span):
            self.refused += 1
            return
        bodies = span.bodies
        refs = None if bodies is None else self.refs(bodies)
        if refs is None and bodies is not None:
            self._put(span)
            return
        self._put(Packed(span.run, self.packed(span, refs), span.step))

    def packed(self, span: LiveSpan, refs: dict[str, BodyRef] | None) -> bytes:
        """Its record as it is now, without what the policy withholds."""
        record = record_of(span, refs)
        return pack(without_texts(record) if self._withholds else record)

    def refs(self, bodies: dict[str, Body | Context]) -> dict[str, BodyRef] | None:
        """What is stored of bodies, None if one of them is the writer's to look at."""
        refs: dict[str, BodyRef] = {}
        for key, body in bodies.items():
            if not isinstance(body, Body):
                return None
            data = body.data  # first: it is let go once there is a reference
            ref = body.ref
            if ref is None:
                if len(data) >= self.numbering.light:
                    return None
                ref = body.ref = self.numbering.store(data)
                body.data = b""
            refs[key] = ref
        return refs

    # -- the queue -------------------------------------------------------------------------------
    def _put(self, item: Item) -> None:
        self.append(item)
        if self.asleep:
            self.wake()
        if len(self.queue) > self.enough:  # the writer is woken or not
            self.have_it_work()

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
        if self.turn.acquire(timeout=PATIENCE * (1 + len(self.queue) / MANY)):
            self.worked()

    def have_it_work(self) -> None:
        """The queue is long: have pages made, and wait for them."""
        self.enough = LIMIT  # it is asked for once
        if len(self.queue) > LIMIT:
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
        while (len(self.queue) > LIMIT or self.weight > HEAVY) and self._alive():
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
        return len(self.queue) > LIMIT and span in self.open

    def look(self) -> int:
        """The writer looks at the queue; returns what was refused since the last time."""
        self.looks += 1
        self.enough = MANY
        self.weight = 0
        refused, self.refused = self.refused, 0
        self.stalled = False
        return refused

    def give_up(self, drop: Callable[[Item], None]) -> None:
        """Nobody writes any more."""
        self.append = drop
        self.asleep = False
        while self.queue:
            drop(self.queue.popleft())
        self.space.set()
