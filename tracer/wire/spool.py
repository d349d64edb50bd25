"""Spans put aside until it is known which are one run's.

Traces become runs only when all of a file is known, and a file may hold millions of spans. So they
are packed into a temporary file (in memory while they are few, readable by nobody else) and come
back a run at a time: meanwhile sixteen bytes are held of each span, and of each trace its id. Of
its resource a span keeps the service's name, since what a resource says may be long and is said of
any number of spans.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from types import TracebackType
from typing import Any, Final, cast

from msgspec import msgpack

from .draft import SERVICE
from .errors import TraceTooLarge
from .heap import Heap
from .spans import MAX_NAME, Attributes, Plain, Source, WireEvent, WireLink, WireSpan, clean

MAX_RUN: Final = 1_000_000  # spans of a run, whose outlines are in memory together
SOURCES: Final = 1_024  # resources and scopes that are held; further ones lie with their spans

_decode = msgpack.Decoder().decode
_encode = msgpack.Encoder(enc_hook=repr).encode

Packed = tuple[str | None, str, str]  # a source: service, scope, its version


class Placed:
    """A run's spans with their places in the file, read anew each time they are gone through."""

    def __init__(
        self, places: Sequence[int], span: Callable[[int], WireSpan], ends: Sequence[int]
    ) -> None:
        self.places = places
        self._span = span
        self._ends = ends

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[tuple[int, WireSpan]]:
        return ((place, self._span(place)) for place in self.places)

    def size(self, place: int) -> int:
        """Bytes of the span at a place, packed."""
        return self._ends[place + 1] - self._ends[place]


class Spool:
    """Takes the spans of a file, then gives them back by run."""

    def __init__(self) -> None:
        self._heap = Heap()
        self._ends = array("Q", [0])  # where each span ends
        self._traces = array("L")  # by span: the number of its trace
        self._numbers: dict[int, int] = {}  # by trace id
        self._starts = array("q")  # by trace
        self._places: dict[Packed, int] = {}  # of sources
        self._sources: list[Source] = []
        self._last: tuple[Source, int | Packed] | None = None
        self.first = Source()  # of the first span

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._heap.close()

    def __len__(self) -> int:
        return len(self._traces)

    def add(self, span: WireSpan) -> None:
        """Put a span aside."""
        if not self._traces:
            self.first = span.source
        self._ends.append(self._heap.add(_pack(span, self._place(span.source))))
        number = self._numbers.setdefault(span.trace_id, len(self._starts))
        if number == len(self._starts):
            self._starts.append(span.start_ns)
        elif span.start_ns < self._starts[number]:
            self._starts[number] = span.start_ns
        self._traces.append(number)

    def _place(self, source: Source) -> int | Packed:
        """What a span says of its source: a number, while there are not too many of them."""
        last = self._last
        if last is not None and last[0] is source:
            return last[1]
        service = source.resource.get(SERVICE)
        name = service[:MAX_NAME] if isinstance(service, str) else None
        packed: Packed = (name, source.scope, source.scope_version)
        place: int | Packed | None = self._places.get(packed)
        if place is None and len(self._sources) < SOURCES:
            place = self._places[packed] = len(self._sources)
            self._sources.append(_source(*packed))
        elif place is None:
            place = packed
        self._last = (source, place)
        return place

    # -- back ----------------------------------------------------------------------------------
    def runs(self, joined: Mapping[int, int]) -> Iterator[Placed]:
        """The spans of each run with their places in the file, runs by start.

        Args:
            joined: traces that belong to the run of another trace: trace id to the run's.

        Raises:
            TraceTooLarge: a run is too large to be put together in memory.
        """
        run_of, starts = self._grouped(joined)
        ends = array("L", [0]) * len(starts)
        for trace in self._traces:
            ends[run_of[trace]] += 1
        ends = array("L", accumulate(ends))
        spans = array("L", [0]) * len(self)
        for place in range(len(self) - 1, -1, -1):
            run = run_of[self._traces[place]]
            ends[run] -= 1  # in the end, where the run's spans begin
            spans[ends[run]] = place
        ends.append(len(self))
        for run in sorted(range(len(starts)), key=lambda run: (starts[run], spans[ends[run]])):
            low, high = ends[run], ends[run + 1]
            if high - low > MAX_RUN:
                raise TraceTooLarge(f"a run holds {high - low:,} spans, more than {MAX_RUN:,}")
            yield Placed(spans[low:high], self._span, self._ends)

    def _grouped(self, joined: Mapping[int, int]) -> tuple[array[int], array[int]]:
        """By trace, the number of its run; by run, when it began."""
        run_of = array("L")
        starts = array("q")
        known: dict[int, int] = {}
        for trace_id, number in self._numbers.items():
            start = self._starts[number]
            run = known.setdefault(joined.get(trace_id, trace_id), len(starts))
            if run == len(starts):
                starts.append(start)
            elif start < starts[run]:
                starts[run] = start
            run_of.append(run)
        return run_of, starts

    def _span(self, place: int) -> WireSpan:
        start, end = self._ends[place], self._ends[place + 1]
        return self._unpack(_decode(self._heap.read(start, end - start)))

    def _unpack(self, fields: list[Any]) -> WireSpan:
        source, trace_id, *rest, events, links, failed, status, dropped = fields
        return WireSpan(
            int.from_bytes(trace_id, "big"),
            *rest,
            events=[WireEvent(*event) for event in events],
            links=[WireLink(int.from_bytes(trace, "big"), *link) for trace, *link in links],
            failed=failed,
            status=status,
            source=self._sources[source] if isinstance(source, int) else _source(*source),
            dropped=dropped,
        )


def _source(service: str | None, scope: str, version: str) -> Source:
    return Source({} if service is None else {SERVICE: service}, scope, version)


def _pack(span: WireSpan, source: int | Packed) -> bytes:
    return encoded(
        (
            source,
            span.trace_id.to_bytes(16, "big"),
            span.id,
            span.parent,
            span.name,
            span.kind,
            span.start_ns,
            span.end_ns,
            span.attributes,
            [(event.name, event.time_ns, event.attributes) for event in span.events],
            [
                (link.trace_id.to_bytes(16, "big"), link.span_id, link.attributes)
                for link in span.links
            ],
            span.failed,
            span.status,
            span.dropped,
        )
    )


def encoded(value: Plain) -> bytes:
    """As MessagePack, of anything that a span may say."""
    try:
        return _encode(value)
    except (OverflowError, UnicodeEncodeError):  # an integer beyond 64 bits, an unpaired surrogate
        return _encode(_fitting(value))


def _fitting(value: Plain) -> Plain:
    match value:
        case bool():
            return value
        case int():
            return value if -(1 << 63) <= value < 1 << 64 else str(value)
        case str():
            return clean(value)
        case list() | tuple():
            return [_fitting(item) for item in cast(list[Plain], value)]
        case dict():
            fields = cast(Attributes, value)
            return {clean(key): _fitting(item) for key, item in fields.items()}
        case _:
            return value
