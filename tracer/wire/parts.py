"""Parts of one run that several processes recorded and sent, as `joining.py` joins them on disk.

Each part has a root, and numbers its steps from 0; all but one say which span of another process
set them off.
"""

from __future__ import annotations

from typing import Final

from .. import conventions as c
from ..clocks import ordered
from . import own_in
from .draft import Draft

Trace = dict[int, Draft]
MESSAGE: Final = "message"


def parts_of(trace: Trace) -> dict[int, int]:
    """The part of each span, the one that none set off being 0; empty where a run is one part."""
    roots = [span for span in trace.values() if span.op == c.RUN and span.parent == 0]
    roots.sort(key=lambda span: c.REMOTE_PARENT in span.attributes)
    first = [span for span in roots if c.REMOTE_PARENT not in span.attributes]
    if len(first) != 1 or len(roots) == 1:
        return {}
    parts = {root.id: number for number, root in enumerate(roots)}
    for span in trace.values():
        path: list[int] = []
        at: Draft | None = span
        while at is not None and at.id not in parts:
            path.append(at.id)
            at = trace.get(at.parent)
        part = 0 if at is None else parts[at.id]
        parts |= dict.fromkeys(path, part)
    return parts


def join(trace: Trace, parts: dict[int, int]) -> None:
    """Number the steps of all parts as one run's, and put the parts' roots where they belong."""
    _renumber(trace, parts)
    roots = {span.id: span for span in trace.values() if span.op == c.RUN and span.parent == 0}
    (first,) = (id_ for id_ in roots if parts[id_] == 0)
    for root in roots.values():
        trace[first].error = trace[first].error or root.error
    silent = {id_ for id_, root in roots.items() if id_ != first and _is_silent(root)}
    for id_ in silent:
        del trace[id_]
    for span in trace.values():
        if span.parent in silent:
            span.parent = first
        elif span.id in roots and span.id != first:
            above = own_in.hex_id(span.attributes.get(c.REMOTE_PARENT))
            span.parent = above if above in trace else first


def _renumber(trace: Trace, parts: dict[int, int]) -> None:
    steps = [span for span in trace.values() if span.boundary and span.step is not None]
    steps.sort(key=lambda span: (span.start_ns, parts[span.id], span.step or 0))
    times = {(parts[span.id], span.step): span.start_ns for span in steps}
    causes = {
        (parts[span.id], span.step): (parts[post.id], post.step)
        for span in steps
        for id_, kind in span.links
        if kind == MESSAGE and (post := trace.get(id_)) is not None and post.step is not None
    }
    places = {place: at for at, place in enumerate(ordered(times, causes))}
    for span in trace.values():
        if span.step is not None:
            span.step = places.get((parts[span.id], span.step))


def _is_silent(root: Draft) -> bool:
    """Whether a part's root says nothing that the run's does not."""
    told = root.attributes.keys() - {c.REMOTE_PARENT}
    return not (told or root.bodies or root.events or root.error)
