"""How many messages of each agent were posted and not yet handled, over the runs of a program.

A program that posts by itself begins a run with every message, so that an agent's backlog shows
only over all of them: `check` keeps one account for a recording and judges it at its last run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from ..tracer.model import Span
from .turn import Turn

KEPT: Final = 240  # readings of an agent
UNDER_WAY: Final = 4096  # deliveries of an agent whose ends are remembered
AGENTS: Final = 256
LATER: Final = 1 << 63


@dataclass(slots=True)
class Box:
    """What is remembered of one agent."""

    ends: list[int] = field(default_factory=list[int])  # of what is not handled yet: a heap
    left: int = 0  # deliveries without an end
    readings: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    count: int = 0
    peak: tuple[int, int, Span | None] = (0, 0, None)  # backlog, waited, and whose
    first: Span | None = None
    posted: tuple[int, int] = (0, 0)  # the first and the last
    last_end: int = 0
    waits: tuple[int, int] = (0, 0)  # from post to end, of the first and the last


class Boxes:
    """Counts each agent's messages that are posted and not yet handled."""

    def __init__(self, *, of_all_runs: bool = False) -> None:
        self.of_all_runs = of_all_runs
        self.by_agent: dict[str, Box] = {}

    def turn(self, turn: Turn) -> None:
        """Take in the next step."""
        step = turn.step
        if step.kind == "call" or not turn.spans or not step.posted_ns:
            return
        box = self.by_agent.get(step.recipient)
        if box is None:
            if len(self.by_agent) >= AGENTS:
                return
            box = self.by_agent[step.recipient] = Box(first=turn.spans[0])
            box.posted = step.posted_ns, step.posted_ns
        _take(box, turn)


def _take(box: Box, turn: Turn) -> None:
    posted, end = turn.step.posted_ns, turn.step.end_ns or LATER
    while box.ends and box.ends[0] <= posted:
        heappop(box.ends)
    waiting = len(box.ends) + 1
    if waiting < UNDER_WAY:
        heappush(box.ends, end)
    box.count += 1
    box.posted = box.posted[0], max(posted, box.posted[1])
    box.readings.append((float(box.count), float(waiting)))
    if len(box.readings) > KEPT:
        del box.readings[1:-1:2]
    if end != LATER:
        box.last_end = max(end, box.last_end)
        box.waits = box.waits[0] or end - posted, end - posted
    else:
        box.left += 1
    if waiting > box.peak[0]:
        box.peak = waiting, 0 if end == LATER else end - posted, turn.spans[0]
