"""Traces that are one run: union of trace ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping


class Merge:
    """Joins trace ids; each group takes the id of its earliest trace."""

    def __init__(self) -> None:
        self._up: dict[int, int] = {}
        self._since: dict[int, int] = {}
        self._by_start: list[tuple[int, int]] = []  # of these, once asked for

    def add(self, trace_id: int, start_ns: int) -> None:
        """A trace, and a time at which it was under way: the earliest counts."""
        self._since[trace_id] = min(start_ns, self._since.get(trace_id, start_ns))
        self._by_start = []

    def join(self, one: int, other: int) -> None:
        """Both are of one run."""
        self._up[self._top(one)] = self._top(other)

    def nearest(self, start_ns: int) -> int | None:
        """The trace that was under way next to a time."""
        known = self._by_start
        if not known:
            known = self._by_start = sorted((start, each) for each, start in self._since.items())
        at = bisect_left(known, (start_ns, 0))
        near = known[max(0, at - 1) : at + 1]
        return min(near, key=lambda each: abs(each[0] - start_ns), default=(0, None))[1]

    def _top(self, trace_id: int) -> int:
        path: list[int] = []
        while (above := self._up.get(trace_id, trace_id)) != trace_id:
            path.append(trace_id)
            trace_id = above
        for each in path:
            self._up[each] = trace_id
        return trace_id

    def groups(self) -> Mapping[int, int]:
        """Each joined trace, and the trace that its run is named by."""
        members: dict[int, list[int]] = {}
        for trace_id in {*self._up, *self._up.values()}:
            members.setdefault(self._top(trace_id), []).append(trace_id)
        later = 1 << 63
        named = {
            top: min(group, key=lambda each: (self._since.get(each, later), each))
            for top, group in members.items()
        }
        return {each: named[top] for top, group in members.items() for each in group}
