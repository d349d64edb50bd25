"""Spans of other instrumentations that say nothing of agents: packed many at a time.

They are most of the spans of a program that has any, and all that there is to do for one is alike:
long texts are taken out as bodies, and the rest is packed. Until then nothing is made for such a
span but what it is itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from . import conventions as c
from .bodies import Body, Context, text
from .packing import Record, pack, pack_all
from .together import TOGETHER, Together
from .totals import RunTotals
from .withholding import without_texts

if TYPE_CHECKING:
    from .intake import Intake
    from .names import BodyRef, Value
    from .recorder import LiveRun, LiveSpan

LONG: Final = 512  # characters of an attribute; a longer text is kept as a body, as in `wire`
LIKELY: Final = 8  # names of attributes that are looked at first for one
SPAN: Final = "span"
_NONE: Final[dict[str, Value]] = {}
TRACE: Final = "agentloupe.otel.trace_id"  # hex: the trace that the program's exporters know


class PlainSpan(Struct, gc=False, eq=False):
    """What there is of a span until it is packed."""

    run: LiveRun
    step: int | None
    parent: int
    agent: str
    id: int
    name: str
    start_ns: int
    attributes: dict[str, Value] | None
    trace_id: int
    kind: str  # "client" and so on; "": internal
    end_ns: int | None = None


def record_of(span: PlainSpan, store: Callable[[bytes], BodyRef], light: float = inf) -> Record:
    """The record of a plain span as it is now; `store` says where a text lies.

    An empty one: one of its texts has `light` bytes or more.
    """
    rest: dict[str, Value] = {}
    refs: dict[str, BodyRef] = {}
    for key, value in (span.attributes or rest).copy().items():  # more may be said meanwhile
        if not isinstance(value, str) or len(value) <= LONG:
            rest[key] = value
            continue
        data = value.encode("utf-8", "backslashreplace")
        if len(data) >= light:
            return ()
        refs[key] = store(data)
    return _record(span, rest, refs or None)


def _record(span: PlainSpan, said: dict[str, Value], refs: dict[str, BodyRef] | None) -> Record:
    run, parent, trace = span.run, span.parent, span.trace_id
    if parent == run.id and trace and trace != run.trace_id:
        said[TRACE] = trace.to_bytes(16, "big").hex()
    if span.kind:
        said[c.SPAN_KIND] = span.kind
    return (
        span.id,
        parent,
        run.number,
        SPAN,
        span.name,
        span.agent,
        span.start_ns,
        span.end_ns,
        None,
        span.step,
        None,
        said or None,
        refs,
        None,
        None,
    )


def has_long(said: dict[str, Value]) -> bool:
    """Whether a text among them is to be a body."""
    return any(isinstance(value, str) and len(value) > LONG for value in said.values())


def texts_of(span: PlainSpan) -> list[str]:
    """What is said in a plain span."""
    return [value for value in (span.attributes or {}).values() if isinstance(value, str)]


def take_apart(live: LiveSpan, span: PlainSpan) -> None:
    """Make of it a span like all others, with bodies."""
    said: dict[str, Value] = {}
    bodies: dict[str, Body | Context] = {}
    for key, value in (span.attributes or said).copy().items():
        if isinstance(value, str) and len(value) > LONG:
            bodies[key] = text(value)
        else:
            said[key] = value
    live.name, live.bodies = span.name, bodies or None
    live.attributes = _record(span, said, None)[11]


class Plain(Together[PlainSpan]):
    """The intake of plain spans. For any thread."""

    def __init__(self, intake: Intake, *, withheld: bool) -> None:
        super().__init__(intake)
        self._withheld = withheld

    def reset(self) -> None:
        """Begin anew, as a forked child does: what is under way is the parent's to record."""
        super().reset()
        self.open: dict[PlainSpan, None] = {}  # not looked at by the writer
        self._likely: dict[str, None] = {}

    def begin(self, span: PlainSpan) -> bool:
        """A span starts. False: its run is not known as one yet, so it cannot be a plain one."""
        run = span.run
        totals = run.totals
        if run.early is not None:
            return False
        if not isinstance(totals, RunTotals):
            totals = self._intake.totals(run)
        totals.plain += 1
        self.open[span] = None
        intake = self._intake
        if intake.asleep:
            intake.wake()
        elif intake.busy:
            intake.give_way()
        return True

    def end(self, span: PlainSpan) -> bool:
        """A span has ended. False: the disk does not answer, and it is not taken."""
        intake = self._intake
        if intake.stalled:
            return False
        spans = self.spans
        spans.append(span)
        self.open.pop(span, None)
        if len(spans) >= TOGETHER:
            self.pack_here()
        if intake.asleep:
            intake.wake()
        return True

    def leave(self, span: PlainSpan, live: LiveSpan) -> None:
        """It is no plain span any more: `live` is what there is of it."""
        if span in self.open:  # the other has to be known first
            self._intake.open[live] = None
            self.open.pop(span, None)

    def _packed(self, spans: Sequence[PlainSpan], light: float) -> list[bytes]:
        if self._withheld:
            return [self._one(span, light) for span in spans]
        likely = [*self._likely]
        texts: list[str] = []
        places: list[tuple[dict[str, BodyRef], str]] = []  # where each of them is referred to
        records: list[Record] = []
        for span in spans:
            rest = (span.attributes or _NONE).copy()
            bodies: dict[str, BodyRef] | None = None
            for key in likely:
                value = rest.get(key)
                if isinstance(value, str) and len(value) > LONG:
                    del rest[key]
                    if bodies is None:
                        bodies = {}
                    texts.append(value)
                    places.append((bodies, key))
                    bodies[key] = ""
            records.append(_record(span, rest, bodies))
        refs = self._intake.numbering.store_texts(texts, light)
        if refs is None:
            return [self._one(span, light) for span in spans]
        for (bodies, key), ref in zip(places, refs, strict=True):
            bodies[key] = ref
        packed = pack_all(records)
        if packed and max(map(len, packed)) > LONG:
            for at, record in enumerate(records):
                if len(packed[at]) > LONG and has_long(record[11] or _NONE):
                    packed[at] = self._one(spans[at], light)
        return packed

    def _weight(self, span: PlainSpan) -> int:
        return sum(map(len, texts_of(span)))

    def _one(self, span: PlainSpan, light: float) -> bytes:
        """The same of one, all of which is looked at."""
        record = record_of(span, self._intake.numbering.store, light)
        if not record:
            return b""
        for key in record[12] or ():
            self._likely[key] = None
        if len(self._likely) > LIKELY:
            self._likely.clear()
        return pack(without_texts(record) if self._withheld else record)

    def record(self, span: PlainSpan) -> bytes:
        """Its record as it is now."""
        return self._one(span, inf)
