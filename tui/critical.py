"""The critical path: what the end of a run, or of a step, was waiting for all the while.

Within a step it is found backwards, as Jaeger does it: the child that ended last, then the one
that ended last before that one began. Between steps it follows the links from a delivery to the
span that posted its message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..tracer import conventions as c
from ..tracer.model import Span

_FOREVER = 1 << 63


def children(spans: Iterable[Span]) -> dict[int, list[Span]]:
    """Spans by the parent they have among `spans`; those without one stand under 0."""
    known = list(spans)
    ids = {span.id for span in known}
    below: dict[int, list[Span]] = {}
    for span in known:
        parent = span.parent if span.parent in ids and span.parent != span.id else 0
        below.setdefault(parent, []).append(span)
    return below


def within(root: Span, below: Mapping[int, Sequence[Span]], until_ns: int = _FOREVER) -> set[int]:
    """Ids on the critical path from the start of `root` to a moment of it."""
    found = {root.id}
    stack = [(root, min(until_ns, root.end_ns or _FOREVER))]
    while stack:
        span, now = stack.pop()
        for child in sorted(below.get(span.id, ()), key=_end, reverse=True):
            if child.start_ns >= now or child.id in found:
                continue
            if _end(child) <= now or child.end_ns is None or child.start_ns < now < _end(child):
                found.add(child.id)
                stack.append((child, min(now, _end(child))))
                now = child.start_ns
    return found


def path(spans: Sequence[Span], last: Span | None = None) -> set[int]:
    """Ids on the path that leads to the end of `last`, through the steps that are there.

    Without `last` it is the delivery that ended last, in a trace without any the last of its roots.
    """
    below = children(spans)
    by_id = {span.id: span for span in spans}
    deliveries = {span.step: span for span in spans if span.op == c.PROCESS}
    at = last or max(deliveries.values() or below.get(0, ()), key=_end, default=None)
    found: set[int] = set()
    until = _FOREVER
    while at is not None and at.id not in found:
        found |= within(at, below, until)
        posted = next(
            (by_id.get(link.span_id) for link in at.links if link.kind == "message"), None
        )
        if posted is None:
            break
        found.add(posted.id)
        until = posted.end_ns if posted.op == c.PUBLISH and posted.end_ns else posted.start_ns + 1
        at = deliveries.get(posted.step)
    return found


def _end(span: Span) -> int:
    return _FOREVER if span.end_ns is None else span.end_ns
