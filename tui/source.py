"""What the screens ask of a run, and the pages of it that are kept at hand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..tracer.glance import Glances
from ..tracer.model import BodyRef, RecordingInfo, RunInfo, Sample, Span, Step

T = TypeVar("T")


class Program(Protocol):
    """The recording a run is part of (`agentloupe.tracer.reader.Recording`)."""

    @property
    def info(self) -> RecordingInfo: ...
    @property
    def runs(self) -> tuple[RunInfo, ...]: ...
    @property
    def damage(self) -> str: ...
    def samples(self) -> list[Sample]: ...
    def run(self, selector: int) -> Source: ...


class Source(Protocol):
    """A run as the reader gives it (`agentloupe.tracer.reader.Run`); tests bring their own."""

    @property
    def info(self) -> RunInfo: ...
    def glances(self, start: int = 0) -> Glances: ...
    def steps(self, start: int = 0, stop: int | None = None) -> list[Step]: ...
    def spans(self, start: int | None = None, stop: int | None = None) -> list[Span]: ...
    def loose_spans(self) -> list[Span]: ...
    def dead_letters(self) -> list[Span]: ...
    @property
    def root(self) -> Span: ...
    @property
    def recording(self) -> Program: ...
    def samples(self) -> list[Sample]: ...
    def resident(self) -> list[tuple[int, int]]: ...
    def text(self, ref: BodyRef) -> str: ...
    def size(self, ref: BodyRef) -> int: ...


class Pages:
    """Steps by number, read a page at a time; only the pages used last are kept."""

    SIZE = 64
    KEPT = 64

    def __init__(self, read: Callable[[int, int], list[Step]]) -> None:
        self._read = read
        self._pages: OrderedDict[int, list[Step]] = OrderedDict()

    def get(self, index: int) -> Step:
        """The step of that number; IndexError when the run has none."""
        page, offset = divmod(index, self.SIZE)
        return self._page(page)[offset]

    def range(self, start: int, stop: int) -> list[Step]:
        """The steps from `start` up to `stop`, through the pages."""
        out: list[Step] = []
        for page in range(start // self.SIZE, (max(stop, start + 1) - 1) // self.SIZE + 1):
            first = page * self.SIZE
            out += self._page(page)[max(0, start - first) : max(0, stop - first)]
        return out

    def forget(self) -> None:
        """Drop everything: the recording has grown, or an open step has ended."""
        self._pages.clear()

    def _page(self, page: int) -> list[Step]:
        found = self._pages.get(page)
        if found is None:
            found = self._read(page * self.SIZE, (page + 1) * self.SIZE)
            self._pages[page] = found
            if len(self._pages) > self.KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        return found


class Recent:
    """The values computed last, by key."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._values: OrderedDict[object, object] = OrderedDict()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The value kept for `key`, made now when there is none."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]  # pyright: ignore[reportReturnType] keys carry their type
        value = make()
        self._values[key] = value
        if len(self._values) > self._kept:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()
