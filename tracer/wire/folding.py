"""One act told by two instrumentations: a client's span around the same call's span of another.

A model call inside a model call, a tool's span inside the same tool's, a turn inside the same
agent's turn: told by different instrumentation scopes they are one act, and count once. The outer
one stays and takes over what only the inner one says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from .. import conventions as c
from ..names import plain_name
from .draft import KEPT, MAX_BODIES, Budget, Draft
from .spans import MAX_LINKS

FOLDED: Final = "agentloupe.folded"  # scopes whose account of the same act was taken in


def fold(trace: dict[int, Draft]) -> dict[int, Draft]:
    """`trace` without the spans that tell of their parent's act; their children move up."""
    calls = Counter(span.parent for span in trace.values() if span.op == c.CHAT)
    into: dict[int, int] = {}
    for span in trace.values():
        outer = _outer(trace, span)
        if outer is not None and _same(span, outer, calls):
            into[span.id] = outer.id
    if not into:
        return trace
    taken: dict[int, _Taken] = {}
    for id_ in sorted(into, key=_depths(into).__getitem__):
        top = into[id_] = into.get(into[id_], into[id_])  # those less deep lead to theirs already
        if top not in taken:
            taken[top] = _Taken(trace[top])
        taken[top].add(trace[id_])
    for each in taken.values():
        each.tell()
    for span in trace.values():
        span.parent = into.get(span.parent, span.parent)
    return {key: span for key, span in trace.items() if key not in into}


def _depths(into: Mapping[int, int]) -> dict[int, int]:
    """How many accounts of one act are around each of these, none of which is around itself."""
    depths: dict[int, int] = {}
    for id_ in into:
        path: list[int] = []
        while id_ in into and id_ not in depths:
            path.append(id_)
            id_ = into[id_]
        depth = depths.get(id_, 0)
        for at, each in enumerate(reversed(path), 1):
            depths[each] = depth + at
    return depths


def _outer(trace: Mapping[int, Draft], span: Draft) -> Draft | None:
    """The nearest span around of the same operation, with nothing but plain spans between."""
    if span.op not in (c.AGENT, c.CHAT, c.TOOL):
        return None
    at = trace.get(span.parent)
    for _ in range(4):
        if at is None or at.op == span.op:
            return at if at is not span else None
        if at.op in (c.AGENT, c.CHAT, c.TOOL, c.PROCESS, c.RUN, c.SEND, c.PUBLISH):
            return None
        at = trace.get(at.parent)
    return None


def _same(inner: Draft, outer: Draft, calls: Mapping[int, int]) -> bool:
    if inner.scope == outer.scope or inner.trace_id != outer.trace_id:
        return False
    if inner.op == c.AGENT:
        return plain_name(inner.agent) == plain_name(outer.agent) != ""
    if inner.op == c.TOOL:
        return inner.attributes.get(c.TOOL_NAME) == outer.attributes.get(c.TOOL_NAME)
    return calls[outer.id] == 1  # several are attempts


class _Taken:
    """What an account of an act takes over from those inside it, as bounded as its own."""

    def __init__(self, outer: Draft) -> None:
        self._outer = outer
        self._budget = Budget(0)
        self._scopes: dict[str, None] = {}

    def add(self, inner: Draft) -> None:
        """One of them, the outermost first."""
        outer, budget = self._outer, self._budget
        for key, value in inner.attributes.items():
            known = outer.attributes
            if key not in known and len(known) < KEPT and budget.takes(key, value):
                known[key] = value
        for key, body in inner.bodies.items():
            if len(outer.bodies) < MAX_BODIES:
                outer.bodies.setdefault(key, body)
        if len(self._scopes) < KEPT:
            self._scopes[inner.scope] = None
        outer.agent = outer.agent or inner.agent
        outer.error = outer.error or inner.error
        outer.links.extend(inner.links[: MAX_LINKS - len(outer.links)])
        if not outer.events:
            outer.events.extend(inner.events)

    def tell(self) -> None:
        """Say who told of it, too."""
        self._outer.attributes[FOLDED] = tuple(self._scopes)
