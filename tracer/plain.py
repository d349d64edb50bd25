"""Spans of other instrumentations that say nothing of agents: packed many at a time.

They are most of the spans of a program that has any, and all that there is to do for one is alike:
long texts are taken out as bodies, and the rest is packed. Whoever ends the last of so many does it
for all of them, as each step between costs more than what it does; or the writer when it passes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from .bodies import Body, Context, text
from .interrupts import interrupts
from .packing import Record, pack
from .totals import RunTotals
from .withholding import without_texts

if TYPE_CHECKING:
    from .intake import Intake
    from .names import BodyRef, Value
    from .recorder import LiveRun, LiveSpan

TOGETHER: Final = 32  # spans
MOST: Final = 4 * TOGETHER  # that one end packs, after the writer was at it for long
LONG: Final = 512  # characters of an attribute; a longer text is kept as a body, as in `wire`
OPEN: Final = 1  # `LiveSpan.state` of a span whose end is to be recorded


class Several(Struct, gc=False, eq=False):
    """Records of spans of a step of a run, on their way."""

    run: LiveRun
    step: int | None
    records: list[bytes]
    weight: int = 0  # bytes


def record_of(span: LiveSpan, store: Callable[[bytes], BodyRef], light: float = inf) -> Record:
    """The record of a plain span as it is now; `store` says where a text lies.

    An empty one: one of its texts has `light` bytes or more.
    """
    said: dict[str, Value] | None = span.attributes
    refs: dict[str, BodyRef] | None = None
    if said:
        if span.end_ns is None:
            said = said.copy()  # more may be said meanwhile
        rest = said
        for key, value in said.items():
            if isinstance(value, str) and len(value) > LONG:
                data = value.encode("utf-8", "backslashreplace")
                if len(data) >= light:
                    return ()
                if refs is None:
                    refs, rest = {}, said.copy()
                refs[key] = store(data)
                del rest[key]
        said = rest
    if span.beside:
        said = {**said, **span.beside} if said else span.beside
    return (
        span.id,
        span.parent,
        span.run.number,
        span.op,
        span.name,
        span.agent,
        span.start_ns,
        span.end_ns,
        None,
        span.step,
        None,
        said,
        refs,
        span.links or None,
        None,
    )


def texts_of(span: LiveSpan) -> list[str]:
    """What is said in a plain span."""
    return [value for value in (span.attributes or {}).values() if isinstance(value, str)]


def take_apart(span: LiveSpan) -> None:
    """Make it a span like all others, with bodies."""
    said: dict[str, Value] = {**(span.attributes or {}), **(span.beside or {})}
    bodies: dict[str, Body | Context] = {}
    for key, value in [*said.items()]:
        if isinstance(value, str) and len(value) > LONG:
            bodies[key] = text(value)
            del said[key]
    span.attributes, span.bodies, span.beside = said, bodies or None, None


class Plain:
    """The intake of plain spans: what is over and not packed waits here. For any thread."""

    def __init__(self, intake: Intake, *, withheld: bool) -> None:
        self._intake = intake
        self._withheld = withheld
        self.reset()

    def reset(self) -> None:
        """Begin anew, as a forked child does."""
        self.spans: deque[LiveSpan] = deque()
        self.packing = threading.Lock()  # whoever has it may take spans away

    def begin(self, span: LiveSpan) -> None:
        """A span starts."""
        intake, run = self._intake, span.run
        totals = run.totals
        if run.early is not None or not isinstance(totals, RunTotals):
            run.put(span)
            return
        totals.spans += 1
        span.state = OPEN
        intake.open[span] = None
        if intake.asleep:
            intake.wake()
        elif intake.busy:
            intake.give_way()

    def end(self, span: LiveSpan, end_ns: int) -> None:
        """A span ends."""
        intake = self._intake
        if span.state != OPEN or intake.stalled:
            take_apart(span)  # a disk that does not answer has its texts cut
            span.end_at(end_ns)
            return
        span.end_ns = end_ns
        spans = self.spans
        spans.append(span)
        intake.open.pop(span, None)
        if len(spans) >= TOGETHER:
            self._pack_here()
        if intake.asleep:
            intake.wake()

    def _pack_here(self) -> None:
        if self.packing.locked():  # somebody is at it, perhaps whom a signal's handler interrupts
            return
        intake = self._intake
        try:
            with self.packing:
                size = self.take(intake.append, MOST, intake.numbering.light)
        except Exception as error:  # no stack or memory left to the program, or a bug of ours:
            if interrupts(error):  # the writer has a stack of its own, and tells of bugs
                raise
            return
        intake.brake(size)
        if len(intake.queue) > intake.enough // TOGETHER:
            intake.have_it_work()

    def take(
        self, put: Callable[[Several | LiveSpan], None], most: float = inf, light: float = inf
    ) -> int:
        """Pack what has ended and `put` it: records, and spans with texts of `light` bytes. To be
        called with `packing`. Returns the bytes."""
        spans, store = self.spans, self._intake.numbering.store
        several: Several | None = None
        count, size = int(min(len(spans), most)), 0
        for at in range(count):
            span = spans[at]
            record = record_of(span, store, light)
            if not record:
                put(span)
                size += sum(map(len, texts_of(span)))
                continue
            if several is None or several.run is not span.run or several.step != span.step:
                if several is not None:
                    put(several)
                several = Several(span.run, span.step, [])
            data = pack(without_texts(record) if self._withheld else record)
            several.records.append(data)
            several.weight += len(data)
            size += len(data)
        if several is not None:
            put(several)
        for _ in range(count):  # now: an interrupt before leaves some that are there twice
            spans.popleft()
        return size
