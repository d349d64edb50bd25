"""Clocks of several services in one trace, as `clocks.py` corrects them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..clocks import shifts, told
from .draft import Draft


def correct(trace: Mapping[int, Draft], parts: Mapping[int, int]) -> tuple[str, ...]:
    """Put right, in place, the times of those whose clocks are wrong; what was done to whose.

    Whoever has the first span without a parent counts as right. Services have a clock each, and so
    has each part of a run that several processes recorded.
    """
    if len({(span.service, parts.get(span.id, 0)) for span in trace.values()}) < 2:
        return ()
    numbers: dict[tuple[str, int], int] = {}
    part: dict[int, int] = {}
    tops_first = sorted(
        trace.values(), key=lambda span: (span.parent in trace, parts.get(span.id, 0))
    )
    for span in tops_first:
        place = span.service, parts.get(span.id, 0)
        part[span.id] = numbers.setdefault(place, len(numbers))
    edges = (
        (part[cause.id], part[effect.id], effect.start_ns - cause.start_ns)
        for cause, effect in _causes(trace)
    )
    by = shifts(len(numbers), edges)
    for key, span in trace.items():
        if by[part[key]]:
            _move(span, by[part[key]])
    names = (service if not number else f"{service} ({number})" for service, number in numbers)
    return told(names, by)


def _causes(trace: Mapping[int, Draft]) -> Iterator[tuple[Draft, Draft]]:
    """What caused what: a parent its children, a post its deliveries."""
    for span in trace.values():
        parent = trace.get(span.parent)
        if parent is not None:
            yield parent, span
        for id_, kind in span.links:
            post = trace.get(id_) if kind == "message" else None
            if post is not None:
                yield post, span


def _move(span: Draft, by: int) -> None:
    span.start_ns += by
    if span.end_ns is not None:
        span.end_ns += by
    if span.message is not None:
        kind, *names, posted = span.message[:7]
        span.message = (kind, *names, posted + by, *span.message[7:])  # pyright: ignore[reportAttributeAccessIssue]  of the same shape
    span.events[:] = [(name, time_ns + by, attributes) for name, time_ns, attributes in span.events]
