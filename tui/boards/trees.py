"""Spans as trees in time, with repeats of the same tree, or of a row of trees, folded.

Trees are alike when operation, name, agent, message type and all below them are. Siblings are
compared at every level, so a turn that called the same tool thirty times folds as a loop of
deliveries does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..critical import children
from ..cycles import FEWEST, LONGEST, CycleFinder

Below = Mapping[int, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`times` rows of `period` sibling trees that are alike; `first` is the very first span."""

    spans: tuple[Span, ...]  # the roots of all trees
    times: int
    period: int
    size: int  # spans in one row of trees

    @property
    def first(self) -> Span:
        return self.spans[0]


#: A span or a repeat, how deep it stands, and whether a repeat is open.
Item = tuple[Span | Repeat, int, bool]


def trees(spans: Sequence[Span], opened: set[int]) -> Iterator[Item]:
    """Spans in the order of their starts below their parents; repeats closed unless in `opened`."""
    below = {parent: sorted(found, key=_start) for parent, found in children(spans).items()}
    shapes, sizes = _measured(below)
    stack: list[Item] = [*reversed(list(_siblings(below.get(0, ()), shapes, sizes, 0, opened)))]
    while stack:
        item, depth, is_open = stack.pop()
        yield item, depth, is_open
        if isinstance(item, Repeat):
            if is_open:
                stack += [(each, depth + 1, False) for each in reversed(item.spans)]
        else:
            inner = _siblings(below.get(item.id, ()), shapes, sizes, depth + 1, opened)
            stack += reversed(list(inner))


def _siblings(
    spans: Sequence[Span],
    shapes: Mapping[int, int],
    sizes: Mapping[int, int],
    depth: int,
    opened: set[int],
) -> Iterator[Item]:
    """Siblings as they are, but for those that repeat."""
    finder = CycleFinder(LONGEST, FEWEST)
    for span in spans:
        finder.add(shapes[span.id])
    last = finder.provisional()
    at = 0
    for fold in [*finder.folds, *([last] if last else [])]:
        yield from ((span, depth, False) for span in spans[at : fold.first])
        found = tuple(spans[fold.first : fold.last])
        size = sum(sizes[span.id] for span in found[: fold.period])
        repeat = Repeat(found, fold.times, fold.period, size)
        yield repeat, depth, repeat.first.id in opened
        at = fold.last
    yield from ((span, depth, False) for span in spans[at:])


def _measured(below: Below) -> tuple[dict[int, int], dict[int, int]]:
    """The shape and the size of the tree under each span."""
    shapes: dict[int, int] = {}
    sizes: dict[int, int] = {}
    stack = [(span, False) for span in below.get(0, ())]
    while stack:
        span, ready = stack.pop()
        inner = below.get(span.id, ())
        if not ready:
            stack.append((span, True))
            stack += [(each, False) for each in inner if each.id not in shapes]
            continue
        under = tuple(shapes.get(each.id, 0) for each in inner)
        kind = span.attributes.get(c.MESSAGE_TYPE)
        agent, failed = plain_name(span.agent), span.error is not None
        shapes[span.id] = hash((span.op, span.name, agent, kind, failed, under))
        sizes[span.id] = 1 + sum(sizes.get(each.id, 0) for each in inner)
    return shapes, sizes


def _start(span: Span) -> tuple[int, int]:
    return (span.step if span.step is not None else -1, span.start_ns)
