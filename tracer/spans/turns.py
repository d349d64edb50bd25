"""What an agent's turn leaves allocated, where nothing but its span is known.

Turns of frameworks that are not watched (`invoke_agent` spans of other instrumentations) are not
driven slice by slice. The whole turn is measured, from its span's begin to its end, less the turns
inside of it. Of two that overlap and are not nested neither is counted: each would be booked what
the other keeps. The writer works in between, but what it holds for long is the same at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..recorder import LiveSpan, now_ns
from ..tallies import Attribution, Mark, Tallies

MOST: Final = 256  # turns under way

_open: dict[int, Turn] = {}  # by span id


class Turn:
    """One that is under way."""

    __slots__ = ("_before", "_inner", "_outer", "_tallies", "_tally", "alone")

    def __init__(self, tallies: Tallies, tally: Attribution, outer: Turn | None) -> None:
        self._tallies = tallies
        self._tally = tally
        self._outer = outer
        self._inner = (0, 0)  # blocks and bytes of the turns inside of it
        self.alone = True
        self._before: Mark = tallies.mark()

    def around(self) -> set[Turn]:
        """The turns that it is inside of."""
        return set() if self._outer is None else {self._outer, *self._outer.around()}

    def end(self) -> None:
        now, tally = self._tallies.mark(), self._tally
        blocks, heap = now.blocks - self._before.blocks, now.heap - self._before.heap
        if self._outer is not None:
            inner = self._outer._inner
            self._outer._inner = inner[0] + blocks, inner[1] + heap
        tally.slices += 1
        if self.alone:
            tally.blocks += blocks - self._inner[0]
            tally.heap += heap - self._inner[1]
        else:
            tally.disturbed += 1


def begin(live: LiveSpan, parent_of: Callable[[int], int]) -> None:
    """A turn begins, in a span of OpenTelemetry's whose parents `parent_of` knows (0: none)."""
    sampler = live.recorder.sampler
    tally = sampler.measures(live.agent, now_ns())
    if tally is None:
        return
    at = live.parent
    while at and at not in _open:
        at = parent_of(at)
    turn = Turn(sampler.tallies, tally, _open.get(at))
    nested = turn.around()
    for other in _open.values():
        if other not in nested:
            other.alone = turn.alone = False
    if len(_open) >= MOST:  # turns that nobody ends
        del _open[next(iter(_open))]
    _open[live.id] = turn


def end(live: LiveSpan) -> None:
    """A turn ends."""
    turn = _open.pop(live.id, None)
    if turn is not None:
        turn.end()


def forget() -> None:
    """What is under way is another process's."""
    _open.clear()
