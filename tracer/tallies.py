"""Whose allocation it is: the net of every synchronous slice, booked to the agent that ran in it.

A slice is what runs between two suspensions of a handler, a turn or a task. Between its begin and
its end nothing but that agent's code runs, and the collector, whose work is counted out. Another
agent's slice inside of it (one agent is another's tool) pauses it. Readings are a count of blocks
and the C heap's size; what they cost decides how many deliveries are measured.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from threading import get_ident
from typing import Final, NamedTuple

from .footprint import c_heap
from .looks import Looks
from .names import plain_type

KNOWN: Final = 64  # identities whose tally is found without parsing

_spent = time.thread_time_ns


class Mark(NamedTuple):
    """A reading: allocated blocks, bytes of the C heap, turns of the writer."""

    blocks: int
    heap: int
    turns: int


class Attribution:
    """Net allocation of each agent's handlers, from the slices that were measured."""

    __slots__ = ("agent", "blocks", "deliveries", "disturbed", "heap", "measured", "of", "slices")

    def __init__(self, of: Tallies, agent: str) -> None:
        self.of = of
        self.agent = agent  # its plain type
        self.clear()

    def clear(self) -> None:
        """Nothing is booked."""
        self.blocks = 0
        self.heap = 0
        self.deliveries = 0
        self.measured = 0
        self.slices = 0  # of the deliveries that were measured
        self.disturbed = 0  # of these, by the writer, and not counted

    @property
    def scale(self) -> float:
        """What the counts stand for: all deliveries, and all of their slices."""
        counted = max(1, self.slices - self.disturbed)
        return self.deliveries / max(1, self.measured) * max(1, self.slices) / counted


class Tallies:
    """One tally for all sessions and teams of an agent: their number has no bound.

    Args:
        looks: told of every slice, and by whom.
        every: measure all deliveries; else so few that it costs one part in `share`.
        turns: of the writer's thread: odd while it is at work. A slice during which it was says
            nothing, since it allocates and frees in between.
    """

    def __init__(self, looks: Looks, *, every: bool, turns: Callable[[], int] = int) -> None:
        self.by_agent: dict[str, Attribution] = {}  # by plain type
        self.share = 0.0  # set by whoever knows how long the program waits
        #: CPU time of a reading, about: the C library walks all that is free for it.
        self.cost = 3_000
        self._by_identity: dict[str, Attribution] = {}  # the same, for a while
        self._looks = looks
        self._every = every
        self._turns = turns
        self.next_ns = 0  # by the clock of the spans: deliveries before it are not measured
        self._within: list[Attribution] = []  # whose slices are under way, the innermost last
        self._thread = 0
        self._since = Mark(0, 0, 0)
        self._collecting = 0  # blocks when the collection under way began
        self._freed = 0  # blocks that collections freed, ever
        self._uniform = random.Random(0).uniform

    def measures(self, agent: str, now_ns: int) -> Attribution | None:
        """Whether the delivery that begins now should be measured: its tally, else None."""
        tally = self._by_identity.get(agent)
        if tally is None:
            if len(self._by_identity) >= KNOWN:
                self._by_identity.clear()
            tally = self._by_identity[agent] = self.tally(agent)
        tally.deliveries += 1
        return self.picked(tally, now_ns) if now_ns >= self.next_ns else None

    def picked(self, tally: Attribution, now_ns: int) -> Attribution:
        """A delivery at or after `next_ns`, which is counted, is measured. The next one to be is
        picked by chance, or none of those that are dealt in turn would ever be."""
        if not self._every:
            marks = 2 * (1 + tally.slices // max(1, tally.measured))
            wait = self.share * marks * self.cost
            self.next_ns = now_ns + int(wait * self._uniform(0.5, 1.5))
        tally.measured += 1
        return tally

    def tally(self, agent: str) -> Attribution:
        """That of an agent, by identity."""
        name = plain_type(agent)
        tally = self.by_agent.get(name)
        if tally is None:
            tally = self.by_agent[name] = Attribution(self, name)
        return tally

    def begin(self, tally: Attribution) -> int:
        """A measured slice begins; `end` takes what is returned. 0: another slice counts it, that
        of the same agent, or of another thread."""
        within = self._within
        if not within:
            self._thread = get_ident()
        elif within[-1] is tally or self._thread != get_ident():
            return 0
        else:
            self._book(within[-1], self.mark())
        within.append(tally)
        began = _spent()
        self._looks.begin()
        self._since = self.mark()
        self.cost += (_spent() - began - self.cost) >> 3
        return len(within)

    def end(self, depth: int) -> None:
        """The slice ends for which `begin` returned `depth`."""
        within = self._within
        if not 0 < depth <= len(within):
            return
        mark = self.mark()
        tally = within[depth - 1]
        if depth == len(within):  # else one inside of it was left open, and had the rest of it
            self._book(tally, mark)
        del within[depth - 1 :]
        if within:
            self._looks.begin()
            self._since = mark

    def _book(self, tally: Attribution, mark: Mark) -> None:
        since = self._since
        tally.slices += 1
        self._looks.end(tally.agent)
        if mark.turns != since.turns or mark.turns & 1:
            tally.disturbed += 1
            return
        tally.blocks += mark.blocks - since.blocks
        tally.heap += mark.heap - since.heap

    def mark(self) -> Mark:
        """Blocks and C heap now, collections counted out, and the writer's turns."""
        blocks, turns = sys.getallocatedblocks() + self._freed, self._turns()
        return Mark(blocks, c_heap() or 0, turns)

    def shares(self) -> dict[str, tuple[float, float, int]]:
        """Blocks, bytes and deliveries of each agent, scaled up from what was measured."""
        shares: dict[str, tuple[float, float, int]] = {}
        for agent, tally in list(self.by_agent.items()):
            if tally.measured:
                scale = tally.scale
                shares[agent] = (tally.blocks * scale, tally.heap * scale, tally.deliveries)
        return shares

    def collected(self, phase: str, generation: int) -> None:
        """The collector begins ("start") or is done."""
        if phase == "start":
            # outside of a measured slice nobody asks for it
            counts = self._within and (self._every or generation > 0)
            self._collecting = sys.getallocatedblocks() if counts else -1
        elif self._collecting >= 0:
            self._freed += self._collecting - sys.getallocatedblocks()

    def settle(self) -> None:
        """Let go of identities, before memory is compared: a new team has new ones."""
        self._by_identity.clear()

    def forget(self) -> None:
        """What was booked so far is another process's."""
        self._within.clear()
        for tally in self.by_agent.values():  # agents remember theirs
            tally.clear()
